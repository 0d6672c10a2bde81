#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# Inputs and expectations of test_reductions.sh, by NumPy.
#     reductions.py make          writes in.h5
#     reductions.py check FILE    compares every dataset of FILE
import sys

import h5py
import numpy as np

VARIANCES = 70


def inputs():
    r = np.random.default_rng(5)
    return {
        "down": (r.random((16, 8192)), (8, 8192)),
        "small": (r.random((32, 64)), (8, 64)),
        "edge": (r.random((8, 16484)).astype("f4"), (1, 16384)),
        "pairs": (r.random((400000, 2)).astype("f4"), (200000, 2)),
        "flags": ((np.arange(400000) % 1000 == 3).reshape(-1, 1), (200000, 1)),
        "wide": (r.integers(-9, 9, (2000000, 8)).astype("i1"), (65536, 8)),
        "prime": (r.random(1048583).astype("f4"), (1048583,)),
    }


def want():
    x = {name: value for name, (value, _) in inputs().items()}
    w = {f"v{i}": (x["small"] * (i + 1)).var(0) for i in range(VARIANCES)}
    w |= {f"t{i}": (x["small"] * (i + 1)).var() for i in range(VARIANCES)}
    w |= {f"d{i}": (x["down"] * (i + 1)).var(0) for i in range(6)}
    w |= {
        "e0": x["edge"].sum(0, dtype="f8"),
        "e1": x["edge"].sum(1, dtype="f8"),
        "m": x["edge"].max(0),
        "a": x["pairs"].argmin(),
        "a0": x["pairs"].argmin(0),
        "f": x["flags"].argmax(),
        "q": x["flags"] + np.float64(x["flags"].sum() * (2400 * 2401 // 2)),
        "w": x["wide"].sum(1, dtype="i8"),
        "p": x["prime"].sum(dtype="f8"),
    }
    return w


def main():
    if sys.argv[1] == "make":
        with h5py.File("in.h5", "w") as f:
            for name, (value, chunk) in inputs().items():
                f.create_dataset(name, data=value, chunks=chunk)
        return 0
    bad = 0
    expected = want()
    with h5py.File(sys.argv[2]) as f:
        for name in f:
            got, w = f[name][()], expected[name]
            if np.shape(got) != np.shape(w) or not np.allclose(got, w, rtol=1e-6, atol=0):
                print(f"{name}: differs")
                bad = 1
    return bad


sys.exit(main())
