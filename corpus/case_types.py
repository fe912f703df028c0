# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Types for what looks at types: every kind and form for the dumper, with data to show as their values, and two versions of
a kernel's types with each relocation of CO-RE from one to the other.
"""

from __future__ import annotations

from case_bytes import ARRAY, DATASEC, ENUM, ENUM64, FUNC, PROTO, PTR, STRUCT, VAR, Parts, words

INT, UNION, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FLOAT, DECL_TAG, TYPE_TAG = 1, 5, 7, 8, 9, 10, 11, 16, 17, 18
KFLAG = 1 << 31
SIGNED, CHAR, BOOL = 1 << 24, 2 << 24, 4 << 24


class Layer:
    """Types one after the other; each call gives the id of the type that it adds."""

    def __init__(self) -> None:
        self.count = 0
        self._types = b""
        self._strings = b"\0"

    def name(self, text: str) -> int:
        if not text:
            return 0
        coded = text.encode() + b"\0"
        if b"\0" + coded not in self._strings:
            self._strings += coded
        return self._strings.index(b"\0" + coded) + 1

    def add(self, kind: int, name: str, third: int, *rest: int, vlen: int = 0, kflag: bool = False) -> int:
        self._types += words(self.name(name), kind << 24 | vlen | (KFLAG if kflag else 0), third, *rest)
        self.count += 1
        return self.count

    def integer(self, name: str, size: int, encoding: int) -> int:
        return self.add(INT, name, size, encoding | 8 * size)

    def array(self, of: int, length: int) -> int:
        return self.add(ARRAY, "", 0, of, 1, length)

    def composite(self, kind: int, name: str, size: int, *members: tuple[str, int, int, int]) -> int:
        """Members are name, type, offset in bits, and the bits of a bit field or 0."""
        fields = any(bits for *_, bits in members)
        rest = [word for n, t, at, bits in members for word in (self.name(n), t, at | bits << 24)]
        return self.add(kind, name, size, *rest, vlen=len(members), kflag=fields)

    def enum(self, name: str, size: int, *values: tuple[str, int], signed: bool = False) -> int:
        rest = [word for n, value in values for word in (self.name(n), value)]
        return self.add(ENUM, name, size, *rest, vlen=len(values), kflag=signed)

    def enum64(self, name: str, *values: tuple[str, int], signed: bool = False) -> int:
        rest = [word for n, value in values for word in (self.name(n), value, value >> 32)]
        return self.add(ENUM64, name, 8, *rest, vlen=len(values), kflag=signed)

    def proto(self, returns: int, *parameters: tuple[str, int]) -> int:
        rest = [word for n, t in parameters for word in (self.name(n), t)]
        return self.add(PROTO, "", returns, *rest, vlen=len(parameters))

    def finish(self) -> bytes:
        head = b"\x9f\xeb\x01\0" + words(24, 0, len(self._types), len(self._types), len(self._strings))
        return head + self._types + self._strings


def every_form() -> bytes:
    t = Layer()
    number, char, boolean = t.integer("int", 4, SIGNED), t.integer("char", 1, CHAR), t.integer("_Bool", 1, BOOL)
    wide, long, short = t.integer("__int128", 16, SIGNED), t.integer("unsigned long", 8, 0), t.integer("short", 2, SIGNED)
    floats = [t.add(FLOAT, name, size) for name, size in (("float", 4), ("double", 8), ("long double", 16))]
    pointer, text = t.add(PTR, "", 0), t.array(char, 8)
    none, negative = t.enum("", 4, ("A", 0), ("B", 1)), t.enum("negative", 4, ("MINUS", -1), ("ZERO", 0), signed=True)
    t.enum("undefined", 4)
    t.enum("tiny", 1, ("T", 1))
    t.enum("e8", 8, ("E", 1))
    huge = t.enum64("huge", ("BIG", 1 << 40), ("SMALL", 1))
    t.enum64("huge_signed", ("LEAST", -(1 << 40)), signed=True)
    struct_fwd, union_fwd = t.add(FWD, "later", 0), t.add(FWD, "either", 0, kflag=True)
    member = t.composite(UNION, "", 8, ("whole", long, 0, 0), ("part", number, 0, 0))
    bits = t.composite(STRUCT, "bits", 8, ("a", number, 0, 3), ("b", number, 3, 5), ("c", boolean, 8, 1), ("far", long, 40, 20))
    t.composite(STRUCT, "packed", 5, ("c", char, 0, 0), ("i", number, 8, 0))
    t.composite(STRUCT, "padded", 24, ("c", char, 0, 0), ("l", long, 64, 0), ("s", short, 128, 0))
    t.composite(STRUCT, "hole", 16, ("c", char, 0, 0), ("d", char, 96, 0))
    t.composite(STRUCT, "empty", 0)
    node = t.count + 2
    t.add(PTR, "", node)
    t.composite(STRUCT, "node", 64, ("next", node - 1, 0, 0), ("", member, 64, 0), ("bits", bits, 128, 0), ("text", text, 192, 0),
                ("e", none, 256, 0), ("n", negative, 288, 0), ("huge", huge, 320, 0), ("p", pointer, 384, 0), ("f", floats[0], 448, 0))
    t.composite(STRUCT, "tail", 4, ("n", number, 0, 0), ("rest", t.count + 2, 32, 0))
    t.array(number, 0)
    matrix = t.array(t.array(short, 2), 3)
    function = t.proto(number, ("a", number), ("b", pointer), ("", 0))
    called = t.add(PTR, "", function)
    nothing = t.proto(0)
    t.add(TYPEDEF, "callback", called)
    t.add(TYPEDEF, "matrix", matrix)
    t.add(TYPEDEF, "anonymous", none)
    t.add(TYPEDEF, "inline_struct", t.composite(STRUCT, "", 4, ("x", number, 0, 0)))
    t.add(TYPEDEF, "of_forward", t.add(PTR, "", struct_fwd))
    t.add(TYPEDEF, "of_union", t.add(PTR, "", union_fwd))
    t.add(CONST, "", t.add(VOLATILE, "", number))
    t.add(RESTRICT, "", t.add(PTR, "", t.add(CONST, "", char)))
    tagged = t.add(PTR, "", t.add(TYPE_TAG, "user", number))
    t.array(t.add(PTR, "", t.proto(tagged, ("x", called))), 4)
    t.array(t.add(CONST, "", t.array(number, 2)), 2)
    t.add(PTR, "", t.array(number, 3))
    t.add(FUNC, "run", nothing, vlen=1)
    variables = [t.add(VAR, name, kind, linkage) for name, kind, linkage in (("a", number, 0), ("b", node, 1), ("c", wide, 1))]
    t.add(DATASEC, ".data", 100, *(word for v, at, size in zip(variables, (0, 8, 80), (4, 64, 16)) for word in (v, at, size)), vlen=3)
    t.add(DECL_TAG, "tag", node, 0)
    t.composite(STRUCT, "node", 4, ("again", number, 0, 0))
    return t.finish()


def kernel(newer: bool) -> bytes:
    """A kernel's types; in the newer one fields have moved, and some are gone or are others."""
    t = Layer()
    number, long, char = t.integer("int", 4, SIGNED), t.integer("long", 8, SIGNED), t.integer("char", 1, CHAR)
    state = t.enum("state", 4, ("RUNNING", 1 if newer else 0), *(() if newer else (("GONE", 2),)))
    flags = t.enum64("flags", ("HIGH", (2 if newer else 1) << 40), ("LOW", 1))
    inner = t.composite(STRUCT, "inner", 16, ("x", number, 0, 0), ("y", long if newer else number, 64, 0))
    union = t.composite(UNION, "", 8, ("raw", long, 0, 0), ("low", number, 0, 0))
    values, pointer = t.array(number, 8), t.add(PTR, "", inner)
    moved = 64 if newer else 0
    fields = [("pid", number, moved, 0), ("inner", inner, moved + 64, 0), ("", union, moved + 192, 0),
              ("values", values, moved + 256, 0), ("link", pointer, moved + 512, 0), ("state", state, moved + 576, 0),
              ("flags", flags, moved + 640, 0), ("bits", number, moved + 704, 5), ("more", number, moved + 709, 7)]
    if not newer:
        fields.append(("old", char, 736, 0))
    task = t.composite(STRUCT, "task", 104, *fields)
    t.add(TYPEDEF, "task_t", t.add(CONST, "", task))
    t.composite(STRUCT, "task___flavour", 8, ("pid", number, 0, 0))
    t.proto(number, ("task", t.add(PTR, "", task)), ("n", long if newer else number))
    t.composite(STRUCT, "other", 8, ("pid", long, 0, 0))
    t.add(FWD, "task", 0)
    t.add(FUNC, "f", t.count - 2, vlen=1)
    return t.finish()


# Type 10 is the task, 4 and 5 are the enums, 12 the typedef, 13 the flavour.
_FIELDS = ("0:0", "0:1:0", "0:1:1", "0:2:1", "0:3:2", "0:3:9", "0:4", "0:4:0", "0:5", "0:7", "0:8", "0:9", "1:0", "0:99", "0:", "x", "")
_LINES = [f"{kind} {task} {access}" for kind in ("byte_off", "byte_sz", "field_exists", "signed", "lshift_u64", "rshift_u64")
          for task, access in [(10, access) for access in _FIELDS] + [(12, "0:0"), (13, "0:0"), (14, "0"), (1, "0"), (99, "0")]]
_TYPES = [f"{kind} {which} 0" for kind in ("local_type", "target_type", "type_exists", "type_size", "type_matches")
          for which in (1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17)]
_VALUES = [f"{kind} {which} {value}" for kind in ("enumval_exists", "enumval_value") for which, value in
           ((4, 0), (4, 1), (5, 0), (5, 1), (5, 9), (10, 0))]
MOST_LINES = 96  # of one pair are looked at


def bit_field_behind_whose_type_the_data_ends() -> bytes:
    layer = Layer()
    tag = layer.enum("tag", 8)
    layer.composite(STRUCT, "cut", 23, ("field", tag, 128, 54))
    return layer.finish()


def member_without_a_name() -> bytes:
    layer = Layer()
    layer.composite(STRUCT, "gap", 8, ("", layer.integer("int", 4, SIGNED), 8, 0), ("nothing", 0, 0, 0))
    return layer.finish()


def all_cases() -> dict[str, Parts]:
    data = bytes((7 * n + 1) % 256 for n in range(256))
    cases: dict[str, Parts] = {
        "dump-every-form": [(b"BASE", every_form()), (b"DATA", data)],
        "dump-zeroes": [(b"BASE", every_form()), (b"DATA", bytes(64))],
        "dump-ones": [(b"BASE", every_form()), (b"DATA", b"\xff" * 64)],
    }
    lines = [*_LINES, *_TYPES, *_VALUES]
    for part, start in enumerate(range(0, len(lines), MOST_LINES)):
        text = "\n".join(lines[start : start + MOST_LINES]) + "\n"
        cases[f"core-relocations-{part + 1}"] = [(b"BASE", kernel(False)), (b"TRGT", kernel(True)), (b"CORE", text.encode())]
    cases["core-onto-itself"] = [(b"BASE", kernel(True)), (b"CORE", "\n".join(_TYPES + _VALUES).encode())]
    cases["dump-cut-bit-field"] = [(b"BASE", bit_field_behind_whose_type_the_data_ends())]
    cases["core-nameless-member"] = [(b"BASE", member_without_a_name())]
    return cases
