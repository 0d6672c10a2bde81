#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# A rank killed in the middle of writing: all are gone within 2 s, nothing is under the final name, an
# existing file is untouched, and the next run removes what was left.

writer=$top_builddir/tests/mpi/out_writer
[ -x "$writer" ] && [ -n "$MPIEXEC" ] || { echo "1..0 # SKIP no MPI launcher"; exit 0; }
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
exec 2>/dev/null
n=0

result() { # status, name, diagnosis
    n=$((n + 1))
    [ "$1" -eq 0 ] && echo "ok $n - $2" && return
    echo "# $3"
    echo "not ok $n - $2"
}

running() { pgrep -f "^$writer $dir" | while read -r p; do
    grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$p/status" && echo "$p"; done; }

# Start a slow job and wait until its temporary grows.
start() { # mode
    timeout -k 1 50 "$MPIEXEC" $MPIEXEC_FLAGS -n 2 "$writer" "$dir/x.h5" "$1" zstd 8 100 >/dev/null &
    job=$!
    for _ in $(seq 100); do
        sleep 0.1
        [ -n "$(find "$dir" -name '.x.h5.sharr-*' -size +8k)" ] && [ "$(running | wc -l)" = 2 ] && break
    done
}

for mode in direct mpio; do
    for victim in 1 2; do
        start $mode
        pid=$(running | sed -n ${victim}p)
        [ -n "$pid" ] && kill -9 "$pid"
        for _ in $(seq 20); do
            [ -z "$(running)" ] && break
            sleep 0.1
        done
        [ -n "$pid" ] && [ -z "$(running)" ]
        result $? "$mode: rank $victim killed, nobody left after 2 s" "killed '$pid', left '$(running)'"
        wait $job
        [ ! -e "$dir/x.h5" ]
        result $? "$mode: nothing under the final name" "$(ls -lA "$dir")"
    done
done

ls -A "$dir" | grep -q '^\.x\.h5\.sharr-'
result $? "a temporary was left" "$(ls -A "$dir")"
timeout 50 "$MPIEXEC" $MPIEXEC_FLAGS -n 2 "$writer" "$dir/x.h5" direct zstd 1 >/dev/null
[ $? -eq 0 ] && [ "$(ls -A "$dir")" = x.h5 ]
result $? "the next run sweeps it" "$(ls -A "$dir")"
echo "1..$n"
