# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""A booted kernel as an oracle: stock Debian kernels under qemu's own emulation, asked by loading modules without code.

kernels.py   a kernel out of its package, and what its guests need, in the cache
guest.py     one running guest: requests to its agent, its memory, its end
snapshot.py  the state to which every guest begins, and comes back after a crash
module_file.py, target.py   a pair as a module file, and as the kernel's own BTF
questions.py what has to be asked in which order to answer an operation on a pair
session.py, slot.py         pair after pair, with the kernel's BTF exchanged; guests that die are replaced
live_oracle.py, export_ko.py   for `retort`: speaks PROTOCOL.md, and writes a pair as a module
batch.py, survey.py, fidelity.py   for ci/live and ci/fidelity
"""
