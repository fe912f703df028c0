# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What ends a command: one sentence for its user. Everything else that is raised is a defect of ours."""

from __future__ import annotations


class Failure(Exception):
    """A sentence for the user."""
