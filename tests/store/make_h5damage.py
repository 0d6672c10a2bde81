#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Small files to be damaged, all with checksums on their data, and the values in them.

    make_h5damage.py DIR

writes NAME.h5 with the dataset /x and NAME.bin with its elements, for each NAME in DIR/names.  DIR/patched lists files
of which a known part of the metadata was replaced, and words that the refusal of /x must have.
"""
import ctypes
import os
import sys

import h5py
import numpy as np

import make_h5in as common

CHECKSUM_FLAG, LEVEL = 201, 100                    # zstd.h: ZSTD_c_checksumFlag, ZSTD_c_compressionLevel


def zstd(data):
    """A frame with a checksum."""
    lib = common.libzstd
    lib.ZSTD_createCCtx.restype = ctypes.c_void_p
    lib.ZSTD_compress2.restype = ctypes.c_size_t
    context = ctypes.c_void_p(lib.ZSTD_createCCtx())
    lib.ZSTD_CCtx_setParameter(context, CHECKSUM_FLAG, 1)
    lib.ZSTD_CCtx_setParameter(context, LEVEL, 1)
    out = ctypes.create_string_buffer(data.nbytes + 1000)
    n = lib.ZSTD_compress2(context, out, ctypes.c_size_t(len(out)), data.ctypes.data_as(ctypes.c_void_p),
                           ctypes.c_size_t(data.nbytes))
    lib.ZSTD_freeCCtx(context)
    return out.raw[:n]


def make(name, libver, filters):
    data = common.sample((24, 20), ">f4" if libver == "latest" else "<i4")
    with h5py.File(name + ".h5", "w", libver=libver) as f:
        if filters == "zstd":
            common.zstd, keep = zstd, common.zstd
            common.zstd_dataset(f, "/x", data, (10, 9))
            common.zstd = keep
        else:
            f.create_dataset("/x", data=data, chunks=(10, 9), **filters)
        f["/x"].attrs["units"] = "K"
        f.create_group("g/h")
    data.astype(data.dtype.newbyteorder("=")).tofile(name + ".bin")


def patched(name, words, old, new, make_x):
    """One place of NAME.h5 is changed from `old` to `new`."""
    with h5py.File(name + ".h5", "w", libver="earliest") as f:
        make_x(f)
    with open(name + ".h5", "rb") as f:
        data = f.read()
    assert data.count(old) >= 1, name
    with open(name + ".h5", "wb") as f:
        f.write(data.replace(old, new, 1))
    return "%s.h5\t%s\n" % (name, words)


def patched_files():
    """Format specification 3.0: III.A.1 (TREE, SNOD), III.D (HEAP), IV.A.2.d (datatype), IV.A.2.b (dataspace)."""
    def doubles(f):
        f["x"] = np.arange(3.0)

    def chunks(f):
        f.create_dataset("x", data=np.arange(24.0), chunks=(6,), maxshape=(77,), fletcher32=True)

    def enumerated(f):
        kind = h5py.enum_dtype({"A": 0, "B": 7}, "i2")
        f.create_dataset("x", (4, 4), kind, chunks=(2, 2), fillvalue=7)

    def external(f):
        np.arange(40.0).tofile("patched.raw")
        f.create_dataset("x", (5,), "f8", external=[("patched.raw", 77, 40)])

    def number(n):
        return (n % 2**64).to_bytes(8, "little")
    return [
        patched("no-tree", "looked for", b"TREE", b"tree", doubles),
        patched("no-heap", "looked for", b"HEAP", b"heap", doubles),
        patched("no-symbols", "looked for", b"SNOD", b"snod", doubles),
        patched("enum-size", "200 bytes", b"\x18\x02\0\0\2\0\0\0", b"\x18\x02\0\0\xc8\0\0\0", enumerated),
        patched("beyond-most", "77 at most", number(24) + number(77), number(99) + number(77), chunks),
        patched("before-raw", "damaged", number(77), number(-8), external),
        patched("chunk-beyond", "overflow", b"\x34\0\0\0\0\0\0\0" + number(6), b"\x34\0\xff\xff\0\0\0\0" + number(6), chunks),
    ]


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    os.chdir(sys.argv[1])
    kinds = (("zstd", "zstd"), ("gzip", dict(compression=4, shuffle=True)), ("sum", dict(fletcher32=True)))
    names = []
    for libver in ("earliest", "latest"):
        for kind, filters in kinds:
            names.append("%s-%s" % (kind, libver))
            make(names[-1], libver, filters)
    with open("patched", "w") as f:
        f.writelines(patched_files())
    with open("names", "w") as f:
        f.writelines(name + "\n" for name in names)


if __name__ == "__main__":
    main()
