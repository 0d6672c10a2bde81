# SPDX-License-Identifier: BSD-3-Clause
"""Procedures (running sums, sorting, looking up) against NumPy, and the same bits from every way of running them.

Random arrays of every type, layout and chunk shape; lines that are longer than a worker's memory; ranks.  What
--explain says of memory holds.

    test_procedures.py [--seed N] [--rounds N] [--seconds N]
"""

import argparse
import json
import os
import random
import tempfile
import time

import h5py
import numpy as np

import datagen
import h5frames
import sharrtest

SLACK = 64 << 20
# Lines of many bricks, of several pieces, many short ones, one alone.
SHAPES = [(7,), (1,), (90001,), (3, 5), (4, 30011), (20011, 3), (5, 6, 7), (2, 9000, 4), (700, 300), (150000,), (2, 0, 3)]


def running_type(t):
    return {"b": "int64", "i": "int64", "u": "uint64"}.get(t.kind, t.name)


def initial(x, axis, value):
    shape = list(x.shape)
    shape[axis] = 1
    return np.concatenate([np.full(shape, value, x.dtype), x], axis=axis)


def cumulative(rng, x, axis, extra):
    """(text, what NumPy says, relative error of the largest magnitude that is let pass)"""
    name = rng.choice(["cumulative_sum", "cumulative_sum", "cumulative_prod"])
    first, t = rng.random() < 0.3, np.dtype(running_type(x.dtype))
    wide = {"float32": "float64", "complex64": "complex128"}.get(t.name, t.name)
    with np.errstate(all="ignore"):
        want = (np.cumsum if name == "cumulative_sum" else np.cumprod)(x, axis=axis, dtype=wide)
        want = (initial(want, axis, name == "cumulative_prod") if first else want).astype(t)
    bound = 0 if t.kind in "iu" else np.finfo(t).eps * (2 + 1e-3 * x.shape[axis])
    return f"{name}(/x, axis={axis}, include_initial={first})", want, bound


def sorting(rng, x, axis, extra):
    name, down = rng.choice(["sort", "argsort"]), rng.random() < 0.5
    leaf = "real(/x)" if x.dtype.kind == "c" else "/x"
    y = np.moveaxis(x.real, axis, -1)
    order = np.argsort(y[..., ::-1] if down else y, axis=-1, kind="stable")
    if down:                                # equals keep their order, NaN comes first
        order = y.shape[-1] - 1 - order[..., ::-1]
    want = order if name == "argsort" else np.take_along_axis(y, order, -1)
    return f"{name}({leaf}, axis={axis}, descending={down})", np.ascontiguousarray(np.moveaxis(want, -1, axis)), 0


def searching(rng, x, axis, extra):
    right = rng.random() < 0.5
    leaf = "real(/x)" if x.dtype.kind == "c" else "/x"
    return f"searchsorted(/s, {leaf}, right={right})", np.searchsorted(extra["s"], x.real, "right" if right else "left"), 0


def selecting(rng, x, axis, extra):
    if rng.random() < 0.5:
        mask = extra[f"m{axis}"]
        return f"compress(/x, /m{axis}, {mask.sum()}, axis={axis})", np.compress(mask, x, axis=axis), 0
    return f"take(/x, /i{axis}, axis={axis})", np.take(x, extra[f"i{axis}"], axis=axis), 0


def differs(got, want, bound):
    """None, or what is wrong."""
    if got.dtype != want.dtype or got.shape != want.shape:
        return f"{got.dtype}{got.shape} instead of {want.dtype}{want.shape}"
    if bound == 0:
        same = (got == want) & (np.signbit(got) == np.signbit(want)) if got.dtype.kind == "f" else got == want
        same |= (got != got) & (want != want)
        return None if same.all() else f"at {np.argwhere(~same)[0]}: {got[~same][0]!r} instead of {want[~same][0]!r}"
    fine = np.isfinite(want) & np.isfinite(got)
    if not np.array_equal(np.isnan(got), np.isnan(want)):
        return "NaN elsewhere"
    scale = np.abs(want[fine]).max(initial=0)
    worst = np.abs(got[fine] - want[fine]).max(initial=0)
    return None if worst <= bound * scale else f"differs by {worst} of {scale}"


def make(rng, np_rng, path):
    shape = rng.choice(SHAPES)
    x = datagen.values(np_rng, rng.choice([t for t in datagen.TYPES if t != "float16"]), shape)
    if x.dtype.kind in "fc":
        x = np.where(np.abs(x) < 1e30, x, x.dtype.type(1))      # sums of such have no bound
    chunks = tuple(max(1, rng.choice([n, n // 2, rng.randint(1, max(1, n))])) for n in shape)
    while np.prod([-(-n // c) for n, c in zip(shape, chunks)]) > 500:
        chunks = tuple(min(max(n, 1), 2 * c) for n, c in zip(shape, chunks))
    with h5py.File(path, "w") as f:
        f.create_dataset("x", data=x, chunks=chunks if 0 not in shape else None)
        for d, n in enumerate(shape):           # a condition, positions along each axis
            f.create_dataset(f"m{d}", data=np_rng.random(n) < np_rng.choice([0.01, 0.5, 0.99]))
            f.create_dataset(f"i{d}", data=np_rng.integers(-n, max(n, 1), np_rng.integers(0, 2 * n + 1) if n else 0))
        some = np_rng.choice(x.real.reshape(-1), np_rng.integers(0, 300000)) if x.size else x.real.reshape(-1)
        f.create_dataset("s", data=np.sort(some))
    return x


def evaluate(path, out, text, options, ranks):
    """(code, array, problems, stderr)"""
    args = ["-q", "--jit=vm", "-o", out, "--overwrite", "--compress=none"] + options + ["r = " + text, path]
    problems = []
    code, plan, err = sharrtest.run(args + ["--explain=json"], ranks, timeout=120)
    if code == 0:
        code, record, err = sharrtest.run(args + ["--json"], ranks, timeout=120)
    if code:
        return code, None, problems, err
    if not ranks:
        plan, record = json.loads(plan), json.loads(record.strip().splitlines()[-1])
        counted = record["counters"]["chunks_decoded"] + record["counters"]["chunks_fill"]
        predicted = sum(s["chunks_decoded"] for s in plan["sweeps"] + plan["stages"])
        if counted > predicted or (counted < predicted and not text.startswith("compress")):    # which skips what it need not
            problems.append(f"{predicted} decodes predicted, {counted} counted")
        if record["counters"]["memory_peak"] > plan["memory"]:
            problems.append(f"{plan['memory']} bytes predicted, {record['counters']['memory_peak']} used")
        # a sanitizer's shadow memory counts too
        if os.environ.get("SANITIZER", "no") == "no" and record["peak_memory"] > plan["memory_limit"] + SLACK:
            problems.append(f"the process grew to {record['peak_memory']} bytes with --memory {plan['memory_limit']}")
    with h5py.File(out) as f:
        return 0, np.asarray(h5frames.read(f["r"])), problems, ""


def one_round(seed, directory):
    rng = random.Random(seed)
    path, out = os.path.join(directory, "x.h5"), os.path.join(directory, "out.h5")
    x = make(rng, np.random.default_rng(seed), path)
    with h5py.File(path) as f:
        extra = {name: f[name][()] for name in f if name != "x"}
    text, want, bound = rng.choice(CASES)(rng, x, rng.randrange(x.ndim), extra)
    code, base, problems, err = evaluate(path, out, text, ["-j1"], 0)
    if code:
        return text, [f"exit {code}: {err}"]
    wrong = differs(base, want, bound)
    problems += [wrong] if wrong else []
    ways = [(["-j3"], 0), (["-j2", "-m9MiB"], 0), (["-j1", "-m7MiB"], 0)]
    if seed % 4 == 0 and sharrtest.mpiexec(1):
        ways.append((["-j1", rng.choice(["-m9MiB", "-m64MiB"])], rng.choice([2, 3])))
    for options, ranks in ways:
        code, again, more, err = evaluate(path, out, text, options, ranks)
        name = f"{options}, {ranks} ranks"
        problems += [f"{name}: {p}" for p in more]
        if code and not (code == 69 and any(o.startswith("-m") for o in options)):
            problems.append(f"{name}: exit {code}: {err}")
        elif not code and again.tobytes() != base.tobytes():
            problems.append(f"{name}: other bits")
    return text, problems


CASES = [cumulative, sorting, searching, selecting]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seed", type=int, default=int(os.environ.get("TEST_SEED", "1")))
    p.add_argument("--rounds", type=int, default=60)
    p.add_argument("--seconds", type=float, default=float(os.environ.get("TEST_SECONDS", "60")))
    args = p.parse_args()
    tap, start = sharrtest.Tap(), time.time()
    for seed in range(args.seed, args.seed + args.rounds):
        if time.time() - start > args.seconds:
            break
        with tempfile.TemporaryDirectory() as directory:
            text, problems = one_round(seed, directory)
        tap.check(not problems, f"seed {seed}: {text}", "\n".join(problems))
    tap.finish()


if __name__ == "__main__":
    main()
