# SPDX-License-Identifier: BSD-3-Clause
"""Chunks compressed outside HDF5, on all cores: zstd (filter 32015) needs no plugin that way.

Debian has no zstd plugin for HDF5, so the frames are made with libzstd itself and put into the file as
they are.  Nothing of sharr is used: samples and tests made with this are what another program would have written.
"""

import concurrent.futures
import ctypes
import ctypes.util
import itertools
import os
import zlib

import h5py
import numpy as np

FILTER_ZSTD = 32015
_C_LEVEL, _C_CHECKSUM = 100, 201                    # ZSTD_c_compressionLevel, ZSTD_c_checksumFlag

_lib = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
_size, _ptr = ctypes.c_size_t, ctypes.c_void_p
for _name, _res, _args in [
        ("ZSTD_createCCtx", _ptr, []), ("ZSTD_freeCCtx", _size, [_ptr]), ("ZSTD_compressBound", _size, [_size]),
        ("ZSTD_CCtx_setParameter", _size, [_ptr, ctypes.c_int, ctypes.c_int]), ("ZSTD_isError", ctypes.c_uint, [_size]),
        ("ZSTD_compress2", _size, [_ptr, _ptr, _size, _ptr, _size]), ("ZSTD_decompress", _size, [_ptr, _size, _ptr, _size])]:
    getattr(_lib, _name).restype, getattr(_lib, _name).argtypes = _res, _args


def compress(raw, level=1, checksum=False):
    out = ctypes.create_string_buffer(_lib.ZSTD_compressBound(len(raw)))
    ctx = _lib.ZSTD_createCCtx()
    _lib.ZSTD_CCtx_setParameter(ctx, _C_LEVEL, level)
    _lib.ZSTD_CCtx_setParameter(ctx, _C_CHECKSUM, int(checksum))
    n = _lib.ZSTD_compress2(ctx, out, len(out), raw, len(raw))
    _lib.ZSTD_freeCCtx(ctx)
    if _lib.ZSTD_isError(n):
        raise ValueError("zstd: cannot compress")
    return ctypes.string_at(out, n)


def decompress(frame, size):
    out = ctypes.create_string_buffer(max(size, 1))
    n = _lib.ZSTD_decompress(out, size, frame, len(frame))
    if _lib.ZSTD_isError(n) or n != size:
        raise ValueError("zstd: damaged frame")
    return ctypes.string_at(out, size)


def shuffle(raw, item):
    """Bytes of equal significance together; a rest that is no whole element stays."""
    whole = len(raw) // item * item
    a = np.frombuffer(raw, np.uint8, whole).reshape(-1, item)
    return a.T.tobytes() + raw[whole:]


def unshuffle(raw, item):
    whole = len(raw) // item * item
    a = np.frombuffer(raw, np.uint8, whole).reshape(item, -1)
    return a.T.tobytes() + raw[whole:]


def chunk_origins(shape, chunks):
    return itertools.product(*[range(0, n, c) for n, c in zip(shape, chunks)])


def full_chunk(data, origin, chunks):
    """One chunk in full size; what lies outside the array is zero."""
    part = data[tuple(slice(o, o + c) for o, c in zip(origin, chunks))]
    if part.shape == tuple(chunks):
        return np.ascontiguousarray(part)
    whole = np.zeros(chunks, data.dtype)
    whole[tuple(slice(0, n) for n in part.shape)] = part
    return whole


def create(group, path, data, chunks, level=1, shuffled=True, checksum=False, maxshape=None, codec="zstd"):
    """A dataset with the filters [shuffle] and `codec` ("zstd", "deflate" or None), every chunk of `data` stored."""
    dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    dcpl.set_chunk(tuple(chunks))
    if shuffled:
        dcpl.set_shuffle()
    if codec == "zstd":
        dcpl.set_filter(FILTER_ZSTD, h5py.h5z.FLAG_OPTIONAL, (level,))
    elif codec == "deflate":
        dcpl.set_deflate(level)
    lcpl = h5py.h5p.create(h5py.h5p.LINK_CREATE)
    lcpl.set_create_intermediate_group(True)
    limits = None if maxshape is None else tuple(h5py.h5s.UNLIMITED if n is None else n for n in maxshape)
    space = h5py.h5s.create_simple(data.shape, limits)
    kind = h5py.h5t.py_create(data.dtype, logical=True)
    dset = h5py.h5d.create(group.id, path.encode(), kind, space, dcpl, lcpl)

    def encode(origin):
        raw = full_chunk(data, origin, chunks).tobytes()
        if shuffled:
            raw = shuffle(raw, data.dtype.itemsize)
        if codec == "zstd":
            raw = compress(raw, level, checksum)
        elif codec == "deflate":
            raw = zlib.compress(raw, level)
        return origin, raw
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for origin, frame in pool.map(encode, list(chunk_origins(data.shape, chunks))):
            dset.write_direct_chunk(origin, frame, 0)
    return h5py.Dataset(dset)


def pipeline(dset):
    """Filter numbers in the order in which they were applied."""
    dcpl = dset.id.get_create_plist()
    return [dcpl.get_filter(i)[0] for i in range(dcpl.get_nfilters())]


def decode(dset, mask, raw):
    """One stored chunk to its full-size array."""
    size = int(np.prod(dset.chunks)) * dset.dtype.itemsize
    for k, number in reversed(list(enumerate(pipeline(dset)))):
        if mask >> k & 1:
            continue
        if number == FILTER_ZSTD:
            raw = decompress(raw, size)
        elif number == h5py.h5z.FILTER_SHUFFLE:
            raw = unshuffle(raw, dset.dtype.itemsize)
        else:
            raise ValueError(f"filter {number} beside zstd")
    return np.frombuffer(raw, dset.dtype).reshape(dset.chunks)


def read(dset):
    """The whole array; zstd is undone here, everything else by HDF5."""
    if dset.chunks is None or FILTER_ZSTD not in pipeline(dset):
        return dset[()]
    out = np.full(dset.shape, dset.fillvalue, dset.dtype)
    for i in range(dset.id.get_num_chunks()):
        origin = dset.id.get_chunk_info(i).chunk_offset
        part = decode(dset, *dset.id.read_direct_chunk(origin))
        inside = tuple(slice(0, min(c, n - o)) for o, c, n in zip(origin, dset.chunks, dset.shape))
        out[tuple(slice(o, o + s.stop) for o, s in zip(origin, inside))] = part[inside]
    return out
