# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The messages of ../PROTOCOL.md and pair files, as far as a kernel can be asked: both ends of the protocol, in Python."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from .failure import Failure
from .questions import Answer, Pair

_PAIR_HEADER = struct.Struct("<4sI")
_PART_HEADER = struct.Struct("<4sI")
OPS = ("check", "relocate")


class Malformed(Exception):
    """The end of a sentence whose subject only the caller knows."""


def receive(stream: BinaryIO) -> tuple[dict[str, str], dict[str, bytes]] | None:
    """One message: its fields and its blobs. None at the end of the stream."""
    fields: dict[str, str] = {}
    lengths: dict[str, int] = {}
    while (line := stream.readline()) != b"\n":
        if not line:
            return None
        key, _, value = line.decode().rstrip("\n").partition(" ")
        if key.startswith("+"):
            lengths[key[1:]] = int(value)
        else:
            fields[key] = value
    return fields, {key: stream.read(length) for key, length in lengths.items()}


def send(stream: BinaryIO, fields: Mapping[str, str], blobs: Mapping[str, bytes]) -> None:
    lines = [f"{key} {value}\n" for key, value in fields.items()]
    lines += [f"+{key} {len(blob)}\n" for key, blob in blobs.items()]
    stream.write("".join(lines).encode() + b"\n" + b"".join(blobs.values()))
    stream.flush()


def parts_of(data: bytes) -> list[tuple[str, bytes]]:
    """The parts of a pair file, in order."""
    if len(data) < _PAIR_HEADER.size or _PAIR_HEADER.unpack_from(data) != (b"RTRT", 1):
        raise Malformed("is no pair file of version 1")
    parts, at = [], _PAIR_HEADER.size
    while at < len(data):
        if at + _PART_HEADER.size > len(data):
            raise Malformed(f"ends inside the part at byte {at}")
        tag, length = _PART_HEADER.unpack_from(data, at)
        at += _PART_HEADER.size
        if at + length > len(data):
            raise Malformed(f"ends inside the part {tag.decode(errors='replace')}")
        parts.append((tag.decode(errors="replace"), data[at : at + length]))
        at += length
    return parts


def serialize(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """A pair file of these parts."""
    return _PAIR_HEADER.pack(b"RTRT", 1) + b"".join(
        _PART_HEADER.pack(tag.encode(), len(part)) + part for tag, part in parts
    )


def pair_of(data: bytes) -> Pair:
    parts = parts_of(data)
    by_tag = dict(reversed(parts))
    layers = sum(tag == "SPLT" for tag, _ in parts)
    return Pair(by_tag.get("BASE"), by_tag.get("DIST"), by_tag.get("SPLT"), by_tag.get("TRGT"), layers)


def read_pair(path: Path) -> Pair:
    try:
        return pair_of(path.read_bytes())
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    except Malformed as error:
        raise Failure(f"{path} {error}") from error


def ops_of(pair: Pair, onto_own: bool = False) -> list[str]:
    """What a kernel can be asked about the pair; if that is wanted, to relocate onto its own BTF where there is no other."""
    on_base = pair.distilled is not None or pair.base is not None
    ops = ["check"] if on_base or pair.target is not None else []
    if pair.distilled is not None and pair.split is not None and (onto_own or pair.target is not None):
        ops.append("relocate")
    return ops


def send_answer(stream: BinaryIO, answer: Answer) -> None:
    fields = {"outcome": answer.outcome}
    if answer.outcome == "rejected":
        fields |= {"errno": str(answer.errno), "stage": answer.stage}
    blobs = {"bytes": answer.output, "detail": answer.detail.encode()}
    send(stream, fields, {key: blob for key, blob in blobs.items() if blob})
