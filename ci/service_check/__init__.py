# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""What `ci/check-oss-fuzz` checks of the builds for OSS-Fuzz, one sort of rule a file."""
