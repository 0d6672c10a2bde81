#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# sharr-eval under mpiexec: the same results, one message, the right code on every rank, and a quick end when a
# rank dies.

. "${top_srcdir:?}/tests/cli/cli.bash"
[ -n "$MPIEXEC" ] || { echo "1..0 # SKIP no mpiexec"; exit 0; }
"$eval_bin" --version | grep -q '^mpi: no' && { echo "1..0 # SKIP built without MPI"; exit 0; }
"${PYTHON:-python3}" "$cli_dir/make_inputs.py" good big wreck || exit 99
ranks() { # n, arguments
    local n=$1
    shift
    timeout -k 5 "$cli_limit" "$MPIEXEC" $MPIEXEC_FLAGS -n "$n" "$eval_bin" "$@"
}

for n in 1 2 3; do
    ranks $n -q -j1 'sum(/x); /i * 2; all(/z >= 0)' good.h5 >out 2>err </dev/null
    printf '276.0\n[-4 -2  0  2  4  6]\nTrue\n' >want
    check "$n ranks print once" diff -u want out
    ranks $n -q -j1 --no-history --compress=deflate:1 -o "r$n.h5" 'y = /x - mean(/x, axis=0); s = std(/z)' good.h5 </dev/null
    check "$n ranks write" h5diff "r$n.h5" r1.h5
    ranks $n 'sum(/nowhere)' good.h5 >out 2>err </dev/null
    rc=$?
    check "$n ranks: code of an error" test $rc = 1
    check "$n ranks: one message" test "$(grep -c '^sharr-eval: ' err)" = 1
    ranks $n --frobnicate >out 2>err </dev/null
    check "$n ranks: one message about options" test "$(grep -c '^sharr-eval: ' err)" = 1
    ranks $n -o r1.h5 'y = /x' good.h5 >out 2>err </dev/null
    check "$n ranks: code when the output exists" test $? = 73
done
# HDF5 crashes in its end over what such a file has left behind.
for n in 1 3; do
    ranks $n 'sum(/x)' wreck.h5 >out 2>err </dev/null
    check "$n ranks: code of a damaged file" test $? = 65
    check "$n ranks: one message about it" bash -c 'grep -c "^sharr-eval: " err | grep -qx 1 && ! grep -qiE "backtrace|signal" err'
done
check "info is printed once" test "$(ranks 2 info good.h5 </dev/null 2>&1 | grep -c temperature)" = 1
check "help is printed once" test "$(ranks 2 --help </dev/null 2>&1 | grep -c '^Usage')" = 1

# Kill one rank in the middle of writing: all are gone within 2 s, nothing under the final name.
slow=/x         # long enough that a busy machine does not finish it before the kill
for f in sin cos tan tanh sin exp sin cos tan tanh sin exp sin cos tan tanh sin exp sin cos tan tanh sin exp; do
    slow="$f($f($f($slow)))"
done
slow="y = $slow"
ranks 3 -q -j1 --jit=vm --isa-level=1 -o killed.h5 "$slow" big.h5 >out 2>err </dev/null &
launcher=$!
for _ in $(seq 300); do ls -A | grep -q sharr- && break; sleep 0.02; done
pkill -STOP -f '[k]illed.h5.*big.h5'    # nobody runs away while the victim is looked for
mine() { pgrep -f "[k]illed.h5.*big.h5" | while read -r p; do
    case "$(basename "$(readlink "/proc/$p/exe")")" in sharr-eval* | lt-sharr-eval*) echo "$p" ;; esac; done; }
victim=$(mine | head -n 1)
[ -n "$victim" ] && kill -9 "$victim"
pkill -CONT -f '[k]illed.h5.*big.h5'
for _ in $(seq 20); do [ -z "$(mine)" ] && break; sleep 0.1; done
check "a killed rank takes the others along" bash -c "[ -n '$victim' ] && [ -z '$(mine)' ]"
wait $launcher
check "the launcher says so" test $? -ne 0
check "nothing under the final name" test ! -e killed.h5
finish
