# SPDX-License-Identifier: BSD-3-Clause
#
# Sourced by every test that starts ranks.

# Frames of plug-ins that MPI has unloaded match no suppression of leaks without full unwinding.
if [ "${SANITIZER:-no}" != no ]; then
    export ASAN_OPTIONS="fast_unwind_on_malloc=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
fi
