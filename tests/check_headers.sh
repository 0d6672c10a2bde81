#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Every header compiles alone; the public ones also as strict C11 without our flags.

cd "${top_srcdir:?}" || exit 99
flags=${CHECK_CFLAGS//-include .\/config.h/-include $top_builddir/config.h}
flags=${flags//-I.\//-I$top_srcdir/}
n=0

try() { # name, header as it is included, compiler and flags...
    local name=$1 header=$2 out
    shift 2
    n=$((n + 1))
    if out=$(echo "#include \"$header\"" | "$@" -Werror -fsyntax-only -x c - 2>&1); then
        echo "ok $n - $name"
    else
        echo "$out" | sed 's/^/# /'
        echo "not ok $n - $name"
    fi
}

for h in $(find src include -name '*.h' | sort); do
    case $h in
        src/kernel/llvm_*) grep -qs 'define HAVE_LLVM' "$top_builddir/config.h" || continue ;;
    esac
    try "$h alone" "${h#*/}" $CC $flags
done
for h in $(find include -name '*.h' ! -name '*mpi*' | sort); do
    try "$h in strict C11" "${h#*/}" $CC -std=c11 -pedantic -Wall -Wextra -Iinclude
done
echo "1..$n"
