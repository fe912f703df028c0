# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Programs that deduplicate: types twice, and nearly twice, in every form that is told apart."""

from __future__ import annotations

# A compilation unit with every kind. In one where "twins" is set, types stand twice that the other has once: a
# compiler does that with arrays, anonymous structs and pointers of one struct.
UNIT = """\
{0} = empty
add_int {0} "int" 4 1
add_int {0} "char" 1 2
add_float {0} "double" 8
add_enum {0} "e" 4
add_enum_value {0} "one" 1
add_enum_value {0} "two" 2
add_enum64 {0} "e64" 8 0
add_enum64_value {0} "big" 0x100000000
add_enum64_value {0} "bigger" 0x200000000
add_fwd {0} "s" 0
add_fwd {0} "u" 1
add_ptr {0} all:5
add_ptr {0} all:6
add_const {0} all:0
add_volatile {0} all:0
add_restrict {0} all:7
add_typedef {0} "t" all:0
add_type_tag {0} "user" all:0
add_ptr {0} all:13
add_array {0} all:0 all:0 4
add_func_proto {0} all:0
add_func_param {0} "p" all:7
add_func_param {0} "q" all:12
add_ptr {0} all:16
add_func {0} "f" 1 all:16
add_var {0} "v" 1 all:0
add_datasec {0} ".data" 4
add_datasec_var_info {0} all:19 0 4
add_decl_tag {0} "tag" all:18 0
add_decl_tag {0} "tag" all:18 0
add_struct {0} "s" 96
add_field {0} "next" all:7 0 0
add_field {0} "array" all:15 64 0
add_field {0} "call" all:17 192 0
add_field {0} "e" all:3 256 0
add_field {0} "e64" all:4 320 0
add_field {0} "tagged" all:14 384 0
add_field {0} "c" all:9 448 0
add_field {0} "v" all:10 480 0
add_field {0} "r" all:11 512 0
add_field {0} "t" all:12 576 0
add_field {0} "f" all:2 640 0
add_field {0} "bits" all:0 704 3
add_union {0} "u" 8
add_field {0} "s" all:7 0 0
add_field {0} "u" all:8 0 0
"""

# What names nothing, or names what the other unit only declares.
_OPEN_UNIT = """\
{0} = empty
add_int {0} "int" 4 1
add_enum {0} "e" 4
add_enum {0} "later" 4
add_fwd {0} "s" 0
add_fwd {0} "u" 1
add_fwd {0} "nobody" 0
add_ptr {0} all:3
add_ptr {0} all:4
add_struct {0} "s" 96
add_field {0} "next" all:6 0 0
add_struct {0} "holder" 16
add_field {0} "s" all:6 0 0
add_field {0} "u" all:7 64 0
"""

# One struct, whose fields have the types that they are given.
_HOLDER = """\
{0} = empty
add_int {0} "int" 4 1
add_struct {0} "twins" {2}
add_field {0} "a" beyond:0 0 0
add_field {0} "b" beyond:{3} {4} 0
{1}"""


def _holders(pair: str, made: str, size: int) -> str:
    """A unit whose fields share a type that comes after the struct, and one where each has its own."""
    one = _HOLDER.format(f"{pair}a", made.format(f"{pair}a"), 2 * size, 0, 8 * size)
    two = 2 * made.format(f"{pair}b")
    return one + _HOLDER.format(f"{pair}b", two, 2 * size, 1, 8 * size)


_TWINS = (
    ("x", "add_array {0} all:0 all:0 4\n", 16),
    ("y", 'add_struct {0} "" 4\nadd_field {0} "m" all:0 0 0\n', 4),
    ("z", "add_ptr {0} all:0\n", 8),
    ("w", "add_const {0} all:0\n", 4),
)


def _together(units: list[str], how: str = "dedup", base: str = "") -> str:
    return f"all = empty {base}".rstrip() + "\n" + "".join(f"add_btf all {unit}\n" for unit in units) + f"{how} all\nraw_data all\n"


# Fields of one type in one unit, of two that look alike from above in the others.
_UNLIKE = (
    _HOLDER.format("ua", 'add_struct ua "" 4\nadd_field ua "m" all:0 0 0\n', 8, 0, 32)
    + _HOLDER.format(
        "ub", 'add_struct ub "" 4\nadd_field ub "m" all:0 0 0\nadd_struct ub "" 4\nadd_field ub "n" all:0 0 0\n', 8, 1, 32
    )
    + _HOLDER.format(
        "uc", 'add_struct uc "" 4\nadd_field uc "m" all:0 0 0\nadd_struct uc "" 4\nadd_field uc "m" beyond:0 0 0\n', 8, 1, 32
    )
    + 'add_int uc "char" 1 2\n'
)

_UNITS = UNIT.format("a") + _OPEN_UNIT.format("b")
_TWIN_UNITS = "".join(_holders(*twin) for twin in _TWINS)
_TWIN_NAMES = [f"{twin[0]}{side}" for twin in _TWINS for side in "ab"]

# A struct that one unit declares, and two others define.
FWD_RESOLVED = """\
one = empty
add_fwd one "x" 0
add_ptr one all:0
add_struct one "h" 8
add_field one "p" all:1 0 0
two = empty
add_int two "int" 4 1
add_struct two "x" 4
add_field two "m" all:0 0 0
add_ptr two all:1
add_struct two "h" 8
add_field two "p" all:2 0 0
three = empty
add_int three "int" 4 1
add_ptr three beyond:2
add_struct three "h" 8
add_field three "p" all:1 0 0
add_struct three "x" 4
add_field three "m" all:0 0 0
"""

# A FWD whose only namesake is of the other sort, and references that lead into a loop.
ODD_ENDS = """\
a = empty
add_fwd a "x" 1
add_struct a "x" 4
dedup a
""" + "".join(
    f"b{n} = empty\n{first.replace('{}', f'b{n}')}\nadd_const b{n} beyond:0\ndedup b{n}\n"
    for n, first in enumerate(
        (
            'add_decl_tag {} "tag" beyond:1 -1',
            "add_array {} beyond:1 void 1",
            "add_array {} void beyond:1 1",
            "add_func_proto {} beyond:1",
            'add_func_proto {} void\nadd_func_param {} "p" beyond:0',
        )
    )
)

# Types that share a hash, and no more than that.
NAMESAKES = """\
a = empty
add_int a "n" 4 0
add_int a "n" 4 1
add_int a "n" 8 0
add_float a "n" 4
add_float a "n" 8
add_enum a "n" 4
add_enum_value a "x" 1
add_enum a "n" 4
add_enum_value a "x" 2
add_enum a "n" 4
add_enum_value a "y" 1
add_enum a "n" 8
add_enum64 a "n" 8 0
add_enum64_value a "x" 1
add_enum64 a "n" 8 0
add_enum64_value a "x" 2
add_enum64 a "n" 8 0
add_enum64_value a "x" 0x100000001
add_fwd a "n" 0
add_fwd a "n" 1
add_struct a "n" 4
add_field a "x" all:0 0 0
add_struct a "n" 4
add_field a "y" all:0 0 0
add_struct a "n" 4
add_field a "x" all:1 0 0
add_struct a "n" 8
add_field a "x" all:2 0 0
add_union a "n" 4
add_field a "x" all:0 0 0
add_ptr a all:0
add_ptr a all:1
add_array a all:0 all:0 1
add_array a all:0 all:0 2
add_array a all:1 all:0 1
add_func_proto a all:0
add_func_param a "x" all:0
add_func_proto a all:0
add_func_param a "y" all:0
add_func_proto a all:0
add_func_param a "x" all:1
add_func_proto a all:1
add_func_param a "x" all:0
add_func_proto a void
add_decl_tag a "n" all:0 -1
add_decl_tag a "n" all:1 -1
add_type_tag a "n" all:0
add_type_tag a "n" all:1
add_typedef a "n" all:0
add_typedef a "n" all:1
"""

# A struct in each of two units, equal but for one thing below.
_BELOW = (
    "add_array {} all:0 all:0 1|add_array {} all:0 all:0 2",
    "add_array {} all:0 all:0 1|add_array {} all:1 all:0 1",
    "add_array {} all:0 all:0 1|add_array {} all:0 all:1 1",
    "add_const {} all:0|add_const {} all:1",
    "add_const {} all:0|add_volatile {} all:0",
    'add_typedef {} "t" all:0|add_typedef {} "o" all:0',
    'add_fwd {} "f" 0|add_fwd {} "f" 1',
    'add_fwd {} "f" 0|add_union {} "f" 8',
    'add_float {} "f" 4|add_float {} "f" 8',
    'add_enum {} "f" 4\nadd_enum_value {} "x" 1|add_enum {} "f" 4\nadd_enum_value {} "x" 2',
    'add_enum {} "f" 4|add_enum64 {} "f" 8 0\nadd_enum64_value {} "x" 2',
    'add_func_proto {} all:0\nadd_func_param {} "x" all:0|add_func_proto {} all:0\nadd_func_param {} "y" all:0',
    'add_func_proto {} all:0\nadd_func_param {} "x" all:0|add_func_proto {} all:0\nadd_func_param {} "x" all:1',
    'add_func_proto {} all:0\nadd_func_param {} "x" all:0|add_func_proto {} all:1\nadd_func_param {} "x" all:0',
    "add_func_proto {} all:0|add_func_proto {} void",
    'add_func_proto {} void\nadd_func {} "f" 0 new:0|add_func_proto {} void\nadd_func {} "f" 1 new:0',
    'add_struct {} "f" 4\nadd_field {} "x" all:0 0 0|add_struct {} "f" 4\nadd_field {} "x" all:1 0 0',
    'add_struct {} "f" 4\nadd_field {} "x" all:0 0 0|add_struct {} "f" 4\nadd_field {} "y" all:0 0 0',
    'add_struct {} "f" 4\nadd_field {} "x" all:0 0 0|add_struct {} "f" 8\nadd_field {} "x" all:0 0 0',
)


def _below() -> str:
    lines = ["all = empty", 'add_int all "int" 4 1', 'add_int all "long" 8 1']
    for number, (one, other) in enumerate(text.split("|") for text in _BELOW):
        for side in (one, other):
            lines += side.replace("{}", "all").splitlines()
            lines += [f'add_struct all "held{number}" 8', 'add_field all "m" new:1 0 0']
    return "\n".join([*lines, "dedup all", "raw_data all"]) + "\n"


_SPLIT_UNITS = UNIT.format("base") + _UNITS

PROGRAMS = {
    "dedup-fwd-resolved": FWD_RESOLVED + _together(["one", "two", "three"]),
    "dedup-units": _UNITS + _together(["a", "b", "a", "b"]),
    "dedup-units-reversed": _UNITS + _together(["b", "a", "b"]),
    "dedup-units-colliding": _UNITS + _together(["a", "b", "a"], "dedup_colliding"),
    "dedup-units-split": _SPLIT_UNITS + _together(["a", "b"], base="base"),
    "dedup-open-base": UNIT.format("a") + _OPEN_UNIT.format("base") + _together(["a"], base="base"),
    "dedup-twins": _TWIN_UNITS + _together(_TWIN_NAMES),
    "dedup-twins-unlike": _UNLIKE + _together(["ua", "ub", "uc"]),
    "dedup-odd-ends": ODD_ENDS,
    "dedup-namesakes": NAMESAKES + "dedup a\nraw_data a\n",
    "dedup-namesakes-colliding": NAMESAKES + "dedup_colliding a\nraw_data a\n",
    "dedup-namesakes-split": NAMESAKES + _together(["a"], base="a"),
    "dedup-unlike-below": _below(),
}
