#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# `make install` gives what the example needs: header, library, sharr.pc; and the example works.

. "${top_srcdir:?}/tests/cli/cli.bash"
"${PYTHON:-python3}" "$cli_dir/make_inputs.py" good || exit 99
command -v pkg-config >/dev/null || { echo "1..0 # SKIP no pkg-config"; exit 0; }

check "make install" make -s -C "$top_builddir" install DESTDIR="$scratch/root"
pc=$(find "$scratch/root" -name sharr.pc)
check "sharr.pc is installed" test -n "$pc"
check "the manual page is installed" test -n "$(find "$scratch/root" -name 'sharr-eval.1*')"
# Paths in sharr.pc are those of the final place; the sysroot leads to the copy.
export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$scratch/root
flags=$(pkg-config --cflags --libs sharr)
[ "${SANITIZER:-no}" = no ] || flags="-fsanitize=$SANITIZER $flags"
check "the example compiles as C99" ${CC:-cc} -std=c99 -Wall -Wextra -Werror "$cli_dir/example.c" $flags -o example
check "and as C++" ${CXX:-c++} -x c++ -std=c++20 -fsyntax-only -Wall -Werror "$cli_dir/example.c" $(pkg-config --cflags sharr)
LD_LIBRARY_PATH=$(dirname "$(find "$scratch/root" -name 'libsharr.so*' | head -n 1)")
export LD_LIBRARY_PATH
./example good.h5 /x anomaly.h5 >out 2>err
check "it runs" test $? = 0
printf 'mean 11.5\nmax 23\n' >want
check "it prints the right numbers" diff -u want out
check "it writes the anomaly" test "$(h5dump -d "/anomaly[3,5;1,1;1,1;1,1]" -y -w 0 anomaly.h5 | grep -c "^ *9$")" = 1
./example good.h5 /nowhere anomaly.h5 >out 2>err
check "an error gives its code" test $? = 1
check "and a caret" grep -q '\^' err
check "the installed program runs" bash -c '"$(find "$0" -name sharr-eval -type f)" -q "1 + 1" | grep -qx 2' "$scratch/root"
if "$eval_bin" --version | grep -q sharr-eval-mpi; then
    SHARR_EVAL_MPI=$(find "$scratch/root" -path '*/sharr/sharr-eval-mpi')
    export SHARR_EVAL_MPI
    check "the program for ranks is installed" test -x "$SHARR_EVAL_MPI"
    [ -z "$MPIEXEC" ] || check "it runs ranks" bash -c '
        timeout 60 $MPIEXEC $MPIEXEC_FLAGS -n 2 "$(find "$0" -name sharr-eval -type f)" -q "1 + 1" | grep -qx 2' "$scratch/root"
fi
finish
