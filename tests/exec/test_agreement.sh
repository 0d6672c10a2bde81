#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Ranks that do not compute the same are told so, before anything is written.

. "${top_srcdir:?}/tests/cli/cli.bash"
[ -n "$MPIEXEC" ] || { echo "1..0 # SKIP no mpiexec"; exit 0; }
"$eval_bin" --version | grep -q '^mpi: no' && { echo "1..0 # SKIP built without MPI"; exit 0; }
"${PYTHON:-python3}" "$cli_dir/make_inputs.py" good || exit 99

# Arguments of sh, where $r is the rank.
ranks() {
    timeout -k 5 "$cli_limit" "$MPIEXEC" $MPIEXEC_FLAGS -n 2 sh -c \
        'r=${PMI_RANK:-${OMPI_COMM_WORLD_RANK:-${PMIX_RANK:-0}}}; exec "$0" -q -j1 -o out.h5 '"$1"' good.h5' "$eval_bin" \
        >out 2>err </dev/null
}
refused() {
    ranks "$1"
    local rc=$?
    cat err
    [ $rc = 2 ] && grep -q 'the ranks do not evaluate the same plan' err && [ ! -e out.h5 ]
}

check "another constant" refused '"y = /x + $r"'
check "another operator" refused '"y = $([ $r = 0 ] && echo sin || echo cos)(/x)"'
check "another slice" refused '"y = /x[$r:$((r + 2))]"'
check "another operand" refused '"y = stack([/x, /x * $r])"'
check "another order" refused '"$([ $r = 0 ] && echo "y = /x * 2; z = /x * 3" || echo "y = /x * 3; z = /x * 2")"'
check "the same" ranks '"y = /x + $((r - r))"'
finish
