#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The smallest program that speaks oracles/PROTOCOL.md: an example to begin with, and what the tests talk to.

It looks no further than the header of each part. With an argument it misbehaves at the first question: `crash`, `hang`,
`babble`, or `mute`, which does not even greet.
"""

from __future__ import annotations

import os
import struct
import sys
import time
from typing import BinaryIO

EINVAL = 22
STAGES = ("BASE", "SPLT", "DIST", "TRGT")
NOT_FOUND = 0xFFFFFFFF


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


def send(stream: BinaryIO, fields: dict[str, str], blobs: dict[str, bytes]) -> None:
    lines = [f"{key} {value}\n" for key, value in fields.items()]
    lines += [f"+{key} {len(blob)}\n" for key, blob in blobs.items()]
    stream.write("".join(lines).encode() + b"\n" + b"".join(blobs.values()))
    stream.flush()


def parts_of(pair: bytes) -> list[tuple[str, bytes]]:
    parts, at = [], 8
    while at < len(pair):
        tag, length = struct.unpack_from("<4sI", pair, at)
        parts.append((tag.decode(), pair[at + 8 : at + 8 + length]))
        at += 8 + length
    return parts


def is_acceptable(btf: bytes) -> bool:
    return len(btf) >= 24 and btf[:3] == b"\x9f\xeb\x01"


def answer(op: str, blobs: dict[str, bytes]) -> tuple[dict[str, str], dict[str, bytes]]:
    for tag, btf in parts_of(blobs["pair"]):
        if not is_acceptable(btf):
            why = {"detail": f"{tag} has no header of BTF's".encode()}
            stage = tag if tag in STAGES else "BASE"
            return {"outcome": "rejected", "errno": str(EINVAL), "stage": stage}, why
    if op == "find":
        return {"outcome": "accepted"}, {"ids": ids_of(blobs["names"])}
    return {"outcome": "accepted"}, {}


def ids_of(names: bytes) -> bytes:
    """Finds nothing, twice for each name."""
    ids, at = b"", 0
    while at < len(names):
        (length,) = struct.unpack_from("<I", names, at + 4)
        ids += struct.pack("<II", NOT_FOUND, NOT_FOUND)
        at += 8 + length
    return ids


def misbehave(how: str) -> None:
    if how == "crash":
        print("toy_oracle: lost its way", file=sys.stderr, flush=True)
        os.abort()
    if how == "hang":
        time.sleep(600)
    if how == "babble":
        sys.stdout.buffer.write(b"outcome marvellous\n\n")
        sys.stdout.buffer.flush()


def main() -> int:
    how = sys.argv[1] if len(sys.argv) > 1 else ""
    if how == "mute":
        return 3
    send(sys.stdout.buffer, {"retort-oracle": "1", "version": "0", "ops": "check find", "splits": "1"}, {})
    while message := receive(sys.stdin.buffer):
        if how:
            misbehave(how)
        else:
            send(sys.stdout.buffer, *answer(message[0]["op"], message[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
