#!/bin/bash -eu
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# The same build as OSS-Fuzz has: both images hold the sources under the same names.
exec bash -eu "$SRC/retort/ci/oss-fuzz/build.sh"
