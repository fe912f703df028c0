# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Programs that go where no tool goes on purpose: every bad argument, and every append alone, so that each of its
allocations can fail.
"""

from __future__ import annotations

BIG_ID = "beyond:2415919104"  # more than an id can be

# Arguments that are refused, of each call; what they are refused for stands in the call.
REFUSALS = f"""\
a = empty
add_field a "none" void 0 0
add_enum_value a "none" 0
add_enum64_value a "none" 0
add_func_param a "none" void
add_datasec_var_info a void 0 4
add_int a null 4 0
add_int a "" 4 0
add_int a "i" 0 0
add_int a "i" 3 0
add_int a "i" 32 0
add_int a "i" 4 8
add_float a null 4
add_float a "" 4
add_float a "f" 3
add_ptr a {BIG_ID}
add_array a {BIG_ID} void 1
add_array a void {BIG_ID} 1
add_enum a "e" 3
add_enum a "e" 16
add_enum64 a "e" 3 0
add_enum64 a "e" 16 0
add_fwd a null 0
add_fwd a "" 0
add_fwd a "f" 9
add_typedef a null void
add_typedef a "" void
add_typedef a "t" {BIG_ID}
add_type_tag a null void
add_type_tag a "" void
add_func a null 0 void
add_func a "" 0 void
add_func a "f" 9 void
add_func a "f" 1 {BIG_ID}
add_func_proto a {BIG_ID}
add_var a null 1 void
add_var a "" 1 void
add_var a "v" 9 void
add_var a "v" 1 {BIG_ID}
add_datasec a null 4
add_datasec a "" 4
add_decl_tag a null void -1
add_decl_tag a "" void -1
add_decl_tag a "d" {BIG_ID} -1
add_decl_tag a "d" void -2
add_int a "int" 4 1
add_field a "none" void 0 0
add_enum_value a "none" 0
add_enum64_value a "none" 0
add_func_param a "none" void
add_datasec_var_info a void 0 4
add_struct a "s" 8
add_field a "x" {BIG_ID} 0 0
add_field a "x" all:0 1 0
add_field a "x" all:0 0 256
add_field a "x" all:0 0x1000001 4
add_union a "u" 8
add_field a "x" all:0 8 0
add_enum a "e" 4
add_enum_value a null 0
add_enum_value a "" 0
add_enum_value a "v" 0x100000000
add_enum_value a "v" -0x80000001
add_enum64 a "e64" 8 0
add_enum64_value a null 0
add_enum64_value a "" 0
add_func_proto a void
add_func_param a "p" {BIG_ID}
add_datasec a ".data" 4
add_datasec_var_info a {BIG_ID} 0 4
set_pointer_size a 3
set_endianness a 2
type_by_id a beyond:0
resolve_size a beyond:0
resolve_type a beyond:0
resolve_size a void
name_by_offset a 1000000
str_by_offset a 1000000
find_str a "not there"
find_by_name a "not there"
find_by_name_kind a "not there" struct
find_by_name a "void"
add_array a all:0 all:0 0xffffffff
add_array a new:0 all:0 0xffffffff
resolve_size a new:0
low, high = distill a
relocate a a
other = empty a
add_btf a other
add_btf other a
raw_data other
"""

# Every append as the first of its object, where each needs memory for types, names and ids.
_FIRST = (
    'add_int {} "n" 4 0',
    'add_float {} "n" 4',
    "add_ptr {} void",
    "add_array {} void void 1",
    'add_struct {} "n" 4',
    'add_union {} "n" 4',
    'add_enum {} "n" 4',
    'add_enum64 {} "n" 8 0',
    'add_fwd {} "n" 0',
    'add_fwd {} "n" 2',
    'add_typedef {} "n" void',
    "add_volatile {} void",
    "add_const {} void",
    "add_restrict {} void",
    'add_type_tag {} "n" void',
    'add_func {} "n" 1 void',
    "add_func_proto {} void",
    'add_var {} "n" 1 void',
    'add_datasec {} "n" 4',
    'add_decl_tag {} "n" void -1',
    'add_str {} "n"',
    'find_str {} "n"',
)
FIRST = "".join(f"o{n} = empty\n{line.format(f'o{n}')}\n" for n, line in enumerate(_FIRST))

# The same for what is appended to a type: names that are new each time, until memory is needed.
_GROW = (
    ('add_struct {} "n" 4', 'add_field {} "{}" void 0 0'),
    ('add_enum {} "n" 4', 'add_enum_value {} "{}" 1'),
    ('add_enum64 {} "n" 8 0', 'add_enum64_value {} "{}" 1'),
    ("add_func_proto {} void", 'add_func_param {} "{}" void'),
    ('add_datasec {} "n" 400', "add_datasec_var_info {} void 0 4"),
)


def _growing(slot: str, first: str, then: str) -> str:
    lines = [f"{slot} = empty", first.format(slot)]
    for length in (1, 20, 30, 40, 60, 90):
        lines.append(then.format(slot, "m" * length))
        lines.append(f"4 x {then.format(slot, 'm')}")
    return "\n".join(lines) + "\n"


GROW = "".join(_growing(f"g{n}", *lines) for n, lines in enumerate(_GROW))

# The first change to an object that was parsed, and so has to be taken apart first.
_CHANGES = (
    ('add_struct {} "n" 4', 'add_field {} "m" void 0 0'),
    ('add_enum {} "n" 4', 'add_enum_value {} "m" 1'),
    ('add_enum64 {} "n" 8 0', 'add_enum64_value {} "m" 1'),
    ("add_func_proto {} void", 'add_func_param {} "m" void'),
    ('add_datasec {} "n" 400', "add_datasec_var_info {} void 0 4"),
    ("add_ptr {} void", 'add_str {} "m"'),
    ("add_const {} void", 'find_str {} "m"'),
    ("add_volatile {} void", "dedup {}"),
    ("add_ptr {} void", "set_endianness {} 1"),
)
CHANGED = "".join(
    f"a{n} = empty\n{first.format(f'a{n}')}\nb{n} = copy a{n}\n{change.format(f'b{n}')}\n"
    for n, (first, change) in enumerate(_CHANGES)
) + """\
a = empty
add_int a "int" 4 1
add_str a "s"
b = copy a
mine = empty b
find_str mine "s"
find_str mine "t"
"""

# Types in another order: appended ones, parsed ones, split ones, and ones that lead nowhere.
PERMUTED = """\
a = empty
add_int a "int" 4 1
add_struct a "s" 8
add_field a "x" all:0 0 0
add_typedef a "t" new:0
permute a 0
find_by_name a "t"
raw_data a
b = copy a
permute b 2
add_ptr b all:2
mine = empty b
permute mine 0
add_const mine all:1
add_volatile mine own:0
permute mine 1
resolve_type mine own:0
permute mine 2
low, high = distill mine
permute high 0
c = empty
permute c 3
add_ptr c beyond:4
permute c 0
set_endianness c 1
permute c 1
"""

PROGRAMS = {
    "refusals": REFUSALS,
    "first-appends": FIRST,
    "growing-types": GROW,
    "first-changes": CHANGED,
    "permuted": PERMUTED,
}
