#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Where there are two programs: the one that users start loads no MPI (and no LLVM for small jobs), hands over to the one
# for ranks under a launcher, and says so if that one is missing.

. "${top_srcdir:?}/tests/cli/cli.bash"
"$eval_bin" --version | grep -q 'sharr-eval-mpi' || { echo "1..0 # SKIP one program"; exit 0; }
"${PYTHON:-python3}" "$cli_dir/make_inputs.py" good || exit 99
mpi_library='/lib(mpi|mpich|hdf5_(mpich|openmpi))[^/]*\.so'

LD_DEBUG=files LD_DEBUG_OUTPUT=plain sharr -q 'max(2 * /x + 1)' good.h5 >out 2>err </dev/null
check "one process: runs" test "$(cat out)" = 47.0
check "one process: the loader was watched" bash -c 'grep -q "libc\.so" plain.*'
check "one process: no MPI" bash -c '! grep -qE "$0" plain.*' "$mpi_library"
check "one process: no LLVM" bash -c '! grep -qE "libLLVM|libsharr-llvm" plain.*'
check "one process: the library is inside" bash -c '! grep -q "libsharr\.so" plain.*'
if "$eval_bin" --version | grep -q '^hdf5: serial, static'; then
    check "one process: plug-ins find HDF5 in it" bash -c '${NM:-nm} -D --defined-only "$0" | grep -q " H5Tget_size\$"' "$eval_bin"
fi
if "$eval_bin" --version | grep -q '^llvm: no'; then
    skip "compiled: LLVM" "built without LLVM"
else
    LD_DEBUG=files LD_DEBUG_OUTPUT=llvm sharr -q --jit=llvm 'max(2 * /x + 1)' good.h5 >out 2>err </dev/null
    check "compiled: LLVM" grep -q libsharr-llvm llvm.*
fi
sharr -q --io=mpio -o mpio.h5 'y = /x' good.h5 >out 2>err </dev/null
check "one process: code of --io=mpio" test $? = 2
check "one process: --io=mpio names the launcher" grep -q mpiexec err

[ -n "$MPIEXEC" ] || { finish; exit 0; }
ranks() { # n, command
    local n=$1
    shift
    timeout -k 5 "$cli_limit" "$MPIEXEC" $MPIEXEC_FLAGS -n "$n" "$@"
}
ranks 1 env LD_DEBUG=files LD_DEBUG_OUTPUT="$scratch/ranks" "$eval_bin" -q 'max(2 * /x + 1)' good.h5 >out 2>err </dev/null
check "a rank: runs" test "$(cat out)" = 47.0
check "a rank: MPI" bash -c 'cat ranks.* | grep -qE "$0"' "$mpi_library"
check "a rank: standard input" test "$(echo 'sum(/x) + 1' | ranks 1 "$eval_bin" -q -f - good.h5)" = 277.0
ranks 1 "$eval_bin" -q --io=mpio -o mpio.h5 'y = /x' good.h5 >out 2>err </dev/null
check "a rank: --io=mpio" h5diff good.h5 mpio.h5 /x /y
check "a rank: the history names what was started" bash -c 'h5dump -a /history mpio.h5 | grep -q ": sharr-eval -q --io=mpio"'
ranks 1 "$eval_bin" 'sum(/nowhere)' good.h5 >out 2>ranks.err </dev/null
check "a rank: code of an error" test $? = 1
sharr 'sum(/nowhere)' good.h5 >out 2>plain.err </dev/null
check "a rank: the same message" diff plain.err ranks.err

export SHARR_EVAL_MPI=$scratch/nowhere
ranks 2 "$eval_bin" --status-file=status.json -o lonely.h5 'y = /x' good.h5 >out 2>err </dev/null
check "no program for ranks: code" test $? = 2
check "no program for ranks: one message" test "$(grep -c '^sharr-eval: ' err)" = 1
check "no program for ranks: where it was looked for" grep -q "nowhere: No such file.*libexec.*SHARR_EVAL_MPI" err
check "no program for ranks: nothing was computed" test ! -s out -a ! -e lonely.h5
check "no program for ranks: the status says it" grep -q '"state": "failed", "code": 2' status.json
check "no program for ranks: one process needs none" test "$(sharr -q '1 + 1')" = 2
export SHARR_EVAL_MPI=$eval_bin
ranks 1 "$eval_bin" '1 + 1' >out 2>err </dev/null
check "a program that would start itself: code" test $? = 2
check "a program that would start itself: message" grep -q 'this is the program for one process' err
printf '#!/bin/sh\nexec "%s" "$@"\n' "$eval_bin" >again.sh
chmod +x again.sh
SHARR_EVAL_MPI=$scratch/again.sh ranks 1 "$eval_bin" '1 + 1' >out 2>err </dev/null
check "a script that starts it again: code" test $? = 2
check "a script that starts it again: message" grep -q 'this is the program for one process' err
finish
