#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Every source file is named in a Makefile fragment: what is not would be missing in `make dist`,
# and a test that is not would never run.

cd "${top_srcdir:?}" || exit 99

# The makefile and all that it includes, however deep.
fragments() {
    echo "$1"
    sed -n 's/^include \([^$]*\)$/\1/p' "$1" | while read -r f; do fragments "$f"; done
}
lists=$(cat $(fragments Makefile.am))

unlisted() {
    local f
    find include src cli tests datasets python -type f \
        \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' \) ! -name '.*' 2>/dev/null | sort |
    while read -r f; do
        case $lists in
            *"$f"* | *"${f%.c}.t"[!a-z]* | *"${f%.c}.mpi"[!a-z]*) ;;
            *"${f%.c} "* | *"${f%.c}"$'\n'*) ;;     # a program of one file, which automake finds
            *) echo "# $f is in no fragment" ;;
        esac
    done
}

echo 1..1
out=$(unlisted)
if [ -z "$out" ]; then
    echo "ok 1 - every file is listed"
else
    echo "$out"
    echo "not ok 1 - every file is listed"
fi
