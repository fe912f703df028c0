#!/bin/bash -eu
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# What the service runs. How the targets are built is the project's own affair; only where things stand is told here.
exec "$SRC/retort/ci/build-fuzzers" --sources "$SRC"
