# SPDX-License-Identifier: BSD-3-Clause
"""Arrays that several ranks hold in memory together: the values that NumPy has, whatever reads them; how much memory each
rank takes; when they are spilled; and the order in which ranks let go of them."""

import os
import subprocess
import sys

import pytest

from test_ranks import find_launcher

# SHARR_NODE makes nodes of one machine.
BEGIN = """
import gc, os, sys
rank = int(os.environ.get("PMI_RANK") or os.environ.get("OMPI_COMM_WORLD_RANK") or 0)
where, per_node = sys.argv[1], int(sys.argv[2])
if per_node:
    os.environ["SHARR_NODE"] = str(rank // per_node)
import numpy as np
import sharr as sp
sp.init()
n, said = sp.nranks(), []
def memory(name):
    with open("/proc/self/smaps_rollup") as f:
        return next(int(line.split()[1]) << 10 for line in f if line.startswith(name))
def held():
    return sp._core.held()
def files():
    found = (os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    return [os.stat(f).st_blocks * 512 for f in found if os.path.lexists(f) and "memfd:sharr" in os.readlink(f)]
"""


END = """
with open(f"{where}/said{rank}", "w") as f:
    f.write(" ".join(said))
"""


def run(n, script, tmp_path, per_node=0):
    """What each rank has said."""
    launcher = find_launcher()
    if n > 1 and not launcher:
        pytest.skip("no launcher")
    command = [launcher, *os.environ.get("MPIEXEC_FLAGS", "").split(), "-n", str(n)] if n > 1 else []
    command += [sys.executable, "-c", BEGIN + script + END, str(tmp_path), str(per_node)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    files = sorted(tmp_path.iterdir())                  # nothing else is left
    assert [p.name for p in files] == [f"said{rank}" for rank in range(n)]
    told = [p.read_text() for p in files]
    for p in files:
        p.unlink()
    return told


# Random chains of operations, the same on all ranks, over arrays of which every one is shared.
SMALL = "CHAINS, EXTENTS, DIMS, MOST, PARTS = 12, (1, 40), (1, 4), 200000, 0"
LARGE = "CHAINS, EXTENTS, DIMS, MOST, PARTS = 5, (480, 620), (2, 3), 400000, 0"
CHAINS = """
sp._spill.ALWAYS_KEPT = 1
rng = np.random.default_rng(11)
def steps(x, v):
    k, axis = int(rng.integers(12)), int(rng.integers(v.ndim))
    if k == 0: return sp.matrix_transpose(x) if v.ndim > 1 else -x, v.swapaxes(-1, -2) if v.ndim > 1 else -v
    if k == 1:
        by = int(rng.integers(-50, 50))
        return sp.roll(x, by, axis=axis), np.roll(v, by, axis=axis)
    if k == 2: return sp.flip(x, axis=axis) * 3, np.flip(v, axis=axis) * 3
    if k == 3:
        at = (slice(None),) * axis + (slice(int(rng.integers(3)), None, int(rng.integers(1, 3))),)
        return x[at], v[at]
    if k == 4: return sp.sort(x, axis=axis), np.sort(v, axis=axis)
    if k == 5: return sp.cumulative_sum(x, axis=axis), np.cumsum(v, axis=axis)
    if k == 6: return x - sp.max(x, axis=axis, keepdims=True), v - v.max(axis=axis, keepdims=True)
    if k == 7: return sp.reshape(x, (-1,)), v.reshape(-1)
    if k == 8:
        at = rng.integers(v.shape[axis], size=v.shape[axis])
        return sp.take(x, sp.asarray(at), axis=axis), np.take(v, at, axis=axis)
    if k == 9: return sp.concat([x, x + 1], axis=axis), np.concatenate([v, v + 1], axis=axis)
    if k == 10:
        x, v, at = x + 0, v.copy(), (slice(1, None, 3),) * (axis + 1)
        x[at], v[at] = 7, 7
        return x, v
    return sp.persist(x * 2), v * 2
for _ in range(CHAINS):
    shape = tuple(int(s) for s in rng.integers(*EXTENTS, size=rng.integers(*DIMS)))
    v = rng.integers(-1000, 1000, size=shape)
    kind = ["int64", "float64", "int16", "float32"][rng.integers(4)]
    v = v.astype(kind)
    x = sp.asarray(v)
    for _ in range(rng.integers(2, 6)):
        if v.size > MOST:
            break
        x, v = steps(x, v)
        v = v.astype(str(x.dtype))
        assert x.shape == v.shape, (x, v.shape)
        x = sp.persist(x) if rng.integers(2) else x
    assert np.array_equal(x.to_numpy(), v), (repr(x), x.to_numpy(), v)
    PARTS += len(files())
    said += [float(sp.std(x * 0.1)).hex(), str(sp.persist(sp.sum(sp.sin(x), axis=-1)).to_numpy().tobytes())]
assert held() > 0
del x
gc.collect()
sp.asarray([1.5, 2])
assert held() == 0
"""


def test_chains_of_operations(tmp_path):
    alone = run(1, SMALL + CHAINS, tmp_path)
    for n, per_node in (2, 0), (3, 0), (3, 1), (4, 2):
        assert run(n, SMALL + CHAINS, tmp_path, per_node) == alone * n, (n, per_node)


def test_chains_of_operations_between_nodes(tmp_path):
    """Arrays of which each node has its part."""
    alone = run(1, LARGE + CHAINS, tmp_path)
    for n, per_node in (2, 1), (3, 1), (3, 2):
        assert run(n, LARGE + CHAINS + "assert PARTS", tmp_path, per_node) == alone * n, (n, per_node)


def test_each_rank_takes_its_part(tmp_path):
    """By what the kernel counts: all pages that a process has mapped (Rss), and those of several processes shared out
    between them (Pss): what another rank has is mapped when it is read, and there once."""
    run(3, """
BYTES, SLACK = 24 << 20, 3 << 20
sp.config(memory="1GiB", jit="vm", threads=1)
given = np.arange(BYTES // 8)
sp.persist(sp.arange(300000) + 1)                   # pages of code and buffers
sp.asarray(given, copy=False)
def peak():
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) << 10 for line in f if line.startswith("VmHWM"))
try:
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")                                # the peak begins here
except OSError:
    peak = lambda: 0
before, once = memory("Rss"), memory("Pss")
x = sp.persist(sp.arange(BYTES // 8) * 3)
y = sp.asarray(given)
assert held() == 2 * BYTES // n
grown = max(memory("Rss"), peak()) - before
assert grown < 2 * BYTES // n + SLACK, grown
assert int(sp.sum(x[::-1] + y)) == 2 * BYTES // 8 * (BYTES // 8 - 1)
sp.evaluate([sp.sum(x)])
grown = memory("Pss") - once
assert grown < 2 * BYTES // n + SLACK, grown
""", tmp_path)


def test_each_node_keeps_its_part(tmp_path):
    """And nothing but it, whatever has read other parts meanwhile."""
    run(3, """
BYTES, SLACK = 24 << 20, 1 << 20
x = sp.persist(sp.reshape(sp.arange(BYTES // 8) * 3, (1536, 2048)))
v = x.to_numpy()
def alone():
    return len(files()) == 1 and BYTES // n - SLACK <= files()[0] <= BYTES // n + SLACK
assert alone() and BYTES // n <= held() <= BYTES // n + SLACK, (files(), held())
assert np.array_equal((x.T + 1).to_numpy(), v.T + 1) and alone()
assert np.array_equal(x[::-5, 3].to_numpy(), v[::-5, 3]) and int(x[700, 1]) == v[700, 1] and alone()
assert np.array_equal(sp.sort(x, axis=0, descending=True).to_numpy(), v[::-1]) and alone()
assert "from other nodes" in (x.T + 1).explain() and "from other nodes" not in (x + 1).explain()
y = sp.persist(x)
assert y is not x and alone()
x[5] = 0
assert int(sp.sum(y[5] != 0)) == 2048 and int(sp.sum(x[5])) == 0 and alone()
with sp.config(memory="9MiB"):                      # where the other parts have no room, they are read from scratch
    assert np.array_equal(sp.sum(y + sp.flip(y), axis=1).to_numpy(), (v + v[::-1, ::-1]).sum(axis=1)) and alone()
del x, y
gc.collect()
sp.asarray([1.5, 2])
assert files() == [] and held() == 0
""", tmp_path, 1)


@pytest.mark.parametrize("n, per_node", [(1, 0), (2, 0), (2, 1), (3, 2)])
def test_positions_of_which_each_node_has_its_part(n, per_node, tmp_path):
    """What a plan may look at is the same on all nodes."""
    run(n, """
v = np.arange(4000.0)
sp.save(where + "/x.h5", {"x": sp.asarray(v, copy=False)}, chunks=(64,))
t = sp.open(where + "/x.h5")["x"]
i = np.sort(np.random.default_rng(6).integers(-4000, 4000, 1200000))    # more than are looked at in Python
held = sp.asarray(i)
assert bool(files()) == (per_node > 0)
for x in t, sp.persist(t + 0), t + 0:
    for at, p in (held, i), (sp.persist(held // 2), i // 2), (held[::-3], i[::-3]):
        assert np.array_equal(sp.take(x, at, axis=0).to_numpy(), v[p])
m = i[:200000] > 0
assert np.array_equal(held[:200000][sp.asarray(m)].to_numpy(), i[:200000][m])
assert np.array_equal(sp.searchsorted(sp.sort(held), held[:999]).to_numpy(), np.searchsorted(np.sort(i), i[:999]))
held[-1] = 4000
try:
    sp.take(t, held, axis=0).to_numpy()
except IndexError as e:
    said.append(str(e))
else:
    raise SystemExit("4000 is no position")
del held, t, x, at
sp.evaluate([sp.arange(1 << 18) + 0])
if rank == 0:
    os.unlink(where + "/x.h5")
""", tmp_path, per_node)


@pytest.mark.parametrize("n, per_node", [(1, 0), (2, 0), (2, 1)])
def test_ranks_hold_more_together(n, per_node, tmp_path):
    """Half of 8 MiB on each rank, before anything is spilled."""
    run(n, """
sp.config(memory="8MiB")
def spilled(x):
    return "scratch" in repr(x)
arrays = [sp.persist(sp.arange(1 << 18) * k) for k in range(7)]
assert [spilled(x) for x in arrays] == [k >= 2 * n for k in range(7)], (n, arrays)
for k, x in enumerate(arrays):
    assert int(x[-1]) == ((1 << 18) - 1) * k and np.array_equal(x.to_numpy(), np.arange(1 << 18) * k)
del x, arrays[rank]                                 # each rank another one
assert int(sp.sum(arrays[-1])) == 6 * (1 << 17) * ((1 << 18) - 1)
del arrays
gc.collect()
given = sp.asarray(np.arange(1 << 18))
assert not spilled(given) and held() == given.nbytes // n if n > 1 else True
large = (sp.arange(1 << 21) * 2.0).to_numpy()        # twice the memory, whole on every rank
assert np.array_equal(large, np.arange(1 << 21) * 2.0)
""", tmp_path, per_node)


@pytest.mark.parametrize("n", [1, 2])
def test_the_place_changes_no_bits(n, tmp_path):
    """Sums over what is in memory, in scratch, and not computed before, of arrays with and without chunks."""
    run(n, """
v = np.random.default_rng(5).normal(size=(300, 40, 50))
sp.save(where + "/x.h5", {"x": sp.asarray(v, copy=False)}, chunks=(64, 32, 16))
given = sp.asarray(v), sp.open(where + "/x.h5")["x"]
with sp.config(spill="always"):
    given += (sp.asarray(v),)
def bits(x):
    return [sp.std(x).to_numpy().tobytes(), sp.sum(sp.roll(x, 9, axis=1), axis=(0, 2)).to_numpy().tobytes()]
for f in (lambda x: x * 1.1, lambda x: sp.permute_dims(x, (2, 0, 1))[:, ::-1]):
    for x in given:
        one = sp.persist(f(x))
        with sp.config(spill="always"):
            other = sp.persist(f(x))
        assert "memory" in repr(one) and "scratch" in repr(other)
        assert bits(one) == bits(other), (one, other)
    assert bits(f(given[0])) == bits(f(given[2])), f(given[0])
del given, x
sp.evaluate([sp.arange(1 << 18) + 0])               # all have read it
if rank == 0:
    os.unlink(where + "/x.h5")
""", tmp_path)


def test_one_rank_without_memory(tmp_path):
    """Then all spill: the decision and the outcome are the same everywhere."""
    run(2, """
import resource
sp.config(memory="2GiB", threads=1)
x = sp.persist(sp.arange(1 << 17) * 2)
def mapped():
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) << 10 for line in f if line.startswith("VmSize"))
if rank == 1:
    resource.setrlimit(resource.RLIMIT_AS, (mapped() + (96 << 20), resource.RLIM_INFINITY))
y = sp.persist(sp.arange(1 << 24) * 2)              # 128 MiB
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
assert "scratch" in repr(y) and "memory" in repr(x)
assert int(y[-1]) == 2 * ((1 << 24) - 1) and held() == x.nbytes // 2
""", tmp_path)


def test_errors_are_the_same(tmp_path):
    """What fails on one rank alone fails on all, and nothing is left behind."""
    run(2, """
x = sp.persist(sp.arange(1 << 18))
before = held()
many = np.zeros((200, 30, 30)) + np.eye(30)
many[-1] = -1.0                                     # the last rank's
for bad, kind in (("sp.asarray(np.arange(1 << 18) + sp.rank())", ValueError), ("x[1 << 18]", IndexError),
                  ("sp.persist(sp.linalg.cholesky(sp.asarray(many, copy=False)))", np.linalg.LinAlgError)):
    try:
        exec(bad)
    except kind:
        assert held() == before
    else:
        raise SystemExit(bad)
assert int(sp.sum(x)) == (1 << 17) * ((1 << 18) - 1)
""", tmp_path)
