# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Messages, pair files, and which of them a kernel can be asked about."""

from __future__ import annotations

import io
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from live import batch, protocol  # noqa: E402
from live.failure import Failure  # noqa: E402
from live.module_file import ModuleForm, ModuleWriter  # noqa: E402
from live.questions import Answer, Pair  # noqa: E402

RELOCATABLE = [("DIST", b"d"), ("SPLT", b"s"), ("TRGT", b"t")]


class Messages(unittest.TestCase):
    def test_are_the_same_after_they_were_sent(self) -> None:
        stream = io.BytesIO()
        protocol.send(stream, {"op": "check", "empty": ""}, {"pair": b"a\n\n\0b", "none": b""})
        stream.seek(0)
        self.assertEqual(protocol.receive(stream), ({"op": "check", "empty": ""}, {"pair": b"a\n\n\0b", "none": b""}))
        self.assertIsNone(protocol.receive(stream))

    def test_of_an_answer_say_where_it_was_refused_and_nothing_that_is_not_there(self) -> None:
        stream = io.BytesIO()
        protocol.send_answer(stream, Answer("rejected", 22, "DIST", detail="Invalid name"))
        protocol.send_answer(stream, Answer("accepted", output=b"new"))
        stream.seek(0)
        refused = ({"outcome": "rejected", "errno": "22", "stage": "DIST"}, {"detail": b"Invalid name"})
        self.assertEqual(protocol.receive(stream), refused)
        self.assertEqual(protocol.receive(stream), ({"outcome": "accepted"}, {"bytes": b"new"}))


class PairFiles(unittest.TestCase):
    def test_are_read_by_their_tags_whatever_else_is_in_them(self) -> None:
        pair = protocol.pair_of(protocol.serialize([("PROG", b"x"), *RELOCATABLE, ("BASE", b"b")]))
        self.assertEqual(pair, Pair(b"b", b"d", b"s", b"t"))

    def test_of_several_layers_are_known_by_their_number_and_the_lowest(self) -> None:
        pair = protocol.pair_of(protocol.serialize([("BASE", b"b"), ("SPLT", b"low"), ("SPLT", b"high")]))
        self.assertEqual((pair.layers, pair.split), (2, b"low"))

    def test_that_end_too_early_or_are_none_are_named(self) -> None:
        whole = protocol.serialize(RELOCATABLE)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "p.pair"
            cases = ((b"", "no pair file"), (whole[:-1], "inside the part TRGT"), (whole + b"X", "inside the part"))
            for data, why in cases:
                path.write_bytes(data)
                with self.assertRaisesRegex(Failure, f"p.pair .*{why}"):
                    protocol.read_pair(path)


class WhatAKernelIsAsked(unittest.TestCase):
    session = SimpleNamespace(own_btf=b"twelve bytes")

    def why_not(self, pair: Pair) -> str | None:
        return batch.why_not(pair, self.session)  # type: ignore[arg-type]

    def test_is_to_relocate_where_there_is_a_target_or_its_own_will_do(self) -> None:
        self.assertEqual(protocol.ops_of(Pair(distilled=b"d", split=b"s", target=b"t")), ["check", "relocate"])
        self.assertEqual(protocol.ops_of(Pair(distilled=b"d", split=b"s")), ["check"])
        self.assertEqual(protocol.ops_of(Pair(distilled=b"d", split=b"s"), onto_own=True), ["check", "relocate"])
        self.assertEqual(protocol.ops_of(Pair(base=b"b", split=b"s", target=b"t")), ["check"])

    def test_is_nothing_about_what_it_cannot_hold(self) -> None:
        self.assertIsNone(self.why_not(Pair(base=b"b")))
        self.assertIn("several layers", self.why_not(Pair(base=b"b", split=b"s", layers=2)) or "")
        self.assertIn("longer", self.why_not(Pair(base=b"thirteen bytes")) or "")
        self.assertIn("no part", self.why_not(Pair(split=b"s")) or "")

    def test_comes_from_folders_of_pairs_and_modules(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "deep").mkdir()
            (folder / "deep/a.pair").write_bytes(protocol.serialize(RELOCATABLE))
            form = ModuleForm("vermagic=test", 1280, 64, "")
            (folder / "b.ko").write_bytes(ModuleWriter(form).write(b"s", b"d", b"t"))
            (folder / "c.json").write_bytes(b"")
            found = batch.files_below([folder])
            self.assertEqual([path.name for path in found], ["b.ko", "a.pair"])
            self.assertEqual(batch.read(found[0]), batch.read(found[1]))
            with self.assertRaisesRegex(Failure, "no \\*.pair"):
                (folder / "empty").mkdir()
                batch.files_below([folder / "empty"])


if __name__ == "__main__":
    unittest.main()
