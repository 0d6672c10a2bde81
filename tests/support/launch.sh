#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# MPIEXEC of the tests in builds with a sanitizer: the real launcher, $LAUNCHER, with what ASan needs below MPI.

# Frames of plug-ins that MPI has unloaded match no suppression of leaks without full unwinding.
export ASAN_OPTIONS="fast_unwind_on_malloc=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
exec "$LAUNCHER" "$@"
