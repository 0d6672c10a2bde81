#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Inputs that are missing, damaged or of the wrong kind: a sentence that names file, dataset and cause, the
# right code, never a number.

. "${top_srcdir:?}/tests/cli/cli.bash"
"${PYTHON:-python3}" "$cli_dir/make_inputs.py" good kinds types filters corrupt away wreck || exit 99

expect 66 "missing file" 'mean(/x)' nowhere.h5
expect 66 "missing directory" 'mean(/x)' nowhere/x.h5
expect 66 "missing second file" 'mean(A:/x)' good.h5 B=nowhere.h5
expect 65 "empty file" 'mean(/x)' empty.h5
expect 65 "truncated file" 'mean(/x)' truncated.h5
expect 65 "file that ends in its header" 'mean(/x)' header.h5
expect 65 "noise" 'mean(/x)' noise.h5
expect 65 "text file" 'mean(/x)' text.h5
expect 65 "netCDF-3" 'mean(/x)' classic.nc
expect 65 "netCDF-3, 64-bit offsets" 'mean(/x)' offset64.nc
expect 65 "CDF-5" 'mean(/x)' cdf5.nc
expect 65 "GRIB" 'mean(/x)' forecast.grib
expect 65 "HDF4" 'mean(/x)' modis.hdf
expect 65 "directory" 'mean(/x)' folder.h5
expect 65 "pipe" 'mean(/x)' pipe.h5
expect 65 "device" 'mean(/x)' /dev/null
expect 66 "info of a missing file" info nowhere.h5
expect 65 "info of a text file" info text.h5
if is_root && command -v setpriv >/dev/null; then
    chmod 755 "$scratch"; cp good.h5 locked.h5; chmod 0 locked.h5
    sharr() { timeout -k 5 "$cli_limit" setpriv --reuid=65534 --regid=65534 --clear-groups "$eval_bin" "$@"; }
    if sharr --version >/dev/null 2>&1; then
        expect 77 "unreadable file" 'mean(/x)' locked.h5
    else
        skip "unreadable file" "another user cannot run the program here"
    fi
    sharr() { timeout -k 5 "$cli_limit" "$eval_bin" "$@"; }
elif ! is_root; then
    cp good.h5 locked.h5; chmod 0 locked.h5
    expect 77 "unreadable file" 'mean(/x)' locked.h5
else
    skip "unreadable file" "root reads everything"
fi

for name in text words ragged link opaque table space; do
    expect 65 "dataset that is no array of numbers: $name" "max(/$name)" types.h5
done
expect 1 "a group instead of a dataset" 'max(/g)' types.h5
expect 65 "a soft link to nothing" 'max(/away)' types.h5
expect 66 "an external link to a missing file" 'max(/outside)' types.h5
expect 0 "the numbers beside them are read" 'max(/numbers)' types.h5
expect 65 "filter that is known by name only" 'max(/blosc)' unknown.h5
expect 65 "filter that nobody knows" 'max(/strange)' unknown.h5
for kind in deflate fletcher both zstd zstd-checksum; do
    expect 65 "damaged chunk: $kind" 'sum(/x)' "corrupt-$kind.h5"
done
expect 65 "chunk that decodes to too few bytes" 'sum(/x)' short.h5
expect 65 "damaged chunk, while writing" -o out.h5 'y = /x + 1' corrupt-deflate.h5
check "nothing is left of it" bash -c '! ls -A | grep -E "^out.h5|sharr-"'
expect 0 "undamaged chunks of the same file" 'sum(/x[48:])' corrupt-deflate.h5
# HDF5 1.10 crashes at exit over what it left open.
# HDF5 itself loses the list that it has half read.
[ "${SANITIZER:-no}" = no ] || export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
expect 65 "damaged list of external files" 'sum(/x)' wreck.h5
expect 0 "what is beside it is read" 'sum(/y)' wreck.h5
sharr info wreck.h5 >out 2>err
check "info of such a file" test $? = 0
expect 66 "virtual dataset without its sources" 'sum(/v)' virtual.h5
expect 66 "virtual datasets of virtual datasets: each is looked at once" 'sum(/nest)' virtual.h5
expect 66 "external storage without its file" 'sum(/v)' external.h5
finish
