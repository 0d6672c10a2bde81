#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Every header compiles alone; the public ones also as strict C11 without our flags.

# The flags may have paths from the build directory.
cd "${top_builddir:?}" || exit 99
headers=$(cd "${top_srcdir:?}" && find include src -name '*.h' | sort) || exit 99
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

for h in $headers; do
    case $h in
        src/kernel/llvm_*) grep -qs 'define HAVE_LLVM' config.h || continue ;;
    esac
    try "$h alone" "${h#*/}" $CC $CHECK_CFLAGS
done
for h in $headers; do
    case $h in
        *mpi*) ;;
        include/*) try "$h in strict C11" "${h#*/}" $CC -std=c11 -pedantic -Wall -Wextra "-I$top_srcdir/include" ;;
    esac
done
echo "1..$n"
