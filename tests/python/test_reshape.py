# SPDX-License-Identifier: BSD-3-Clause
"""Reshapes that merge and split dimensions: right against NumPy in every setting, and free where they can be.

Free: nothing in scratch, nothing kept in memory, each chunk decoded once, as many sweeps as without the reshape.
"""

import json
import os
import random
import tempfile

import h5py
import numpy as np

import sharrtest

SHAPE = (48, 12, 30)
HOURS = (2, 24, 12, 30)

# name, script without and with the reshape (the same work)
FREE = [
    ("flatten the map", "y = sum(/x, axis=(1, 2))", "y = sum(reshape(/x, (48, 360)), axis=1)"),
    ("days of hours", "y = max(/x, axis=0)", "y = max(reshape(/x, (2, 24, 12, 30)), axis=(0, 1))"),
    ("written flat", "y = /x * 2", "y = reshape(/x * 2, (48, 360))"),
    ("written as days", "y = /x * 2", "y = reshape(/x, (2, 24, 12, 30)) * 2"),
    ("anomaly of the flat map", "y = /x - mean(/x, axis=0)", "y = reshape(/x, (48, 360)) - reshape(mean(/x, axis=0), 360)"),
    ("there and back", "y = sum(/x + 1)", "y = sum(reshape(reshape(/x, (2, 24, 360)) + 1, (48, 12, 30)))"),
    ("all in one line", "y = max(abs(/x))", "y = max(abs(reshape(/x, (17280,))))"),
    ("contiguous, pieces that do not fit", "y = max(/c)", "y = max(reshape(/c, (6, 8, 12, 30)), axis=(0, 1, 2, 3))"),
    ("by H5Dread", "y = max(/f, axis=0)", "y = max(reshape(/f, (2, 24, 12, 30)), axis=(0, 1))"),
    ("chunks across days", "y = max(/odd, axis=0)", "y = max(reshape(/odd, (2, 24, 12, 30)), axis=(0, 1))"),
    ("chunks across days, by H5Dread", "y = max(/oddf, axis=0)", "y = max(reshape(/oddf, (2, 24, 12, 30)), axis=(0, 1))"),
    ("one hour of each day", "y = /x[5::24] + 0", "y = reshape(/x, (2, 24, 12, 30))[:, 5] + 0"),
]

# What must move: the name, and what NumPy makes of it.
MOVED = [
    ("crossing borders", "y = reshape(/x, (45, 12, 32)) + 1", lambda x: x.reshape(45, 12, 32) + 1),
    ("a slice that cuts days", "y = reshape(/x[1:25], (24, 360)) + reshape(/x[0:24], (24, 360))",
     lambda x: (x[1:25] + x[:24]).reshape(24, 360)),
    ("rolled flat", "y = roll(/x, 7)", lambda x: np.roll(x, 7)),
]


def make_input(path, x):
    with h5py.File(path, "w") as f:
        f.create_dataset("x", data=x, chunks=(24, 6, 30), compression="gzip", shuffle=True)
        f.create_dataset("odd", data=x, chunks=(10, 6, 30))
        f.create_dataset("oddf", data=x, chunks=(10, 6, 30), scaleoffset=0)
        f.create_dataset("c", data=x)
        f.create_dataset("f", data=x, chunks=(24, 6, 30), scaleoffset=0)      # by H5Dread
        f.create_dataset("days", data=x.reshape(HOURS), chunks=(1, 12, 12, 10))
        f.create_dataset("map", data=x[0], chunks=(5, 7))


def run(directory, script, options=(), ranks=0):
    """(value, counters) of y."""
    out, source = os.path.join(directory, "out.h5"), os.path.join(directory, "in.h5")
    code, record, err = sharrtest.run(["-q", "--json", "--compress=none", "--overwrite", "-o", out, *options, script, source], ranks)
    if code:
        raise AssertionError(f"{script}: exit {code}: {err}")
    with h5py.File(out) as f:
        return f["y"][()], json.loads(record.strip().splitlines()[-1])["counters"]


def free_problem(directory, plain, reshaped):
    want, few = run(directory, plain)
    got, count = run(directory, reshaped)
    if got.dtype != want.dtype or not np.array_equal(got.reshape(-1), want.reshape(-1)):
        return "the values differ"
    for what in ("sweeps", "chunks_decoded", "scratch_bytes", "bytes_read"):
        if count[what] != few[what] and what != ("chunks_decoded" if "/c" in plain else None):
            return f"{what}: {count[what]}, without the reshape {few[what]}"
    return ""


def pieces_problem(directory, tall, options, ranks):
    """Days of hours in chunks of 31: nothing in scratch, as many decodes as planned."""
    script, source = "y = max(reshape(/tall, (10, 24, 90, 180)), axis=1)", os.path.join(directory, "in.h5")
    code, plan, err = sharrtest.run(["-q", "--explain=json", *options, "-o", os.path.join(directory, "out.h5"), script, source], ranks)
    if code:
        return f"exit {code}: {err}"
    sweep, (got, count) = json.loads(plan)["sweeps"][0], run(directory, script, options, ranks)
    if not np.array_equal(got, tall.reshape(10, 24, 90, 180).max(axis=1)):
        return "the values differ"
    if count["scratch_bytes"] or (not ranks and count["chunks_decoded"] != sweep["chunks_decoded"]):
        return f"{sweep['chunks_decoded']} decodes planned, {count}"
    return "" if sweep["chunks_decoded"] == (18 if "-m64MiB" in options else 34) else f"{sweep['chunks_decoded']} decodes"


# ---- random chains of views, operations and reshapes ---------------------------------------------------


def regroup(rng, shape):
    """Another shape: some dimensions merged, some split, ones added."""
    out = []
    for n in shape:
        divisors = [k for k in range(2, n) if n % k == 0]
        if divisors and rng.random() < 0.4:
            k = rng.choice(divisors)
            out += [k, n // k]
        elif out and rng.random() < 0.4:
            out[-1] *= n
        else:
            out.append(n)
        if rng.random() < 0.1:
            out.append(1)
    return tuple(out[:8]) if np.prod(out[:8], initial=1) == np.prod(shape, initial=1) else tuple(shape)


def step(rng, text, a, leaves):
    kind = rng.random()
    if kind < 0.4 and a.ndim:
        to = regroup(rng, a.shape)
        return f"reshape({text}, {to})", a.reshape(to)
    if kind < 0.5:
        axes = list(range(a.ndim))
        rng.shuffle(axes)
        return (f"permute_dims({text}, ({', '.join(map(str, axes))},))", a.transpose(axes)) if a.ndim else (text, a)
    if kind < 0.65 and a.ndim:
        d = rng.randrange(a.ndim)
        n = a.shape[d]
        block = rng.choice([k for k in range(1, n + 1) if n % k == 0])
        lo = block * rng.randrange(n // block)
        cut = rng.choice([slice(lo, lo + block), slice(lo, None), slice(None, None, rng.choice([1, 2, -1])), slice(0, max(1, n - 1))])
        if rng.random() < 0.2:
            cut = rng.randrange(n)
        item = (slice(None),) * d + (cut,)
        part = str(cut) if isinstance(cut, int) else ":".join("" if v is None else str(v) for v in (cut.start, cut.stop, cut.step or 1))
        return f"({text})[{', '.join([':'] * d + [part])}]", a[item]
    if kind < 0.75 and a.ndim:
        d = rng.randrange(a.ndim)
        keep = rng.random() < 0.5
        return f"sum({text}, axis={d}, keepdims={keep})", a.sum(axis=d, keepdims=keep)
    if kind < 0.85:
        name, b = rng.choice(leaves)
        if b.size == a.size:
            return f"({text} - reshape({name}, {a.shape if a.shape else '()'}))", a - b.reshape(a.shape)
        return f"({text} * 3 - 1)", a * 3 - 1
    if kind < 0.93 and a.ndim:
        d = rng.randrange(a.ndim)
        return f"concat(({text}, {text}), axis={d})", np.concatenate([a, a], axis=d)
    return f"({text} + reshape(arange({a.size}), {a.shape if a.shape else '()'}))", a + np.arange(a.size).reshape(a.shape)


def chain(rng, leaves):
    text, a = rng.choice(leaves)
    for _ in range(rng.randrange(2, 8)):
        if a.size and a.ndim <= 8 and a.size <= 200000:
            text, a = step(rng, text, a, leaves)
    return text, a


WAYS = [(["-m8MiB", "-j2"], 0), (["-m64MiB", "-j1", "--chunks=3,4"], 0), (["-m8MiB", "-j1"], 3)]


def round_problem(directory, seed, leaves, ranks):
    """Twelve chains in one script; every setting gives NumPy's integers."""
    rng = random.Random(seed)
    chains = [chain(rng, leaves) for _ in range(12)]
    script = "; ".join(f"y{i} = {text}" for i, (text, _) in enumerate(chains))
    out, source = os.path.join(directory, "out.h5"), os.path.join(directory, "in.h5")
    for options, n in WAYS:
        if n and not ranks:
            continue
        code, _, err = sharrtest.run(["-q", "--jit=vm", "--compress=none", "--overwrite", "-o", out, *options, script, source], n)
        if code:
            return f"{options} exit {code}: {err}\n{script}"
        with h5py.File(out) as f:
            for i, (text, want) in enumerate(chains):
                got = f[f"y{i}"][()]
                if got.shape != want.shape or not np.array_equal(got, want):
                    return f"{options} {text}: {got.shape}, {want.shape}; the values differ"
    return ""


def main():
    tap = sharrtest.Tap()
    x = np.random.default_rng(3).integers(-1000, 1000, SHAPE).astype("int64")
    tall = np.arange(240 * 90 * 180, dtype="float32").reshape(240, 90, 180)
    leaves = [("/x", x), ("/odd", x), ("/c", x), ("/f", x), ("/days", x.reshape(HOURS)), ("/map", x[0])]
    with tempfile.TemporaryDirectory() as directory:
        make_input(os.path.join(directory, "in.h5"), x)
        with h5py.File(os.path.join(directory, "in.h5"), "a") as f:
            f.create_dataset("tall", data=tall, chunks=(31, 45, 180), compression="gzip")
        for name, plain, reshaped in FREE:
            problem = free_problem(directory, plain, reshaped)
            tap.check(not problem, f"free: {name}", problem)
        for name, script, reference in MOVED:
            got, _ = run(directory, script)
            tap.check(np.array_equal(got, reference(x)), f"moved: {name}", "the values differ")
        got, count = run(directory, "y = reshape(/tall, (240, 16200)) * 2", ["-m8MiB"])
        tap.check(np.array_equal(got, tall.reshape(240, 16200) * 2) and count["memory_peak"] <= 8 << 20,
                  "a relayout where the chunks of input and output do not fit together", str(count))
        for options, ranks in [(["-m64MiB"], 0), (["-m8MiB", "-j2"], 0), (["-m8MiB", "-j1"], 3)]:
            if not ranks or sharrtest.mpiexec(ranks):
                problem = pieces_problem(directory, tall, options, ranks)
                tap.check(not problem, f"pieces of days, {options}, {ranks} ranks", problem)
        for seed in range(1, 13):
            problem = round_problem(directory, seed, leaves, sharrtest.mpiexec(3) and seed <= 3)
            tap.check(not problem, f"round of seed {seed}: 12 chains against NumPy", problem)
    tap.finish()


if __name__ == "__main__":
    main()
