#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""live-SERIES as `retort` asks it: speaks ../PROTOCOL.md, and boots a guest at the first question.

The kernel has to be prepared by `ci/live --prepare`: whoever asks about a pair does not expect a download.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from live import kernels, protocol, snapshot  # noqa: E402
from live.failure import Failure  # noqa: E402
from live.guest import demand_qemu  # noqa: E402
from live.session import Session  # noqa: E402

# Whoever asks has a limit of their own, and ends us when it is over; ours only has to be longer than any sensible one.
_SECONDS = 3600.0


def serve(series: str, oldest: bool, agent: Path) -> None:
    kernel = kernels.choose_prepared(series, kernels.cache_folder(), oldest)
    demand_qemu()
    # Before the greeting, which may take long, and not within the time limit of the first question.
    state = snapshot.make(kernel, lambda: agent)
    answers, questions = sys.stdout.buffer, sys.stdin.buffer
    protocol.send(
        answers,
        {
            "retort-oracle": "1",
            "version": f"{kernel.release} ({kernel.package} {kernel.version})",
            "describes": "the stock kernel in a guest, given each pair as a module",
            "ops": " ".join(protocol.OPS),
            "splits": "1",
            "longest-base": str(kernel.btf.stat().st_size),
        },
        {},
    )
    with Session(kernel, state, _SECONDS) as session:
        while message := protocol.receive(questions):
            fields, blobs = message
            protocol.send_answer(answers, session.answer(fields["op"], protocol.pair_of(blobs["pair"])))


def main() -> int:
    parser = argparse.ArgumentParser(prog="live_oracle.py", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--agent", type=Path, required=True, help="the program retort-guest")
    parser.add_argument("--oldest", action="store_true", help="the oldest that is prepared, not the newest")
    parser.add_argument("series", help="the kernel's release series, such as 6.12")
    options = parser.parse_args()
    try:
        serve(options.series, options.oldest, options.agent)
    except (Failure, protocol.Malformed) as error:
        print(f"live-{options.series}: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"live-{options.series}: {error.filename or 'the guest'}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
