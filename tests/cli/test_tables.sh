#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The HDF5 files of Debian's python-tables-data, old and odd: each opens or is refused with a sentence, and
# each dataset gives the number that h5py gives, or a sentence.

. "${top_srcdir:?}/tests/cli/cli.bash"
data=/usr/share/python-tables
[ -d $data ] || { echo "1..0 # SKIP python-tables-data is not installed"; exit 0; }

while IFS= read -r file; do
    name=${file#"$data"/}
    sharr --json info "$file" >info.json 2>err
    rc=$?
    if [ $rc -eq 65 ] && [ -s err ]; then
        result ok "$name is refused: $(head -n 1 err | tr '#' ' ')"
    elif [ $rc -eq 0 ]; then
        check "$name: its numbers" "${PYTHON:-python3}" "$cli_dir/sum_all.py" "$eval_bin" "$file"
    else
        sed 's/^/# /' err
        result "not ok" "$name: code $rc"
    fi
done < <(find $data -name '*.h5' -o -name '*.hdf5' -o -name '*.nc' | sort)
finish
