#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A manifest (see make_h5in.py) of the files that PyTables' tests come with: what h5py reads as numbers is to be
read with the same values, anything else refused.

    make_h5tables.py DIR
"""
import glob
import os
import sys

import h5py
import numpy as np

FOLDER = os.environ.get("PYTABLES_DATA", "/usr/share/python-tables")


def dtype_of(array):
    """What we make of h5py's type, or None."""
    t = array.dtype
    if t.kind == "f":
        return "float32" if t.itemsize <= 4 else "float64"
    return t.name if t.kind in "biuc" else None


def read(dataset):
    """The values, None if they cannot be read or are arrays; quadruple precision, which NumPy has not, by HDF5's conversion."""
    if isinstance(dataset.id.get_type(), h5py.h5t.TypeArrayID):
        return None
    try:
        if isinstance(dataset.id.get_type(), h5py.h5t.TypeFloatID) and dataset.id.get_type().get_size() > 8:
            values = np.empty(dataset.shape, "f8")
            dataset.id.read(h5py.h5s.ALL, h5py.h5s.ALL, values, mtype=h5py.h5t.NATIVE_DOUBLE)
            return values
        return dataset[()]
    except (OSError, TypeError, ValueError):
        return None


def visit(f, path, lines):
    """h5py's own walk follows hard links; the rest is found by name."""
    def see(name, object):
        if not isinstance(object, h5py.Dataset):
            return
        name = "/" + name
        values = read(object)
        if values is None or isinstance(values, (bytes, str, h5py.Empty)) or not dtype_of(np.asarray(values)):
            lines.append(("bad", path, name, "65", path))
            return
        values = np.asarray(values)
        out = "v%d.bin" % len(lines)
        values.astype(dtype_of(values)).tofile(out)
        shape = ",".join(map(str, values.shape)) or "-"
        lines.append(("ok", path, name, dtype_of(values), "any", shape, out))
    f.visititems(see)


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    os.chdir(sys.argv[1])
    lines = []
    for path in sorted(glob.glob(FOLDER + "/**/*.h5", recursive=True)):
        with h5py.File(path, "r") as f:
            visit(f, path, lines)
    with open("manifest", "w") as f:
        f.writelines("\t".join(line) + "\n" for line in lines)


if __name__ == "__main__":
    main()
