# SPDX-License-Identifier: BSD-3-Clause
"""Data of the benchmarks: a smooth field with noise, rounded to 2^-10, in three codecs, and four option arrays.  Blosc2
gets files of its own.

peerdata.make(directory, gib) -> dict of paths; files that are there already are kept.
"""

import importlib.util
import os

import h5py
import numpy as np

import h5frames

COLUMNS, CHUNK = 32768, (512, 512)


def field(rows):
    rng = np.random.default_rng(7)
    y = np.linspace(0, 12, COLUMNS, dtype="f4")[None, :]
    out = np.empty((rows, COLUMNS), "f4")
    for i in range(0, rows, 256):
        x = np.linspace(i / 500, (i + 255) / 500, 256, dtype="f4")[:, None]
        block = 280 + 10 * np.sin(x) * np.cos(y) + 0.02 * rng.standard_normal((256, COLUMNS), dtype="f4")
        out[i:i + 256] = np.rint(block * 1024) / 1024
    return out


def save_addresses(path):
    """int64 pairs (address, size) beside the file, for the limits."""
    with h5py.File(path, "r") as f:
        d = f["x"]
        pairs = [d.id.get_chunk_info(i) for i in range(d.id.get_num_chunks())]
        np.array([(c.byte_offset, c.size) for c in pairs], "i8").tofile(path + ".chunks")


def complete(path, f):
    """Files appear when they are complete, so that an interrupted run leaves no half one."""
    if not os.path.exists(path):
        f(path + ".part")
        os.replace(path + ".part", path)
    return path


def make_field(x, codec):
    def f(path):
        with h5py.File(path, "w") as g:
            h5frames.create(g, "x", x(), CHUNK, 4 if codec == "deflate" else 1, codec is not None, codec == "zstd", codec=codec)
    return f


def make_blosc2(source, codec):
    """The same chunks as blosc2 keeps them itself."""
    def f(path):
        import blosc2
        cparams = {"raw": {"clevel": 0, "filters": [blosc2.Filter.NOFILTER]},
                   "zstd": {"clevel": 1, "codec": blosc2.Codec.ZSTD, "filters": [blosc2.Filter.SHUFFLE]},
                   "deflate": {"clevel": 4, "codec": blosc2.Codec.ZLIB, "filters": [blosc2.Filter.SHUFFLE]}}[codec]
        with h5py.File(source, "r") as g:
            y = blosc2.empty(g["x"].shape, dtype="f4", chunks=CHUNK, urlpath=path, cparams=cparams, mode="w")
            for i in range(0, g["x"].shape[0], CHUNK[0]):
                y[i:i + CHUNK[0]] = np.concatenate([g["x"][i:i + CHUNK[0], j:j + CHUNK[1]] for j in range(0, COLUMNS, CHUNK[1])], 1)
    return f


def make_options(count):
    def f(path):
        rng = np.random.default_rng(9)
        with h5py.File(path, "w") as g:
            for name, lo, hi in (("s", 10, 50), ("k", 10, 50), ("t", 0.5, 2), ("v", 0.1, 0.5)):
                g[name] = (lo + (hi - lo) * rng.random(count, "f4")).astype("f4")
    return f


def make_small(path):
    with h5py.File(path, "w") as g:
        g.create_dataset("x", data=np.arange(2 ** 18, dtype="f4").reshape(512, 512), chunks=(256, 256))


def make(directory, gib):
    rows = max(512, int(gib * 2 ** 30 / 4 / COLUMNS) // 512 * 512)
    cache = []

    def x():
        if not cache:
            cache.append(field(rows))
        return cache[0]
    data = {"rows": rows, "chunk_bytes": CHUNK[0] * CHUNK[1] * 4, "dir": directory, "chunk_width": CHUNK[1],
            "chunks_across": COLUMNS // CHUNK[1]}
    for name, codec in (("raw", None), ("zstd", "zstd"), ("deflate", "deflate")):
        path = data[name] = complete(f"{directory}/{name}-{rows}.h5", make_field(x, codec))
        if not os.path.exists(path + ".chunks"):
            save_addresses(path)
    cache.clear()
    for codec in ("raw", "zstd", "deflate") if importlib.util.find_spec("blosc2") else ():
        data[codec + " blosc2"] = complete(f"{directory}/{codec}-{rows}.b2nd", make_blosc2(data["raw"], codec))
    data["options_count"] = rows * COLUMNS // 4
    data["options"] = complete(f"{directory}/options-{rows}.h5", make_options(data["options_count"]))
    with h5py.File(data["options"], "r") as f:
        data["options_offset"] = [f[n].id.get_offset() for n in "sktv"]
    data["small"] = complete(f"{directory}/small.h5", make_small)
    return data
