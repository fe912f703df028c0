# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Programs that distil and relocate: every kind, every target that is told apart, and what is refused."""

from __future__ import annotations

from case_dedup import UNIT

# A base that holds every kind; what the split refers to, distillation puts into a base or into the split.
DISTILL = (
    UNIT.format("a")
    + "split = empty a\n"
    + "".join(f"add_ptr split all:{n}\n" for n in range(24) if n not in (18, 19, 20, 21, 22))
    + 'add_struct split "own" 96\nadd_field split "held" all:23 0 0\n'
    + "low, high = distill split\nraw_data low\nraw_data high\nrelocate high a\nraw_data high\n"
    + "again, top = distill high\n"
)
# What no distilled base can hold.
DISTILL_REFUSED = UNIT.format("a") + "".join(
    f"s{n} = empty a\nadd_ptr s{n} all:{n}\nl{n}, h{n} = distill s{n}\n" for n in (18, 19, 20, 21)
)

# A distilled base, and targets that have its types: just so, twice, of another size, sort or encoding.
_LOW = """\
low = empty
add_int low "int" 4 1
add_float low "float" 8
add_enum low "e" 4
add_enum low "e64" 8
add_fwd low "fs" 0
add_fwd low "fu" 1
add_struct low "s" 8
add_union low "u" 8
split{0} = empty low
add_ptr split{0} all:0
add_ptr split{0} all:1
add_ptr split{0} all:2
add_ptr split{0} all:3
add_ptr split{0} all:4
add_ptr split{0} all:5
add_ptr split{0} all:6
add_ptr split{0} all:7
add_struct split{0} "embeds" 16
add_field split{0} "s" all:6 0 0
add_field split{0} "u" all:7 64 0
"""
_TARGET = (
    'add_int {} "int" 4 1',
    'add_float {} "float" 8',
    'add_enum {} "e" 4',
    'add_enum64 {} "e64" 8 0',
    'add_struct {} "fs" 4',
    'add_union {} "fu" 4',
    'add_struct {} "s" 8',
    'add_union {} "u" 8',
)
_TARGETS = (
    (),  # all just so
    (("int", 'add_int {} "int" 4 0'),),
    (("int", 'add_int {} "int" 8 1'),),
    (("int", 'add_float {} "int" 4'),),
    (("float", 'add_int {} "float" 8 0'),),
    (('"e"', 'add_enum64 {} "e" 4 0'),),
    (('"e"', 'add_int {} "e" 4 0'),),
    (("fs", 'add_fwd {} "fs" 0'),),
    (("fs", 'add_fwd {} "fs" 1'),),
    (("fs", 'add_union {} "fs" 4'),),
    (("fs", 'add_typedef {} "fs" void'),),
    (("fs", 'add_int {} "fs" 4 0'),),
    (("fu", 'add_struct {} "fu" 4'),),
    (("fu", 'add_union {} "fu" 4\nadd_field {} "bits" all:0 0 3'),),
    (("fu", 'add_fwd {} "fu" 1'),),
    (('"s"', 'add_struct {} "s" 4'),),
    (('"s"', 'add_struct {} "s" 8\nadd_struct {} "s" 8'),),
    (('"s"', 'add_struct {} "s" 8\nadd_struct {} "s" 4'),),
    (('"u"', 'add_union {} "u" 4\nadd_union {} "u" 2'),),
    (('"u"', 'add_struct {} "u" 8'),),
)


def _relocations(first: int, end: int) -> str:
    lines = []
    for number, changes in list(enumerate(_TARGETS))[first:end]:
        target = f"t{number}"
        lines += [_LOW.format(number).rstrip().replace("low", f"low{number}"), f"{target} = empty"]
        for line in _TARGET:
            new = next((text for word, text in changes if word in line), line)
            lines += new.replace("{}", target).splitlines()
        lines.append(f"relocate split{number} {target}")
    return "\n".join(lines) + "\n"


# Bases that are no distilled ones, and a name that belongs to no type of it.
_NO_LOWS = (
    "add_ptr {} void",
    'add_int {} "int" 4 1\nadd_const {} all:0',
    'add_struct {} "" 4',
    'add_enum {} "" 4',
    'add_enum64 {} "e" 8 0',
)
RELOCATE_REFUSED = "".join(
    f"l{n} = empty\n{line.replace('{}', f'l{n}')}\ns{n} = empty l{n}\nadd_ptr s{n} all:0\n"
    f't{n} = empty\nadd_int t{n} "int" 4 1\nrelocate s{n} t{n}\nrelocate s{n} l{n}\n'
    for n, line in enumerate(_NO_LOWS)
) + (
    'low = empty\nadd_int low "int" 4 1\nadd_str low "alone"\nsplit = empty low\nadd_struct split "alone" 4\n'
    'add_field split "x" all:0 0 0\ntarget = empty\nadd_int target "int" 4 1\nrelocate split target\n'
)

PROGRAMS = {
    "distill-every-kind": DISTILL,
    "distill-refused": DISTILL_REFUSED,
    "relocate-ints-and-enums": _relocations(0, 7),
    "relocate-fwds": _relocations(7, 15),
    "relocate-namesakes": _relocations(15, 20),
    "relocate-refused": RELOCATE_REFUSED,
}
