# SPDX-License-Identifier: BSD-3-Clause
"""Products of matrices against NumPy's, and the same bits from every way of running them."""

import os
import tempfile

import h5py
import numpy as np

import sharrtest
from test_procedures import evaluate

# shapes of both factors (stacks are broadcast), types
CASES = [
    ((5, 3), (3, 4), ["int8", "uint64", "float32", "complex128"]),
    ((7,), (7,), ["float64"]),
    ((7,), (7, 300), ["int32"]),
    ((1500, 3, 4), (4, 2), ["float64", "int16"]),
    ((40, 1, 6, 5), (3, 5, 6), ["complex64"]),
    ((3, 600, 10), (3, 10, 520), ["float32", "int64"]),
    ((513, 1100), (1100, 700), ["float32", "float64"]),
    ((1, 20000), (20000, 60), ["float64"]),
    ((0, 4), (4, 3), ["float32"]),
    ((3, 0), (0, 2), ["int64", "float64"]),
]
WAYS = [(["-j3"], 0), (["-j2", "-m14MiB"], 0), (["-j1", "-m11MiB"], 0), (["-j1", "-m24MiB"], 2), (["-j1", "-m24MiB"], 3)]


def factor(rng, shape, t):
    x = rng.integers(-100, 100, shape) if np.dtype(t).kind in "iu" else rng.normal(size=shape)
    return (x + 1j * rng.normal(size=shape) if np.dtype(t).kind == "c" else x).astype(t)


def wrong(got, a, b):
    """None, or what is wrong: integers are exact, floats within the error of a sum of so many products."""
    want = np.matmul(a, b)
    if got.dtype != want.dtype or got.shape != want.shape:
        return f"{got.dtype}{got.shape} instead of {want.dtype}{want.shape}"
    if got.dtype.kind in "iu":
        return None if np.array_equal(got, want) else "the values differ"
    exact = np.matmul(a.astype("c16" if a.dtype.kind == "c" else "f8"), b)
    bound = np.matmul(np.abs(a), np.abs(b)) * np.finfo(got.dtype).eps * (a.shape[-1] + 8)
    return None if (np.abs(got - exact) <= bound).all() else "the values differ by more than the bound"


def one_case(directory, a, b, tap):
    path, out = os.path.join(directory, "in.h5"), os.path.join(directory, "out.h5")
    with h5py.File(path, "w") as f:
        for name, x in (("a", a), ("b", b)):
            chunks = tuple(max(1, min(n, 200)) for n in x.shape) if x.size else None
            f.create_dataset(name, data=x, chunks=chunks)
    text, what = "matmul(/a, /b)", f"{a.dtype} {a.shape} x {b.shape}"
    code, base, problems, err = evaluate(path, out, text, ["-j1"], 0)
    problems += [f"exit {code}: {err}"] if code else filter(None, [wrong(base, a, b)])
    for options, ranks in WAYS if not code else []:
        if ranks and not sharrtest.mpiexec(ranks):
            continue
        code, got, more, err = evaluate(path, out, text, options, ranks)
        problems += more + ([f"{options}: exit {code}: {err}"] if code else [])
        if not code and got.tobytes() != base.tobytes():
            problems.append(f"{options}, {ranks} ranks: other bits")
    tap.check(not problems, what, "\n".join(problems))


def main():
    tap, rng = sharrtest.Tap(), np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as directory:
        for left, right, types in CASES:
            for t in types:
                one_case(directory, factor(rng, left, t), factor(rng, right, t), tap)
    tap.finish()


if __name__ == "__main__":
    main()
