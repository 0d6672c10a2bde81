#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Reductions at the limits of what a worker's buffers, a program and a shard hold: many of them at once, tiles of
# very short rows, tiles of different numbers of blocks on several ranks, results larger than the memory.

. "${top_srcdir:?}/tests/cli/cli.bash"
here=$top_srcdir/tests/exec
"${PYTHON:-python3}" "$here/reductions.py" make || exit 99

evaluate() { # file, arguments
    local out=$1
    shift
    sharr -q -j2 --compress=deflate:1 -o "$out" "$@" in.h5 </dev/null && "${PYTHON:-python3}" "$here/reductions.py" check "$out"
}
list() { # prefix, how many, dataset, axis
    for i in $(seq 0 $(($2 - 1))); do echo "$1$i = var($3 * $((i + 1))$4)"; done
}

check "variances of many columns" evaluate down.h5 "$(list d 6 /down ', axis=0')"
check "more states than a program has" evaluate states.h5 "$(list v 70 /small ', axis=0')"
check "many variances of everything" evaluate total.h5 "$(list t 70 /small '')"
check "positions in very short rows" evaluate arg.h5 'a = argmin(/pairs); a0 = argmin(/pairs, axis=0); f = argmax(/flags)'
check "a chunk that cannot be divided" evaluate prime.h5 'p = sum(/prime)'
check "thousands of sums in one expression" evaluate many.h5 --memory=1GiB \
    "q = float64(/flags)$(for i in $(seq 2400); do printf ' + sum(/flags * %d)' "$i"; done)"
check "more results than memory" evaluate wide.h5 --memory=14M 'w = sum(/wide, axis=1)'

if [ -n "$MPIEXEC" ] && ! "$eval_bin" --version | grep -q '^mpi: no'; then
    ranks() { # how many
        timeout -k 5 "$cli_limit" "$MPIEXEC" $MPIEXEC_FLAGS -n "$1" "$eval_bin" -q -j1 --compress=deflate:1 -o "edge$1.h5" \
            'e0 = sum(/edge, axis=0); e1 = sum(/edge, axis=1); m = max(/edge, axis=0)' in.h5 </dev/null &&
            "${PYTHON:-python3}" "$here/reductions.py" check "edge$1.h5"
    }
    for n in 1 2 3; do
        check "tiles of one and of two blocks, $n ranks" ranks $n
    done
fi
finish
