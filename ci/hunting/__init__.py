# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The steps of `ci/hunt`, one a file."""
