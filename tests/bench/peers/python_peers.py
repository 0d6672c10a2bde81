# SPDX-License-Identifier: BSD-3-Clause
"""What users write today: python_peers.py JOB THREADS INPUT [OUTPUT].

h5py-* go through the file chunk row by chunk row; dask-* use its threaded scheduler with blocks of 4 x 4 chunks;
blosc2-* work on files of its own.  numpy-, numexpr- and numba-options read pieces that fit the cache's size well (1 Mi
elements); numba keeps its compiled code.
"""

import multiprocessing
import os
import sys
import threading

import h5py
import numpy as np


def zstd_of(f, shape, chunks):
    """A dataset with shuffle and zstd, through HDF5's filter pipeline (the plugin must be found)."""
    dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    dcpl.set_chunk(chunks)
    dcpl.set_shuffle()
    dcpl.set_filter(32015, h5py.h5z.FLAG_MANDATORY, (1,))
    return h5py.Dataset(h5py.h5d.create(f.id, b"y", h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple(shape), dcpl))


def blocks(d):
    for i in range(0, d.shape[0], d.chunks[0]):
        for j in range(0, d.shape[1], d.chunks[1]):
            yield slice(i, i + d.chunks[0]), slice(j, j + d.chunks[1])


def h5py_sum(threads, path):
    with h5py.File(path, "r") as f:
        print(sum(float(f["x"][b].sum(dtype="f8")) for b in blocks(f["x"])))


def sum_of_rows(job):
    path, first, end = job
    with h5py.File(path, "r") as f:
        return sum(float(f["x"][b].sum(dtype="f8")) for b in blocks(f["x"]) if first <= b[0].start < end)


def h5pys_sum(threads, path):
    """The same by processes, each of which reads its share of the rows."""
    with h5py.File(path, "r") as f:
        share = -(-f["x"].shape[0] // threads)
    with multiprocessing.Pool(threads) as pool:
        print(sum(pool.map(sum_of_rows, [(path, i * share, (i + 1) * share) for i in range(threads)])))


def blosc2_sum(threads, path):
    import blosc2
    blosc2.set_nthreads(threads)
    print(float(blosc2.open(path, mode="r").sum(dtype=np.float64)))


def blosc2_recode(threads, path, out):
    import blosc2
    blosc2.set_nthreads(threads)
    x = blosc2.open(path, mode="r")
    (2 * x + 1).compute(urlpath=out, mode="w", cparams=x.cparams)


def h5py_recode(threads, path, out):
    with h5py.File(path, "r") as f, h5py.File(out, "w") as g:
        y = zstd_of(g, f["x"].shape, f["x"].chunks)
        for b in blocks(f["x"]):
            y[b] = 2 * f["x"][b] + 1


def h5py_anomaly(threads, path, out):
    with h5py.File(path, "r") as f, h5py.File(out, "w") as g:
        x = f["x"]
        y, total = zstd_of(g, x.shape, x.chunks), np.zeros(x.shape[1])
        for b in blocks(x):
            total[b[1]] += x[b].sum(axis=0, dtype="f8")
        mean = (total / x.shape[0]).astype("f4")
        for b in blocks(x):
            y[b] = x[b] - mean[b[1]]


def dask_array(threads, f):
    import dask
    import dask.array as da
    dask.config.set(scheduler="threads", num_workers=threads)
    return da.from_array(f["x"], chunks=tuple(4 * c for c in f["x"].chunks), lock=threading.Lock())


def dask_sum(threads, path):
    with h5py.File(path, "r") as f:
        print(float(dask_array(threads, f).sum(dtype="f8").compute()))


def dask_recode(threads, path, out):
    import dask.array as da
    with h5py.File(path, "r") as f, h5py.File(out, "w") as g:
        y = zstd_of(g, f["x"].shape, f["x"].chunks)
        da.store(2 * dask_array(threads, f) + 1, y, lock=threading.Lock())


def price(m, s, k, t, v):
    def normal(d):
        a = 1 / (1 + np.float32(0.2316419) * abs(d))
        p = a * (0.31938153 + a * (-0.356563782 + a * (1.781477937 + a * (-1.821255978 + a * 1.330274429))))
        w = np.float32(0.39894228) * np.exp(np.float32(-0.5) * d * d) * p
        return np.where(d > 0, 1 - w, w)
    q = v * np.sqrt(t)
    d1 = (np.log(s / k) + (np.float32(0.02) + np.float32(0.5) * v * v) * t) / q
    return s * normal(d1) - k * np.exp(np.float32(-0.02) * t) * normal(d1 - q)


def pieces(path, size=1 << 20):
    with h5py.File(path, "r") as f:
        for i in range(0, f["s"].shape[0], size):
            yield [f[n][i:i + size] for n in "sktv"]


def numpy_options(threads, path):
    print(sum(float(price(np, *p).sum(dtype="f8")) for p in pieces(path)))


def numexpr_options(threads, path):
    import numexpr as ne
    ne.set_num_threads(threads)
    poly = "({k} * (0.31938153 + {k} * (-0.356563782 + {k} * (1.781477937 + {k} * (-1.821255978 + {k} * 1.330274429)))))"
    total = 0.0
    for s, k, t, v in pieces(path):
        q = ne.evaluate("v * sqrt(t)")
        d1 = ne.evaluate("(log(s / k) + (0.02 + 0.5 * v * v) * t) / q")
        n = []
        for d in (d1, ne.evaluate("d1 - q")):
            a = ne.evaluate("1 / (1 + 0.2316419 * abs(d))")
            w = ne.evaluate("0.39894228 * exp(-0.5 * d * d) * " + poly.format(k="a"))
            n.append(ne.evaluate("where(d > 0, 1 - w, w)"))
        n1, n2 = n
        total += float(ne.evaluate("sum(s * n1 - k * exp(-0.02 * t) * n2)"))
    print(total)


def numba_options(threads, path):
    import numba
    import numba_peer
    numba.set_num_threads(threads)
    print(sum(numba_peer.total(*p) for p in pieces(path)))


def numpy_small(threads, path):
    with h5py.File(path, "r") as f:
        print((2 * f["x"][()] + 1).max())


if __name__ == "__main__":
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = sys.argv[2]
    globals()[sys.argv[1].replace("-", "_")](int(sys.argv[2]), *sys.argv[3:])
