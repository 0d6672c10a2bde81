# SPDX-License-Identifier: BSD-3-Clause
"""Programs of array functions that Hypothesis draws: what each step does with NumPy and with sharr.

Values are integers and eighths, small enough for every sum and product to be exact; so NumPy's values are the only right
ones.  Run as a script, on any number of ranks: programs over the files of a directory; a digest of the results of each.
"""

import hashlib
import os
import sys

import h5py
import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import sharr as sp

MOST = 1 << 19                  # elements
LIMIT = 1 << 20                 # of values, before the next step
ARRAYS = {"matrix": (330, 401), "cube": (7, 110, 170), "line": (140001,), "small": (3, 5)}
CHUNKS = [{"matrix": (64, 64), "cube": (3, 50, 170), "line": (5000,)}, {"matrix": (330, 9), "cube": (1, 16, 16), "line": None}]
WAYS = [{"memory": "64MiB", "threads": 2}, {"memory": "8MiB", "threads": 1}, {"memory": "16MiB", "threads": 3, "jit": "vm"},
        {"memory": "9MiB", "threads": 2, "spill": "always"}]


def make_files(where):
    """The same arrays in every way of chunking: where/0.h5 ..."""
    rng = np.random.default_rng(7)
    values = {name: rng.integers(-400, 400, shape) / 8 for name, shape in ARRAYS.items()}
    values["matrix"] = (values["matrix"] * 8).astype("int64")
    for k, chunks in enumerate(CHUNKS):
        with h5py.File(os.path.join(where, f"{k}.h5"), "w") as f:
            for name, v in values.items():
                c = chunks.get(name)
                f.create_dataset(name, data=v, chunks=c, compression="gzip" if c else None, compression_opts=1 if c else None)
    return values


def same(f, g=None):
    """A step: what it does with NumPy's array, and with sharr's (None: the same)."""
    return f, g or f


# Each draws a step for an array; None: it has none for this one.

def slices(draw, v):
    key = []
    for n in v.shape:
        a, b = sorted(draw(st.tuples(st.integers(0, n), st.integers(0, n))))
        step = draw(st.sampled_from([1, 1, 2, 7, -1, -3]))
        key.append(slice(a, b, step) if step > 0 else slice(b - 1 if b else None, a - 1 if a else None, step))
    keep = draw(st.sets(st.integers(0, v.ndim)))            # others are whole
    key = tuple(k if d in keep else slice(None) for d, k in enumerate(key))
    return same(lambda x: x[key])


def axis_of(draw, v):
    return draw(st.integers(0, v.ndim - 1))


def permuted(draw, v):
    order = tuple(draw(st.permutations(range(v.ndim))))
    return same(lambda x: x.transpose(order), lambda x: sp.permute_dims(x, order))


def reshaped(draw, v):
    n, shape = v.size, []
    while n > 1 and len(shape) < 3:
        factors = [k for k in (2, 3, 5, 7, 10, 11, 17, 110, 330, 401) if n % k == 0]
        if not factors:
            break
        shape.append(draw(st.sampled_from(factors)))
        n //= shape[-1]
    shape = tuple([n, *shape] if draw(st.booleans()) else [*shape, n])
    return same(lambda x: x.reshape(shape), lambda x: sp.reshape(x, shape))


def moved(draw, v):
    axis, by = axis_of(draw, v), draw(st.integers(-500, 500))
    if draw(st.booleans()):
        return same(lambda x: np.roll(x, by, axis=axis), lambda x: sp.roll(x, by, axis=axis))
    return same(lambda x: np.flip(x, axis=axis), lambda x: sp.flip(x, axis=axis))


def combined(draw, v):
    axis, k = axis_of(draw, v), draw(st.integers(-9, 9))
    return draw(st.sampled_from([
        same(lambda x: x * k + 3), same(lambda x: abs(x - k)), same(lambda x: x % 17 - x // 5),
        same(lambda x: x - x.max(axis=axis, keepdims=True), lambda x: x - sp.max(x, axis=axis, keepdims=True)),
        same(lambda x: np.where(x > k, x, -2 * x), lambda x: sp.where(x > k, x, -2 * x)),
        same(lambda x: x + np.flip(x, axis=axis), lambda x: x + sp.flip(x, axis=axis)),
        same(lambda x: np.concatenate([x, x - k], axis=axis), lambda x: sp.concat([x, x - k], axis=axis)),
        same(lambda x: np.diff(x, axis=axis), lambda x: sp.diff(x, axis=axis)),
        same(lambda x: np.broadcast_to(x, (2,) + x.shape), lambda x: sp.broadcast_to(x, (2,) + x.shape)),
    ])) if v.size and v.ndim < 6 else None


def reduced(draw, v):
    name = draw(st.sampled_from(["sum", "max", "min", "argmax", "count"]))
    axis, keep = axis_of(draw, v), draw(st.booleans())
    if v.ndim == 1 or v.shape[axis] == 0:
        return None
    if name == "count":
        return same(lambda x: np.count_nonzero(x > 0, axis=axis, keepdims=keep),
                    lambda x: sp.count_nonzero(x > 0, axis=axis, keepdims=keep))
    return same(lambda x: getattr(np, name)(x, axis=axis, keepdims=keep), lambda x: getattr(sp, name)(x, axis=axis, keepdims=keep))


def ordered(draw, v):
    axis, down = axis_of(draw, v), draw(st.booleans())
    if draw(st.booleans()):
        return same(lambda x: np.sort(x, axis=axis) if not down else np.flip(np.sort(x, axis=axis), axis=axis),
                    lambda x: sp.sort(x, axis=axis, descending=down))
    return same(lambda x: np.argsort(x, axis=axis, kind="stable"), lambda x: sp.argsort(x, axis=axis))


def running(draw, v):
    axis = axis_of(draw, v)
    return same(lambda x: np.cumsum(x, axis=axis), lambda x: sp.cumulative_sum(x, axis=axis))


def taken(draw, v):
    axis, rng = axis_of(draw, v), np.random.default_rng(draw(st.integers(0, 99)))
    n = v.shape[axis]
    if n == 0:
        return None
    at = rng.integers(-n, n, draw(st.sampled_from([1, n, n // 2 + 1])))
    at = np.sort(at) if draw(st.booleans()) else at
    return same(lambda x: np.take(x, at, axis=axis), lambda x: sp.take(x, sp.asarray(at), axis=axis))


def masked(draw, v):
    k = draw(st.integers(-30, 30))
    return same(lambda x: x[x > k], lambda x: x[x > k])


def assigned(draw, v):
    axis, k, step = axis_of(draw, v), draw(st.integers(-9, 9)), draw(st.integers(1, 5))
    key = (slice(None),) * axis + (slice(1, None, step),)

    def assign(x):
        x[key] = k
        x[x > 40] -= 1
        return x
    return same(lambda x: assign(x.copy()), lambda x: assign(x + 0))


def multiplied(draw, v):
    if v.ndim != 2 or v.shape[0] * v.shape[0] > MOST or v.size > MOST // 4 or v.size == 0 or abs(v).max() > 4096:
        return None
    return same(lambda x: x @ x.T, lambda x: x @ x.T)


def sets(draw, v):
    if draw(st.booleans()):
        return same(np.unique, sp.unique_values)
    return same(lambda x: np.searchsorted(np.sort(x.reshape(-1)), x.reshape(-1)[::3]),
                lambda x: sp.searchsorted(sp.sort(sp.reshape(x, (-1,))), sp.reshape(x, (-1,))[::3]))


def kept(draw, v):
    return same(lambda x: x, sp.persist)


STEPS = [slices, permuted, reshaped, moved, combined, combined, reduced, ordered, running, taken, masked, assigned, multiplied,
         sets, kept]


def draw_program(draw, values):
    """(name of an array, steps, NumPy's value)"""
    name, steps = draw(st.sampled_from(sorted(values))), []
    v = values[name]
    for _ in range(draw(st.integers(1, 7))):
        step = draw(st.sampled_from(STEPS))(draw, v) if v.ndim else None
        if step is None:
            continue
        made = step[0](v)
        if made.size > MOST:
            continue
        steps.append(step)
        v = made
        if v.size and abs(v).max() > LIMIT:
            steps.append(same(lambda x: x % 1021))
            v = v % 1021
    return name, steps, v


def results(x, steps):
    """The last value, and what is not exact: its bits only can be compared."""
    for _, step in steps:
        x = step(x)
    y = x * 0.1
    return sp.evaluate([x, sp.sum(sp.sin(y)), sp.mean(y, axis=0) if y.ndim and y.size else y])


def main(where, examples):
    """Under mpirun all ranks draw the same programs."""
    bits = []
    with h5py.File(os.path.join(where, "0.h5")) as f:
        values = {name: f[name][()] for name in ARRAYS}

    @settings(max_examples=examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(st.data())
    def run(data):
        name, steps, want = draw_program(data.draw, values)
        chunks, way = data.draw(st.integers(0, len(CHUNKS) - 1)), data.draw(st.sampled_from(WAYS))
        try:
            with sp.config(**way), sp.open(os.path.join(where, f"{chunks}.h5")) as f:
                got = results(f[name], steps)
        except MemoryError:                     # with more ranks it may be enough
            bits.append("-")
            return
        if not np.array_equal(got[0], want):    # Hypothesis would try again, alone among the ranks
            print(f"rank {sp.rank()}: {name}, {way}: {got[0]} instead of {want}", file=sys.stderr, flush=True)
            os._exit(1)
        bits.append(hashlib.md5(b"".join(f"{x.dtype} {x.shape}".encode() + x.tobytes() for x in got)).hexdigest())
    run()
    with open(os.path.join(where, f"bits.{sp.nranks()}.{sp.rank()}"), "w") as f:
        f.write(" ".join(bits))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
