#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Stock tools open what was written, on one rank and two, directly and by parallel HDF5, and find the
# same values.

writer=$top_builddir/tests/mpi/out_writer
[ -x "$writer" ] && [ -n "$MPIEXEC" ] || { echo "1..0 # SKIP no MPI launcher"; exit 0; }
command -v h5diff h5dump h5stat h5ls >/dev/null || { echo "1..0 # SKIP no HDF5 tools"; exit 0; }
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
n=0

result() { # status, name, diagnosis
    n=$((n + 1))
    [ "$1" -eq 0 ] && echo "ok $n - $2" && return
    echo "$3" | head -n 8 | sed 's/^/# /'
    echo "not ok $n - $2"
}

write() { # name, ranks, mode, filter
    out=$(timeout 60 "$MPIEXEC" $MPIEXEC_FLAGS -n "$2" "$writer" "$dir/$1.h5" "$3" "$4" 1 2>&1)
    result $? "$1 is written" "$out"
}

for filter in raw deflate; do
    write $filter-ref 1 mpio $filter
    for ranks in 1 2; do
        name=$filter-$ranks
        write $name $ranks direct $filter
        out=$(h5diff -v2 "$dir/$filter-ref.h5" "$dir/$name.h5" 2>&1)
        result $? "$name: h5diff finds no difference to parallel HDF5" "$out"
        out=$(h5stat "$dir/$name.h5" 2>&1)
        # What is left of the blocks that small objects are cut from.
        lost=$(awk '/Unaccounted space/ { print $3 }' <<<"$out")
        [ -n "$lost" ] && [ "$lost" -le 2048 ]
        result $? "$name: h5stat accounts for the bytes" "$lost bytes unaccounted for"
        out=$(h5ls -v -r "$dir/$name.h5" 2>&1)
        [ $? -eq 0 ] && [[ $out == *"64, 256"* && $out == *long_name* ]]
        result $? "$name: h5ls sees chunks and attributes" "$out"
        out=$(h5dump -d /n -A "$dir/$name.h5" 2>&1) && out2=$(h5dump -d /g/a -s 0,0 -c 1,4 "$dir/$name.h5" 2>&1)
        [ $? -eq 0 ] && [[ $out2 == *"0, 1.75, 3.5, 5.25"* ]]
        result $? "$name: h5dump reads the values" "$out $out2"
    done
done

write zstd-1 1 direct zstd
write zstd-2 2 direct zstd
write zstd-mpio 2 mpio zstd
export HDF5_PLUGIN_PATH=$top_builddir/.libs
if "${PYTHON:-python3}" -c 'import h5py, numpy' 2>/dev/null; then
    names="raw-1 deflate-2"
    [ "${SANITIZER:-no}" = no ] && names="$names zstd-1 zstd-2 zstd-mpio"     # a plugin with ASan does not load
    for name in $names; do
        out=$("${PYTHON:-python3}" - "$dir/$name.h5" 2>&1 <<'PY'
import sys
import h5py
import numpy as np
with h5py.File(sys.argv[1]) as f:
    a = f["/g/a"]
    i = np.arange(a.size, dtype=np.int64).reshape(a.shape)
    assert a.dtype == "<f4" and a.chunks == (64, 256)
    assert np.array_equal(a[...], ((i * 7) % 8191).astype(np.float32) * np.float32(0.25))
    assert a.attrs["units"] in ("K", b"K") and a.attrs["long_name"] in ("température", "température".encode())
    assert np.array_equal(a.attrs["valid_range"], [-1.5, 2.5]) and a.attrs["levels"] == 7
    assert f["/n"][()] == 3 * 0.125
    assert f.attrs["history"] in ("out_writer", b"out_writer")
    print(a.compression, a._filters)
PY
        )
        result $? "$name: h5py reads the values and attributes" "$out"
    done
fi
echo "1..$n"
