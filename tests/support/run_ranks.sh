#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Run one MPI test program on every number of ranks in $NP and print one TAP stream.
# A run that ends badly without saying which test failed (time limit, crash) is a failure of its own.
# Environment, set by the Makefile: NP MPIEXEC MPIEXEC_FLAGS MPI_TIMEOUT TIMEOUT SANITIZER.

prog=$1
case $prog in /*) ;; *) prog=./$prog ;; esac
: "${NP:=1 2 3 5}" "${MPIEXEC:=mpiexec}" "${MPI_TIMEOUT:=60}" "${TIMEOUT:=timeout}"
[ "${SANITIZER:-no}" != no ] && MPI_TIMEOUT=$((MPI_TIMEOUT * 4))

total=0
for np in $NP; do
    out=$("$TIMEOUT" -k 5 "$MPI_TIMEOUT" "$MPIEXEC" $MPIEXEC_FLAGS -n "$np" "$prog")
    rc=$?
    bad=0 seen=0 planned=0
    while IFS= read -r line; do
        case $line in
            1..*) planned=${line#1..} ;;
            "ok "* | "not ok "*)
                total=$((total + 1)) seen=$((seen + 1))
                case $line in not*) bad=1 word="not ok" ;; *) word=ok ;; esac
                echo "$word $total - $np ranks: ${line#* - }" ;;
            *) echo "# $line" ;;
        esac
    done <<<"$out"
    if [ "$rc" -ne 0 ] && [ "$bad" -eq 0 ] || [ "$seen" -ne "$planned" ] || [ "$seen" -eq 0 ]; then
        total=$((total + 1))
        why="ended with status $rc after $seen of $planned tests"
        [ "$rc" -eq 124 ] && why="did not end in $MPI_TIMEOUT s ($seen of $planned tests done)"
        echo "not ok $total - $np ranks: $why"
    fi
done
echo "1..$total"
