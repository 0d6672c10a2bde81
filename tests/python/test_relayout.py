# SPDX-License-Identifier: BSD-3-Clause
"""Relayouts of relayouts in little memory: transposed scratch arrays are read about once, whatever their size.

Each script's result is compared with NumPy's; the plan must not read an array in scratch more than twice over, must
keep its memory, and predicts the chunks that are decoded.
"""

import json
import os
import tempfile

import h5py
import numpy as np

import sharrtest

ROWS, COLUMNS = 1200, 1536
TALL, WIDE = (ROWS, COLUMNS), (COLUMNS, ROWS)
FLAT = ROWS * COLUMNS


def counting():
    return np.arange(FLAT, dtype="int64").reshape(TALL)


def turned(a):
    return a.T.reshape(-1)


# name, script, the same in NumPy of the dataset
CASES = [
    ("a transposed range", f"y = reshape(permute_dims(reshape(arange({FLAT}), {TALL})), ({FLAT},))", lambda x: turned(counting())),
    ("turned twice", f"_t = reshape(permute_dims(reshape(arange({FLAT}), {TALL})), {TALL});"
     f" y = reshape(permute_dims(_t), ({FLAT},))", lambda x: turned(turned(counting()).reshape(TALL))),
    ("straight and transposed", f"_a = reshape(arange({FLAT}), {TALL}); y = reshape(permute_dims(_a), ({FLAT},)) + reshape(_a, ({FLAT},))",
     lambda x: turned(counting()) + counting().reshape(-1)),
    ("written transposed", f"y = permute_dims(reshape(arange({FLAT}), {TALL}))", lambda x: counting().T),
    ("written in rows", f"y = permute_dims(reshape(/x, {WIDE}))", lambda x: x.reshape(WIDE).T),
    ("three dimensions", f"y = reshape(permute_dims(reshape(/x, (100, 12, {COLUMNS})), (2, 1, 0)), ({FLAT},)) * 2",
     lambda x: x.reshape(100, 12, COLUMNS).transpose(2, 1, 0).reshape(-1) * 2),
    ("a sum over it", f"y = sum(reshape(permute_dims(reshape(/x, {WIDE})), {WIDE}), axis=0)",
     lambda x: x.reshape(WIDE).T.reshape(WIDE).sum(axis=0)),
]
WAYS = [(["-m8MiB", "-j2"], 0), (["-m8MiB", "-j1"], 2), (["-m64MiB", "-j2"], 0)]


def amplification(plan):
    return max([s["chunks_decoded"] / s["chunks_needed"] for s in plan["sweeps"] if s["chunks_needed"]], default=1)


def one_way(directory, script, want, options, ranks):
    out, source = os.path.join(directory, "out.h5"), os.path.join(directory, "in.h5")
    args = ["-q", "--jit=vm", "--compress=none", "--overwrite", "-o", out, *options, script, source]
    code, plan, err = sharrtest.run(args + ["--explain=json"], ranks)
    if code:
        return f"--explain: exit {code}: {err}"
    plan = json.loads(plan)
    code, record, err = sharrtest.run(args + ["--json"], ranks)
    if code:
        return f"exit {code}: {err}"
    count = json.loads(record.strip().splitlines()[-1])["counters"]
    with h5py.File(out) as f:
        got = f["y"][()]
    predicted = sum(s["chunks_decoded"] for s in plan["sweeps"])
    if got.dtype != want.dtype or not np.array_equal(got, want):
        return "the values differ"
    if amplification(plan) > 2:
        return f"an array is read {amplification(plan)} times"
    if not ranks and predicted != count["chunks_decoded"]:
        return f"{predicted} decodes predicted, {count['chunks_decoded']} counted"
    return "" if count["memory_peak"] <= plan["memory"] else f"{plan['memory']} bytes predicted, {count['memory_peak']} used"


def main():
    tap = sharrtest.Tap()
    x = np.random.default_rng(3).integers(-1000, 1000, TALL).astype("int64")
    with tempfile.TemporaryDirectory() as directory:
        with h5py.File(os.path.join(directory, "in.h5"), "w") as f:
            f.create_dataset("x", data=x, chunks=(100, 256))
        for name, script, reference in CASES:
            for options, ranks in WAYS:
                if ranks and not sharrtest.mpiexec(ranks):
                    continue
                problem = one_way(directory, script, reference(x), options, ranks)
                tap.check(not problem, f"{name} {' '.join(options)} {ranks or 1} rank(s)", problem)
    tap.finish()


if __name__ == "__main__":
    main()
