#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Element-wise values that are kept for a later sweep have the bits of those that are computed again: the same values
# are read from a file that is dear to decode (deflate: kept) and from one that is cheap (raw: computed again).

. "${top_srcdir:?}/tests/cli/cli.bash"
here=$top_srcdir/tests/exec
py() { "${PYTHON:-python3}" "$here/kept.py" "$@"; }
py make || exit 99

script='_y = sqrt(abs(x)) * 0.5 + 1; _low = where(isnan(_y), 2, _y)
z = flip(_y, 0) - max(_low); a = _low - mean(_low, axis=0); b = _low[1:] * _low[:-1] - max(_low)'

evaluate() { # file, input, arguments
    local out=$1 in=$2
    shift 2
    sharr -q -j2 --compress=deflate:1 -o "$out" "$@" "$script" "$in" </dev/null
}
plan() { # place, input, arguments
    local place=$1 in=$2
    shift 2
    sharr --explain=json -j2 --compress=deflate:1 -o none.h5 "$@" "$script" "$in" </dev/null >plan.json && py kept plan.json "$place"
}

check "what is cheap is computed again" plan nowhere cheap.h5
check "what is dear is kept in memory" plan memory dear.h5 --memory=256M
check "or in scratch" plan scratch dear.h5 --memory=12M
sharr --explain -o none.h5 --memory=12M "$script" dear.h5 </dev/null >text
check "and --explain says so" grep -q 'kept in scratch: costs less than computing it twice' text
check "without a place for scratch it is computed again" plan nowhere dear.h5 --memory=12M --tmpdir=/nowhere

check "computed again" evaluate cheap.out.h5 cheap.h5
check "as NumPy does" py check cheap.out.h5
check "kept in memory" evaluate memory.out.h5 dear.h5 --memory=256M
check "the same bits" py same cheap.out.h5 memory.out.h5
check "kept in scratch" evaluate scratch.out.h5 dear.h5 --memory=12M
check "the same bits" py same cheap.out.h5 scratch.out.h5
check "no place for scratch" evaluate nowhere.out.h5 dear.h5 --memory=12M --tmpdir=/nowhere
check "the same bits" py same cheap.out.h5 nowhere.out.h5
check "nothing is left behind" test -z "$(find . -name '*scratch*' ! -name 'scratch.out.h5')"

if [ -n "$MPIEXEC" ] && ! "$eval_bin" --version | grep -q '^mpi: no'; then
    ranks() { # file, memory
        timeout -k 5 "$cli_limit" "$MPIEXEC" $MPIEXEC_FLAGS -n 3 "$eval_bin" -q -j1 --compress=deflate:1 -o "$1" "--memory=$2" \
            "$script" dear.h5 </dev/null && py same cheap.out.h5 "$1"
    }
    check "in memory, 3 ranks" ranks memory3.h5 256M
    check "in scratch, 3 ranks" ranks scratch3.h5 12M
fi
finish
