# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The parts of `ci/fuzz-farm`: who runs (plan), running them (instance), what they tell one another (exchange), how much disk
there is (space), and what a person sees (status)."""
