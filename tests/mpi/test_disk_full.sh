#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# A disk of every size: the file is complete, or status 74 with the bytes that are missing and an empty
# directory.  Never a crash, never a hang.

writer=$top_builddir/tests/mpi/out_writer
if [ "$1" != inside ]; then
    [ -x "$writer" ] && [ -n "$MPIEXEC" ] || { echo "1..0 # SKIP no MPI launcher"; exit 0; }
    unshare -m true 2>/dev/null || { echo "1..0 # SKIP needs the right to mount"; exit 0; }
    exec unshare -m bash "$0" inside
fi

disk=$(mktemp -d) || exit 99
trap 'umount -l "$disk" 2>/dev/null; rm -rf "$disk"' EXIT
n=0

try() { # KiB of disk, ranks, mode, filter, MiB of data
    local out rc why= size=$1 left
    mount -t tmpfs -o "size=${size}k" tmpfs "$disk" || { echo "# cannot mount"; exit 99; }
    out=$(timeout -k 1 60 "$MPIEXEC" $MPIEXEC_FLAGS -n "$2" "$writer" "$disk/x.h5" "$3" "$4" "$5" 2>&1)
    rc=$?
    left=$(ls -A "$disk")
    if [ $rc -eq 0 ]; then
        [ "$left" = x.h5 ] && h5dump -H "$disk/x.h5" >/dev/null 2>&1 || why="success without a good file"
        full=$size
    else
        [ $rc -eq 74 ] && [ -z "$left" ] && [[ $out == *"disk full"*[0-9]" bytes"* ]] || why="status $rc, left: $left"
        [ "$(grep -c '^rank' <<<"$out")" = "$2" ] || why="$why not every rank returned"
    fi
    umount -l "$disk"
    [ -z "$why" ] && return
    echo "# $size KiB, $2 ranks, $3, $4: $why"
    grep -v '^round' <<<"$out" | head -n 12 | sed 's/^/#   /'
    bad=1
}

sizes() { # ranks, mode, filter, MiB, sizes...
    local name="$1 ranks, $2, $3" ranks=$1 mode=$2 filter=$3 mib=$4
    shift 4
    bad=0 full=0 n=$((n + 1))
    for size in "$@"; do
        try "$size" "$ranks" "$mode" "$filter" "$mib"
    done
    [ "$full" -gt 0 ] || { bad=1; echo "# it never fitted"; }
    [ $bad = 0 ] && echo "ok $n - $name" || echo "not ok $n - $name"
}

small="4 8 16 32 64 100 200"
sizes 1 direct raw 2 $small 400 800 1200 1600 2000 2200 2300 2400 4000
sizes 1 direct zstd 4 $small 300 400 500 600 700 800 1000 2000 4000
sizes 1 direct deflate 2 8 64 150 250 350 450 2000
sizes 2 direct raw 2 16 200 1200 2200 4000
sizes 2 direct zstd 4 8 64 200 300 400 500 600 700 4000
sizes 2 mpio raw 1 16 200 600 1200 2000 4000 8000
sizes 2 mpio zstd 1 8 64 200 600 1100 1300 1600 4000 8000
echo "1..$n"
