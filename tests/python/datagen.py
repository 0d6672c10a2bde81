# SPDX-License-Identifier: BSD-3-Clause
"""Random HDF5 inputs: every element type, shapes that broadcast, all kinds of layouts, codecs and byte orders."""

import os
import sys

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "datasets"))

import h5frames
from exprgen import ATOM, Val

TYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
         "float32", "float32", "float32", "float64", "float64", "float64", "float16", "complex64", "complex128"]


def integers(np_rng, t, shape):
    info = np.iinfo(t)
    if np_rng.random() < 0.5:
        return np_rng.integers(max(info.min, -100), 101 if info.max > 100 else info.max, shape).astype(t)
    x = np_rng.integers(info.min, info.max, shape, dtype=t, endpoint=True)
    x = np.where(np_rng.random(shape) < 0.1, t.type(info.max), x)
    return np.where(np_rng.random(shape) < 0.1, t.type(info.min), x).astype(t)


def reals(np_rng, t, shape):
    """Smooth values and noise; in some arrays also specials of every kind."""
    x = (np_rng.standard_normal(shape) * 10.0 ** np_rng.integers(-2, 4)).astype(t)
    if np_rng.random() < 0.3:
        x = np.rint(x)
    if np_rng.random() < 0.3:
        tiny, huge = np.finfo(t).smallest_subnormal, np.finfo(t).max
        special = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, tiny, -tiny, huge, -huge, 1e-3, 0.5, -2.5], t)
        x = np.where(np_rng.random(shape) < 0.05, np_rng.choice(special, size=shape), x)
    return x.astype(t)


def values(np_rng, name, shape):
    t = np.dtype(name)
    if t.kind == "b":
        return np_rng.random(shape) < 0.4
    if t.kind in "iu":
        return integers(np_rng, t, shape)
    if t.kind == "c":
        real = np.dtype("float32" if t.itemsize == 8 else "float64")
        x = np.empty(shape, t)
        x.real = np_rng.standard_normal(shape).astype(real)
        x.imag = np_rng.standard_normal(shape).astype(real)
        return x
    return reals(np_rng, t, shape)


def layout(rng, shape, t):
    """Keywords of create_dataset."""
    kw = {}
    if not shape or 0 in shape or rng.random() < 0.15:
        return kw                                           # contiguous
    kw["chunks"] = tuple(rng.choice([n, max(1, n // 2), rng.randint(1, n)]) for n in shape)
    while np.prod([-(-n // c) for n, c in zip(shape, kw["chunks"])]) > 3000:
        kw["chunks"] = tuple(min(n, 2 * c) for n, c in zip(shape, kw["chunks"]))
    codec = rng.choice(["none", "none", "gzip", "zstd", "zstd"])
    if codec == "gzip":
        kw.update(compression="gzip", compression_opts=rng.randint(1, 9))
    elif codec == "zstd":
        kw["zstd"] = rng.randint(1, 3)
    kw["shuffle"] = rng.random() < 0.6
    kw["fletcher32"] = rng.random() < 0.2
    if rng.random() < 0.1 and np.dtype(t).kind in "iu" and "zstd" not in kw:
        kw = {"chunks": kw["chunks"], "scaleoffset": 0}     # only HDF5 itself reads this
    if rng.random() < 0.2:
        kw["maxshape"] = tuple(None if rng.random() < 0.5 else n for n in shape)
    return kw


def add_dataset(rng, f, name, x):
    t = x.dtype
    if t.kind in "iuf" and rng.random() < 0.2:
        t = t.newbyteorder(">")
    kw = layout(rng, x.shape, x.dtype)
    if "zstd" in kw:
        h5frames.create(f, name, x.astype(t), kw["chunks"], kw["zstd"], kw["shuffle"], rng.random() < 0.5,
                        kw.get("maxshape"))
    elif "chunks" in kw and "scaleoffset" not in kw and x.dtype.kind in "iuf" and rng.random() < 0.2:
        # Some chunks never written: they hold the fill value.
        fill = x.dtype.type(rng.choice([0, 7]))
        d = f.create_dataset(name, x.shape, t, fillvalue=fill, **kw)
        rows = rng.randint(0, x.shape[0])
        x[rows:] = fill
        if rows:
            d[:rows] = x[:rows]
    else:
        f.create_dataset(name, data=x.astype(t), **kw)


def make_shapes(rng, large):
    if large:
        a, b, c = rng.randint(20, 60), rng.randint(20, 60), rng.randint(10, 40)
    else:
        a, b, c = rng.randint(1, 12), rng.randint(1, 14), rng.randint(1, 17)
    pool = [(a, b, c)] * 3 + [(b, c)] * 3 + [(c,)] * 2 + [(a, 1, c), (a, b, 1), (1, c), (b, 1), ()]
    if rng.random() < 0.15:
        pool.append((0, c))
    return pool


class Inputs:
    """Two files and the leaves in them."""

    def __init__(self, rng, directory, large=False):
        np_rng = np.random.default_rng(rng.getrandbits(63))
        self.paths = [f"{directory}/a.h5", f"{directory}/b.h5"]
        self.leaves = []
        shapes = make_shapes(rng, large)
        for k, path in enumerate(self.paths):
            libver = rng.choice(["earliest", "latest"])
            with h5py.File(path, "w", libver=libver, userblock_size=rng.choice([0, 0, 0, 512])) as f:
                for i in range(12 if k == 0 else 5):
                    self.add(rng, np_rng, f, k, i, rng.choice(shapes))

    def add(self, rng, np_rng, f, k, i, shape):
        name = f"{'pq'[k]}{i}"
        path = rng.choice(["", "", "g/", "g/h/"]) + name
        x = np.asarray(values(np_rng, rng.choice(TYPES), shape))
        add_dataset(rng, f, path, x)
        if x.dtype == np.float16:
            x = x.astype(np.float32)                        # half precision is a storage type
        texts = ["/" + path]
        if path == name:
            texts.append(name)
        texts.append(f"{'AB'[k]}:/{path}")
        self.leaves.append([Val(t, ATOM, x) for t in texts])
