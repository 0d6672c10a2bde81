#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Small files to be damaged, all with checksums on their data, and the values in them.

    make_h5damage.py DIR

writes NAME.h5 with the dataset /x and NAME.bin with its elements, for each NAME in DIR/names.
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


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    os.chdir(sys.argv[1])
    kinds = (("zstd", "zstd"), ("gzip", dict(compression=4, shuffle=True)), ("sum", dict(fletcher32=True)))
    names = []
    for libver in ("earliest", "latest"):
        for kind, filters in kinds:
            names.append("%s-%s" % (kind, libver))
            make(names[-1], libver, filters)
    with open("names", "w") as f:
        f.writelines(name + "\n" for name in names)


if __name__ == "__main__":
    main()
