#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# Inputs and expectations of test_kept.sh.
#     kept.py make               writes cheap.h5 and dear.h5: the same values in the same chunks, raw and deflated
#     kept.py kept PLAN PLACE    does the plan (--explain=json) keep values in PLACE (memory, scratch, nowhere)?
#     kept.py check FILE         against NumPy
#     kept.py same FILE FILE     the same bits in every dataset
import json
import sys

import h5py
import numpy as np

SHAPE, CHUNK = (48, 40, 300), (6, 20, 300)


def values():
    return (np.random.default_rng(11).integers(-900, 1800, SHAPE) / 7).astype("f4")


def make():
    x = values()
    x.ravel()[::97] = np.nan
    x[..., 0] = 0
    with h5py.File("cheap.h5", "w") as f:
        f.create_dataset("x", data=x, chunks=CHUNK)
    with h5py.File("dear.h5", "w") as f:
        f.create_dataset("x", data=x, chunks=CHUNK, compression="gzip", compression_opts=1)


def kept(plan, place):
    """Sweeps name what they keep; a later sweep reads it."""
    with open(plan) as f:
        sweeps = json.load(f)["sweeps"]
    names = [name for s in sweeps for name in s["kept"]]
    places = {r["place"] for s in sweeps for r in s["reads"] if r["name"] == "kept values"}
    want = set() if place == "nowhere" else {place}
    print(names, places)
    return places == want and bool(names) == bool(want)


def check(path):
    with h5py.File("cheap.h5") as f, h5py.File(path) as out:
        x = f["x"][()]
        y = np.sqrt(np.abs(x)) * np.float32(0.5) + np.float32(1)
        z = y[::-1] - np.nanmax(y)
        low = np.where(np.isnan(y), np.float32(2), y)
        mean = low.mean(axis=0, dtype="f8").astype("f4")
        wanted = {"z": z, "a": low - mean, "b": low[1:] * low[:-1] - low.max()}
        ok = True
        for name, w in wanted.items():
            got = out[name][()]
            good = got.shape == w.shape and np.allclose(got, w, rtol=1e-5, atol=1e-5, equal_nan=True)
            ok = ok and good
            if not good:
                print(f"{name}: differs")
        return ok


def same(one, two):
    with h5py.File(one) as a, h5py.File(two) as b:
        return sorted(a) == sorted(b) and all(a[n][()].tobytes() == b[n][()].tobytes() for n in a)


def main():
    what, args = sys.argv[1], sys.argv[2:]
    done = {"make": make, "kept": kept, "check": check, "same": same}[what](*args)
    return 0 if done is None or done else 1


sys.exit(main())
