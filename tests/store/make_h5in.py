#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Make HDF5 files of every kind that is read, or refused, with h5py, and say what is in them.

    make_h5in.py DIR

DIR/manifest has one line per dataset, fields separated by tabs:

    ok   file  dataset  dtype  direct|library  shape  values   values: a file with the elements as dtype
    bad  file  dataset  status  words                          dataset "-": the file itself is refused;
                                                               all words (separated by "|") are in the message
    none file  dataset                                         there is no such dataset
"""
import ctypes
import ctypes.util
import itertools
import os
import sys
import zlib

import h5py
import numpy as np
from h5py import h5d, h5f, h5g, h5l, h5p, h5r, h5s, h5t, h5z

DIRECT, LIBRARY = "direct", "library"
rng = np.random.default_rng(7)
manifest = []
UNLIMITED = h5s.UNLIMITED


def expect(file, dset, values, dtype=None, path=DIRECT):
    """`values`: what h5py reads; dtype: what we are to give, its own unless it is said."""
    values = np.asarray(values)
    dtype = np.dtype(dtype or values.dtype).newbyteorder("=")
    name = "v%d.bin" % len(manifest)
    values.astype(dtype).tofile(name)
    shape = ",".join(map(str, values.shape)) or "-"
    manifest.append(("ok", file, dset, dtype.name, path, shape, name))


def refuse(file, dset, status, *words):
    manifest.append(("bad", file, dset, str(status), "|".join(words)))


def absent(file, dset):
    manifest.append(("none", file, dset))


def sample(shape, dtype):
    """Smooth with some noise; over the whole range of integers."""
    dtype = np.dtype(dtype)
    n = int(np.prod(shape))
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        a = (np.arange(n) * 37 + rng.integers(0, 9, n)).astype(dtype.newbyteorder("="))
        a[:2] = info.min, info.max
        return a.reshape(shape).astype(dtype)
    a = np.sin(np.arange(n) / 50) * 1000 + rng.integers(0, 9, n)
    if dtype.kind == "c":
        a = a + 1j * rng.standard_normal(n)
    a[:3] = -0.0, np.inf, np.nan
    return a.reshape(shape).astype(dtype)


libzstd = ctypes.CDLL(ctypes.util.find_library("zstd"))
libzstd.ZSTD_compress.restype = libzstd.ZSTD_compressBound.restype = ctypes.c_size_t


def zstd(data):
    """A frame as the usual filter makes it: with its size, without a checksum."""
    out = ctypes.create_string_buffer(data.nbytes + 1000)
    n = libzstd.ZSTD_compress(out, ctypes.c_size_t(len(out)), data.ctypes.data_as(ctypes.c_void_p),
                              ctypes.c_size_t(data.nbytes), 3)
    return out.raw[:n]


def shuffled(a):
    return np.ascontiguousarray(a.view("u1").reshape(-1, a.itemsize).T)


def zstd_dataset(f, name, data, chunks, maxshape=None):
    """HDF5 as it stands has no zstd: the chunks are written as they are."""
    dcpl = h5p.create(h5p.DATASET_CREATE)
    dcpl.set_chunk(chunks)
    dcpl.set_shuffle()
    dcpl.set_filter(32015, h5z.FLAG_OPTIONAL, (3,))
    limits = tuple(UNLIMITED if n is None else n for n in maxshape) if maxshape else data.shape
    d = h5d.create(f.id, name.encode(), h5t.py_create(data.dtype), h5s.create_simple(data.shape, limits), dcpl)
    grid = [range(0, n, c) for n, c in zip(data.shape, chunks)]
    for start in itertools.product(*grid):
        chunk = np.zeros(chunks, data.dtype)
        part = data[tuple(slice(s, s + c) for s, c in zip(start, chunks))]
        chunk[tuple(slice(0, n) for n in part.shape)] = part
        h5py.Dataset(d).id.write_direct_chunk(start, zstd(shuffled(chunk)))


# ---- types ----------------------------------------------------------------------------------------


def make_types():
    with h5py.File("types.h5", "w") as f:
        for order in "<>":
            for kind in "i1 i2 i4 i8 u1 u2 u4 u8 f4 f8 c8 c16".split():
                for layout, kw in (("flat", {}), ("chunked", dict(chunks=(7, 5))),
                                   ("shuffled", dict(chunks=(7, 5), shuffle=True, compression=1)),
                                   ("packed", dict(chunks=(7, 5), shuffle=False, compression=1))):
                    name = "/%s/%s%s" % (layout, "le" if order == "<" else "be", kind)
                    f.create_dataset(name, data=sample((23, 18), order + kind), **kw)
                    expect("types.h5", name, f[name][()])
            for kw in ({}, dict(chunks=(100,)), dict(chunks=(100,), shuffle=True, compression=1)):
                name = "/half%d%s" % (len(f), order == "<")
                every = np.arange(65536, dtype="u2").view("f2")
                f.create_dataset(name, data=every.astype(order + "f2"), **kw)
                expect("types.h5", name, every, "f4")
        f["/bool"] = sample((40,), bool)
        expect("types.h5", "/bool", f["/bool"][()])
        f.create_dataset("/bool2", data=sample((40, 30), bool), chunks=(11, 11), shuffle=True, compression=1)
        expect("types.h5", "/bool2", f["/bool2"][()])
        days = h5py.enum_dtype({"mon": 1, "tue": 2, "sun": 70}, basetype=">i2")
        f.create_dataset("/enum", data=np.array([1, 2, 70, 2], "i2"), dtype=days)
        expect("types.h5", "/enum", [1, 2, 70, 2], "i2")
        make_odd_types(f)
        make_no_numbers(f)


def low_level(f, name, tid, memory_tid, data):
    """A dataset of a type that NumPy does not have."""
    space = h5s.create_simple(data.shape)
    d = h5d.create(f.id, name.encode(), tid, space)
    d.write(h5s.ALL, h5s.ALL, data, mtype=memory_tid)
    return d


def make_odd_types(f):
    """What HDF5 converts to the nearest type."""
    t = h5t.STD_I16BE.copy()
    t.set_precision(12)
    t.set_offset(2)
    low_level(f, "/int12", t, h5t.NATIVE_INT16, np.array([-2048, -1, 0, 5, 2047], "i2"))
    expect("types.h5", "/int12", [-2048, -1, 0, 5, 2047], "i2", LIBRARY)
    t = h5t.STD_U32LE.copy()
    t.set_size(3)
    low_level(f, "/uint24", t, h5t.NATIVE_UINT32, np.array([0, 1, 1 << 23, (1 << 24) - 1], "u4"))
    expect("types.h5", "/uint24", [0, 1, 1 << 23, (1 << 24) - 1], "u4", LIBRARY)
    t = h5t.IEEE_F32LE.copy()                      # bfloat16
    t.set_fields(15, 7, 8, 0, 7)
    t.set_size(2)
    t.set_ebias(127)
    low_level(f, "/bfloat16", t, h5t.NATIVE_FLOAT, np.array([1, -2.5, 0, np.inf, 1.0078125], "f4"))
    expect("types.h5", "/bfloat16", [1, -2.5, 0, np.inf, 1.0078125], "f4", LIBRARY)
    low_level(f, "/longdouble", h5t.NATIVE_LDOUBLE, h5t.NATIVE_DOUBLE, np.array([1 / 3, -1e300, 0], "f8"))
    expect("types.h5", "/longdouble", [1 / 3, -1e300, 0], "f8", LIBRARY)
    t = h5t.STD_B16BE
    low_level(f, "/bits", t, h5t.STD_B16LE, np.array([1, 0xff00, 0x1234], "u2"))
    expect("types.h5", "/bits", [1, 0xff00, 0x1234], "u2")
    pair = h5t.create(h5t.COMPOUND, 24)            # complex128 with a gap
    pair.insert(b"r", 0, h5t.IEEE_F64LE)
    pair.insert(b"i", 16, h5t.IEEE_F64LE)
    z = np.array([1 + 2j, -3.5j, 7])
    low_level(f, "/gap", pair, h5t.py_create(z.dtype), z)
    expect("types.h5", "/gap", z, "c16", LIBRARY)
    pair = h5t.create(h5t.COMPOUND, 4)             # complex of two float16
    pair.insert(b"r", 0, h5t.IEEE_F16LE)
    pair.insert(b"i", 2, h5t.IEEE_F16LE)
    z = np.array([1 + 2j, -3.5j, 7], "c8")
    low_level(f, "/chalf", pair, h5t.py_create(z.dtype), z)
    expect("types.h5", "/chalf", z, "c8", LIBRARY)


def make_no_numbers(f):
    f["/no/text"] = np.array([b"ab", b"cd"], "S12")
    refuse("types.h5", "/no/text", 65, "types.h5:/no/text", "strings of 12 bytes", "no numbers")
    f["/no/vtext"] = ["a", "bc"]
    refuse("types.h5", "/no/vtext", 65, "strings of variable length")
    f.create_dataset("/no/vlen", (3,), dtype=h5py.vlen_dtype("i4"))
    refuse("types.h5", "/no/vlen", 65, "sequences of variable length")
    f.create_dataset("/no/ref", (3,), dtype=h5py.ref_dtype)
    refuse("types.h5", "/no/ref", 65, "references to objects")
    f.create_dataset("/no/region", (3,), dtype=h5py.regionref_dtype)
    refuse("types.h5", "/no/region", 65, "references to regions")
    f["/no/opaque"] = np.zeros(3, "V5")
    refuse("types.h5", "/no/opaque", 65, "opaque values of 5 bytes")
    f["/no/compound"] = np.zeros(3, [("a", "i4"), ("b", "f8")])
    refuse("types.h5", "/no/compound", 65, "compound values {a, b}")
    f.create_dataset("/no/array", (3,), dtype=np.dtype(("i4", (2, 5))))
    space = h5s.create_simple((3,))
    h5d.create(f.id, b"/no/array2", h5t.array_create(h5t.STD_I32LE, (2, 5)), space)
    refuse("types.h5", "/no/array2", 65, "arrays of (2, 5) elements")
    t = h5t.STD_I64LE.copy()
    t.set_size(16)
    t.set_precision(100)
    h5d.create(f.id, b"/no/int100", t, space)
    refuse("types.h5", "/no/int100", 65, "integers of 100 bits")
    f.create_dataset("/no/null", data=h5py.Empty("f4"))
    refuse("types.h5", "/no/null", 65, "/no/null", "empty", "null dataspace")
    absent("types.h5", "/no")
    absent("types.h5", "/")
    absent("types.h5", "/flat/nothing")
    absent("types.h5", "/bool/below")
    absent("types.h5", "/not/at/all")


# ---- layouts --------------------------------------------------------------------------------------


def make_layouts():
    for libver in ("earliest", "latest"):
        for block in (0, 512, 4096):
            name = "layout-%s-%d.h5" % (libver, block)
            with h5py.File(name, "w", libver=libver, userblock_size=block) as f:
                fill_layouts(f, name)
            if block:
                with open(name, "r+b") as raw:
                    raw.write(b"#!/bin/sh\n")


INDEXES = (  # one of each chunk index that a format has
    ("single", dict(chunks=(33, 47))),
    ("fixed", dict(chunks=(8, 9))),
    ("extensible", dict(chunks=(8, 9), maxshape=(None, 47))),
    ("btree2", dict(chunks=(8, 9), maxshape=(None, None))),
)


def fill_layouts(f, name):
    data = sample((33, 47), "f4")
    for index, kw in INDEXES:
        for filt, more in (("raw", {}), ("gzip", dict(compression=4, shuffle=True)),
                           ("sum", dict(fletcher32=True)), ("zstd", None)):
            d = "/%s/%s" % (index, filt)
            if more is None:
                zstd_dataset(f, d, data, **kw)
            else:
                f.create_dataset(d, data=data, **kw, **more)
            expect(name, d, data)
    dcpl = h5p.create(h5p.DATASET_CREATE)          # implicit index: raw, fixed shape, allocated at once
    dcpl.set_chunk((8, 9))
    dcpl.set_alloc_time(h5d.ALLOC_TIME_EARLY)
    d = h5d.create(f.id, b"/implicit", h5t.IEEE_F32LE, h5s.create_simple((33, 47)), dcpl)
    d.write(h5s.ALL, h5s.ALL, data)
    expect(name, "/implicit", data)
    dcpl = h5p.create(h5p.DATASET_CREATE)
    dcpl.set_layout(h5d.COMPACT)
    d = h5d.create(f.id, b"/compact", h5t.IEEE_F32LE, h5s.create_simple((33, 47)), dcpl)
    d.write(h5s.ALL, h5s.ALL, data)
    expect(name, "/compact", data, path=LIBRARY)
    f["/contiguous"] = data
    expect(name, "/contiguous", data)


def make_shapes():
    with h5py.File("shapes.h5", "w") as f:
        f["/scalar"] = np.float32(2.5)
        expect("shapes.h5", "/scalar", np.float32(2.5))
        f["/bescalar"] = np.array(258, ">i4")
        expect("shapes.h5", "/bescalar", np.array(258, "i4"))
        f["/long"] = sample((3, 500, 201), "f8")   # read in several pieces, of whole and of broken rows
        expect("shapes.h5", "/long", f["/long"][()])
        f["/row"] = sample((2, 200001), ">f8")
        expect("shapes.h5", "/row", f["/row"][()])
        for shape in ((0,), (3, 0, 5)):
            d = "/zero%d" % len(shape)
            f.create_dataset(d, data=np.zeros(shape), maxshape=(None,) * len(shape), chunks=(2,) * len(shape))
            expect("shapes.h5", d, np.zeros(shape))
            f.create_dataset(d + "flat", data=np.zeros(shape, "i2"))
            expect("shapes.h5", d + "flat", np.zeros(shape, "i2"))
        for shape, chunks in (((1000,), (64,)), ((5, 7, 9), (5, 7, 9)), ((5, 7, 9), (2, 3, 4)), ((5, 7, 9), (1, 7, 4)),
                              ((5, 7, 9), (3, 7, 9)), ((4, 3, 5, 6), (3, 2, 2, 5)), ((2, 3, 1, 2, 3, 2), (1, 2, 1, 2, 2, 2))):
            for be, kw in (("<", {}), (">", {}), ("<", dict(compression=1)), (">", dict(compression=1, shuffle=True))):
                d = "/s%d" % len(manifest)
                f.create_dataset(d, data=sample(shape, be + "i4"), chunks=chunks, **kw)
                expect("shapes.h5", d, f[d][()])
        f.create_dataset("/wide", data=sample((5,), "f4"), chunks=(64,), maxshape=(None,))
        expect("shapes.h5", "/wide", f["/wide"][()])
        f.create_dataset("/grown", data=sample((10, 10), "f4"), chunks=(4, 4), maxshape=(None, None), compression=1,
                         fillvalue=-7)
        f["/grown"].resize((13, 22))
        expect("shapes.h5", "/grown", f["/grown"][()])
        f.create_dataset("/shrunk", data=sample((20, 20), "f4"), chunks=(6, 6), maxshape=(None, None))
        f["/shrunk"].resize((7, 13))
        expect("shapes.h5", "/shrunk", f["/shrunk"][()])


# ---- filters and fill values ----------------------------------------------------------------------


def foreign(f, name, filter_id, data):
    """A filter that HDF5 does not have."""
    dcpl = h5p.create(h5p.DATASET_CREATE)
    dcpl.set_chunk(data.shape)
    dcpl.set_filter(filter_id, h5z.FLAG_OPTIONAL, (1, 2, 3))
    d = h5d.create(f.id, name.encode(), h5t.py_create(data.dtype), h5s.create_simple(data.shape), dcpl)
    d.write_direct_chunk((0,) * data.ndim, data.tobytes())


def make_filters():
    with h5py.File("filters.h5", "w") as f:
        data = sample((40, 30), "i4") % 1000
        for name, kw in (("szip", dict(compression="szip")), ("scaleoffset", dict(scaleoffset=0))):
            f.create_dataset(name, data=data, chunks=(16, 16), **kw)
            expect("filters.h5", "/" + name, f[name][()], path=LIBRARY)
        f.create_dataset("lzf", data=data, chunks=(16, 16), compression="lzf")
        refuse("filters.h5", "/lzf", 65, "filters.h5:/lzf", "32000", "lzf", "plugin", "HDF5_PLUGIN_PATH")
        for i, name in ((32001, "blosc"), (32004, "lz4"), (32008, "bitshuffle"), (32013, "zfp"), (307, "bzip2"), (400, "unknown")):
            foreign(f, "/" + name, i, data)
            refuse("filters.h5", "/" + name, 65, "filters.h5:/" + name, "filter %d (%s)" % (i, name), "plugin")
        for dtype in ("<f4", ">f4", ">f8", ">c16", "<i2", "u1"):
            name = "/zstd-%d" % len(manifest)
            values = sample((40, 37), dtype)
            zstd_dataset(f, name, values, (16, 11))
            expect("filters.h5", name, values)
        for i, (fletcher, shuffle, gz) in enumerate(((1, 1, 1), (1, 0, 1), (0, 1, 0), (1, 1, 0), (0, 1, 9))):
            name = "/mix%d" % i
            dcpl = h5p.create(h5p.DATASET_CREATE)  # PyTables' order: the checksum first
            dcpl.set_chunk((16, 16))
            if fletcher:
                dcpl.set_fletcher32()
            if shuffle:
                dcpl.set_shuffle()
            if gz:
                dcpl.set_deflate(gz)
            d = h5d.create(f.id, name.encode(), h5t.STD_I32BE, h5s.create_simple(data.shape), dcpl)
            d.write(h5s.ALL, h5s.ALL, data)
            expect("filters.h5", name, data)
        nbit = h5p.create(h5p.DATASET_CREATE)
        nbit.set_chunk((16, 16))
        nbit.set_filter(h5z.FILTER_NBIT)
        t = h5t.STD_I32LE.copy()
        t.set_precision(17)
        d = h5d.create(f.id, b"/nbit", t, h5s.create_simple(data.shape), nbit)
        d.write(h5s.ALL, h5s.ALL, data)
        expect("filters.h5", "/nbit", data, path=LIBRARY)
        make_masks(f)


def make_masks(f):
    """Chunks of which some filters were skipped."""
    data = sample((4, 64), "f4")
    d = f.create_dataset("/masked", (4, 64), ">f4", chunks=(1, 64), shuffle=True, compression=1)
    big = data.astype(">f4")
    d[0] = data[0]
    d.id.write_direct_chunk((1, 0), big[1].tobytes(), filter_mask=3)
    d.id.write_direct_chunk((2, 0), zlib.compress(big[2].tobytes()), filter_mask=1)
    d.id.write_direct_chunk((3, 0), shuffled(big[3]).tobytes(), filter_mask=2)
    expect("filters.h5", "/masked", data)


def make_fill():
    with h5py.File("fill.h5", "w") as f:
        for t in ("<i2", ">f8", "<f2", ">c16", "bool"):
            for kw in ({}, dict(compression=1, shuffle=True)):
                name = "/f%d" % len(manifest)
                value = np.dtype(t).type(1 if t == "bool" else -5)
                d = f.create_dataset(name, (30, 20), t, chunks=(7, 8), fillvalue=value, **kw)
                d[8:16, 3:9] = sample((8, 6), t)
                expect("fill.h5", name, d[()], "f4" if t == "<f2" else None)
                name += "flat"
                f.create_dataset(name, (30, 20), t, fillvalue=value)
                expect("fill.h5", name, f[name][()], "f4" if t == "<f2" else None)
        f.create_dataset("/nothing", (100, 100), "f4", chunks=(10, 10))
        expect("fill.h5", "/nothing", np.zeros((100, 100), "f4"))
        for name, when in (("/never", h5d.FILL_TIME_NEVER), ("/ifset", h5d.FILL_TIME_IFSET)):
            dcpl = h5p.create(h5p.DATASET_CREATE)
            dcpl.set_chunk((5,))
            dcpl.set_fill_value(np.array(9, "i4"))
            dcpl.set_fill_time(when)
            h5d.create(f.id, name.encode(), h5t.STD_I32LE, h5s.create_simple((12,)), dcpl)
            expect("fill.h5", name, f[name][()])


# ---- what refers to other files -------------------------------------------------------------------


def make_references():
    os.makedirs("sub", exist_ok=True)
    data = sample((12, 10), ">f4")
    with h5py.File("sub/target.h5", "w") as f:
        f.create_dataset("/deep/x", data=data, chunks=(5, 4), compression=1)
    with h5py.File("links.h5", "w") as f:
        f["/a/x"] = sample((3,), "i4")
        f["/soft"] = h5py.SoftLink("/a/x")
        f["/softgroup"] = h5py.SoftLink("/a")
        f["/loop"] = h5py.SoftLink("/")
        f["/dead"] = h5py.SoftLink("/a/y")
        f["/out"] = h5py.ExternalLink("sub/target.h5", "/deep/x")
        f["/outgroup"] = h5py.ExternalLink("sub/target.h5", "/deep")
        f["/gone"] = h5py.ExternalLink("sub/missing.h5", "/deep/x")
        f["/wrong"] = h5py.ExternalLink("sub/target.h5", "/deep/y")
        f["/notes"] = h5py.ExternalLink("manifest", "/x")
        for name in ("/a/x", "/soft", "/softgroup/x", "/loop/a/x", "//a//x/"):
            expect("links.h5", name, f["/a/x"][()])
        for name in ("/out", "/outgroup/x"):
            expect("links.h5", name, data, "f4")
    refuse("links.h5", "/dead", 65, "links.h5:/dead", "/a/y", "does not exist")
    refuse("links.h5", "/gone", 66, "links.h5:/gone", "sub/missing.h5", "missing")
    refuse("links.h5", "/gone/below", 66, "sub/missing.h5")
    refuse("links.h5", "/wrong", 65, "/deep/y", "sub/target.h5")
    refuse("links.h5", "/notes", 65, "/notes", "not an HDF5 file")
    absent("links.h5", "/outgroup")
    absent("links.h5", "/outgroup/z")
    make_virtual()
    make_external_data()


def virtual(f, name, sources, shape):
    layout = h5py.VirtualLayout(shape=shape, dtype="f4")
    for i, (file, dset) in enumerate(sources):
        layout[i] = h5py.VirtualSource(file, dset, shape=shape[1:])
    f.create_virtual_dataset(name, layout, fillvalue=-1)


def make_virtual():
    rows = sample((3, 50), "f4")
    for i in range(3):
        with h5py.File("sub/part%d.h5" % i, "w") as f:
            f["/v"] = rows[i]
    with h5py.File("sub/virtual.h5", "w", libver="latest") as f:
        f["/own"] = rows[0]
        names = ["part%d.h5" % i for i in range(3)]
        virtual(f, "/all", [(n, "/v") for n in names], (3, 50))
        virtual(f, "/self", [(".", "/own"), ("part1.h5", "/v"), ("part2.h5", "/v")], (3, 50))
        virtual(f, "/part", [(n, "/v") for n in names], (4, 50))
        virtual(f, "/gone", [(names[0], "/v"), ("part9.h5", "/v")], (2, 50))
        virtual(f, "/lacks", [(names[0], "/v"), (names[1], "/w")], (2, 50))
        virtual(f, "/nested", [(".", "/gone")], (1, 2, 50))
    expect("sub/virtual.h5", "/all", rows, path=LIBRARY)
    expect("sub/virtual.h5", "/self", rows, path=LIBRARY)
    expect("sub/virtual.h5", "/part", np.vstack([rows, np.full((1, 50), -1, "f4")]), path=LIBRARY)
    refuse("sub/virtual.h5", "/gone", 66, "virtual.h5:/gone", "part9.h5", "missing")
    refuse("sub/virtual.h5", "/lacks", 66, "part1.h5", "/w")
    refuse("sub/virtual.h5", "/nested", 66, "part9.h5", "missing")


def make_external_data():
    data = sample((6, 10), ">i4")
    data[:3].tofile("raw-a.bin")
    with open("raw-b.bin", "wb") as f:
        f.write(b"head" + data[3:].tobytes())
    with h5py.File("external.h5", "w") as f:
        f.create_dataset("/data", (6, 10), ">i4", external=[("raw-a.bin", 0, 120), ("raw-b.bin", 4, h5f.UNLIMITED)])
        f.create_dataset("/gone", (6, 10), ">i4", external=[("raw-c.bin", 0, h5f.UNLIMITED)])
        f.create_dataset("/short", (6, 10), ">i4", external=[("raw-a.bin", 0, h5f.UNLIMITED)])
    expect("external.h5", "/data", data, path=LIBRARY)
    refuse("external.h5", "/gone", 66, "external.h5:/gone", "raw-c.bin", "missing")
    refuse("external.h5", "/short", 65, "raw-a.bin", "120", "240")


# ---- files that are none --------------------------------------------------------------------------


def put(name, data):
    with open(name, "wb") as f:
        f.write(data)


def make_strangers():
    put("empty.h5", b"")
    refuse("empty.h5", "-", 65, "empty.h5", "empty (0 bytes)")
    refuse("nothere.h5", "-", 66, "nothere.h5", "No such file")
    refuse("empty.h5/x.h5", "-", 66, "empty.h5/x.h5")
    os.makedirs("dir.h5", exist_ok=True)
    refuse("dir.h5", "-", 65, "dir.h5", "a directory")
    os.mkfifo("fifo.h5")
    refuse("fifo.h5", "-", 65, "fifo.h5", "a FIFO")
    for magic, words in ((b"CDF\1", "netCDF-3|nccopy -k nc4"), (b"CDF\2", "netCDF-3|nccopy -k nc4"),
                         (b"CDF\5", "netCDF-3|nccopy -k nc4"), (b"GRIB", "GRIB|cdo -f nc4 copy|grib_to_netcdf"),
                         (b"\x0e\x03\x13\x01", "HDF4|h4toh5"), (b"\x1f\x8b\x08", "gzip|gunzip"),
                         (b"\x93NUMPY", "NumPy"), (b"hello", "no signature"), (b"<html>", "HTML")):
        name = "strange%d.nc" % len(manifest)
        put(name, magic + bytes(3000))
        refuse(name, "-", 65, name, *words.split("|"))
    put("x.nc", b"TTAAii CCCC 010000\r\r\n" + b"GRIB" + bytes(100))
    refuse("x.nc", "-", 65, "GRIB")
    put("short.h5", b"\x89HDF\r\n\x1a\n")
    refuse("short.h5", "-", 65, "short.h5", "HDF5 cannot open")
    for libver in ("earliest", "latest"):
        with h5py.File("whole.h5", "w", libver=libver, userblock_size=512) as f:
            f["/x"] = np.arange(1000.0)
        whole = open("whole.h5", "rb").read()
        for keep in (600, 700, len(whole) // 2, len(whole) - 1):
            name = "cut-%s-%d.h5" % (libver, keep)
            put(name, whole[:keep])
            refuse(name, "-", 65, name, "truncated", str(keep), str(len(whole)))
        put("grown-%s.h5" % libver, whole + b"behind")
        expect("grown-%s.h5" % libver, "/x", np.arange(1000.0))


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    os.chdir(sys.argv[1])
    for make in (make_types, make_layouts, make_shapes, make_filters, make_fill, make_references, make_strangers):
        make()
    with open("manifest", "w") as f:
        f.writelines("\t".join(line) + "\n" for line in manifest)


if __name__ == "__main__":
    main()
