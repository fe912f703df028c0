# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The eight defects: which function of upstream's each lives in, what is said there, and what was said once.

An edit is a regular expression and its replacement within the body of a named function, so that changes
around it do no harm; where the function or the place is not found, planting fails and says so.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Edit:
    file: str
    function: str
    find: str
    put: str
    times: int = 1


@dataclasses.dataclass(frozen=True)
class Defect:
    letter: str
    sentence: str
    # The target that is meant to find it.
    target: str
    edits: tuple[Edit, ...]


def _pick(letter: str, clean: str, defective: str) -> str:
    return f"RETORT_PLANTED_PICK('{letter}', {clean}, {defective})"


_STRINGS_BELOW = r"(base_btf->hdr->str_len) \+ (base_btf->start_str_off)"

DEFECTS = (
    Defect(
        "a",
        "relocation marks embedded types only up to the number of split types",
        "relocate",
        (
            Edit(
                "btf_relocate.c",
                "btf_mark_embedded_composite_type_ids",
                r"(next_id < )(r->nr_dist_base_types)",
                _pick("a", r"\1\2", r"\1r->nr_split_types"),
            ),
        ),
    ),
    Defect(
        "b",
        "distillation forgets the byte order",
        "distill",
        (
            Edit(
                "btf.c",
                "btf__distill_base",
                r"btf__set_endianness\((\w+), (btf__endianness\(\w+\))\)",
                r"btf__set_endianness(\1, " + _pick("b", r"\2", r"btf__endianness(\1)") + ")",
            ),
        ),
    ),
    Defect(
        "c",
        "find by name and kind walks only the types of the top layer",
        "lookup",
        (
            Edit(
                "btf.c",
                "btf__find_by_name_kind",
                r"(btf_find_by_name_kind\(btf, )1(, [^)]*\))",
                _pick("c", r"\g<1>1\2", r"\1btf->start_id\2"),
            ),
        ),
    ),
    Defect(
        "d",
        "string offsets of a layer on a layer ignore what lies below its base",
        "distill",
        tuple(
            Edit("btf.c", function, _STRINGS_BELOW, _pick("d", r"\1 + \2", r"\1"))
            for function in ("btf_new_empty", "btf_new", "btf_set_base_btf")
        ),
    ),
    Defect(
        "e",
        "dedup skips the phase that resolves forward declarations",
        "dedup",
        (
            Edit(
                "btf.c",
                "btf_dedup_resolve_fwds",
                r"(names_map = hashmap__new\()",
                r"RETORT_PLANTED_REACHED('e');\n\t\1",
            ),
            Edit(
                "btf.c",
                "btf_dedup_resolve_fwd",
                r"(d->map\[type_id\]) = ([^;]+);",
                r"\1 = " + _pick("e", r"\2", r"\1") + ";",
            ),
        ),
    ),
    Defect(
        "f",
        "dedup's equivalence does not know TYPE_TAG",
        "dedup",
        (
            Edit(
                "btf.c",
                "btf_dedup_is_equiv",
                r"(switch \(cand_kind\) \{)",
                "if (" + _pick("f", "0", "cand_kind == BTF_KIND_TYPE_TAG") + r")\n\t\treturn -EINVAL;\n\t\1",
            ),
        ),
    ),
    Defect(
        "g",
        "the header's offset and length are added without a check for overflow",
        "parse",
        (
            Edit(
                "btf.c",
                "btf_parse_hdr",
                r"\(long long\)(hdr->(?:str|type)_off \+ hdr->(?:str|type)_len)",
                _pick("g", r"(long long)\1", r"(long long)(__u32)(\1)"),
                times=2,
            ),
        ),
    ),
    Defect(
        "h",
        "ids and string offsets are not checked after parsing",
        "parse",
        (
            Edit(
                "btf.c",
                "btf_new",
                r"(btf_sanity_check\(btf\))",
                _pick("h", r"\1", "0"),
            ),
        ),
    ),
)


def of_letters(letters: str) -> list[Defect]:
    """The defects that the letters name, in the order of the table; an unknown letter is an error."""
    known = {defect.letter: defect for defect in DEFECTS}
    for letter in letters:
        if letter not in known:
            raise ValueError(f"there is no defect '{letter}'; there are {', '.join(known)}.")
    return [defect for defect in DEFECTS if defect.letter in letters]
