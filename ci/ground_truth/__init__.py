# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The parts of ci/ground-truth: defects that upstream once had, put back, and the fuzzers that look for them."""
