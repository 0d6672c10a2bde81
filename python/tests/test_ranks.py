# SPDX-License-Identifier: BSD-3-Clause
"""The same script on several ranks: the same bits, and the same exceptions, on each."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sharr as sp

SCRIPT = """
import hashlib, sys
import numpy as np
import sharr as sp
path, out = sys.argv[1:]
t = sp.open(path)["t2m"]
sp.asarray(sp.random.random(3).to_numpy())      # without a seed: that it is the same on every rank is checked
got = [sp.sum(sp.random.normal(shape=(300, 40), seed=1)), sp.random.integers(-5, 5, (7, 9), seed=2)]
places = np.random.default_rng(3).integers(-30, 30, 4000)       # more than there are ranks, some several times
got += [sp.take(t, places, axis=axis) for axis in range(3)] + [sp.take(t[0], places[:9] % 7, axis=0)]
for spill in ("auto", "always"):
    with sp.config(spill=spill):
        got += [sp.persist(sp.take(t, np.sort(places), axis=1))]
assert np.array_equal(got[-1].to_numpy(), np.take(t.to_numpy(), np.sort(places), axis=1))
got += [sp.mean(t), sp.std(t, axis=0), t[::2, ::-1] * 2 + sp.asarray(np.arange(30.0, dtype="float32"))]
few = sp.asarray([2.0, 3.0])
for _ in range(60):
    few = (few + 2 / few) / 2
got += [t * few[0] + sp.sum(few), few]
text = "".join(hashlib.md5(g.to_numpy().tobytes()).hexdigest() for g in got)
sp.save(out, {"a": t - sp.mean(t, axis=0)})
text += hashlib.md5(sp.open(out)["a"].to_numpy().tobytes()).hexdigest()
for bad in ("sp.open('/nowhere.h5')", "sp.open(path)['u']", "t[99]", "sp.save(out, {'a': t})"):
    try:
        exec(bad)
    except Exception as e:
        text += type(e).__name__ + str(e)
    else:
        raise SystemExit(bad)
if sp.nranks() > 1:
    try:
        sp.asarray(np.full(3, sp.rank()))
    except ValueError as e:
        assert "same on every rank" in str(e)
    else:
        raise SystemExit("different arrays")
    for path, name in ((f"{out}.{sp.rank()}", "a"), (f"{out}.other", f"a{sp.rank()}")):
        try:
            sp.save(path, {name: t})
        except ValueError as e:
            assert "same on every rank" in str(e)
        else:
            raise SystemExit("different files")
with open(f"{out}.said{sp.rank()}", "w") as said:
    said.write(f"{sp.nranks()} {hashlib.md5(text.replace(out, '').encode()).hexdigest()}")
"""


def find_launcher():
    """None: there is none, or the library knows no ranks."""
    info = sp._core.ffi.string(sp._core.lib.sharr_build_info()).decode()
    return None if "mpi: no" in info else os.environ.get("MPIEXEC") or shutil.which("mpiexec")


def run(n, path, out):
    """What each of n ranks said: in files of their own, for the launcher may mix what ranks print."""
    launcher = find_launcher()
    if n > 1 and not launcher:
        pytest.skip("no launcher")
    command = [launcher, *os.environ.get("MPIEXEC_FLAGS", "").split(), "-n", str(n)] if n > 1 else []
    done = subprocess.run([*command, sys.executable, "-c", SCRIPT, path, out], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [Path(f"{out}.said{rank}").read_text().split() for rank in range(n)]


COMMUNICATORS = """
import sys
import numpy as np
import sharr as sp
WORLD = 0x44000000                              # of MPICH: handle and Fortran's integer are one
sp.init()
seen = [sp.nranks()]
for given in ({"handle": WORLD}, {"fortran": WORLD}, {"handle": WORLD + 1}):
    sp.init(**given)
    seen.append(sp.nranks())
    assert int(sp.sum(sp.arange(300000))) == 44999850000
for bad in ({"comm": WORLD}, {"comm": "world"}, {"handle": 1, "fortran": 1}, {"handle": 0.5}):
    try:
        sp.init(**bad)
    except TypeError:
        continue
    raise SystemExit(str(bad))
sp.init(handle=WORLD)
with sp.config(spill="always"):
    x = sp.persist(sp.arange(1000) * sp.nranks())
assert np.array_equal(x.to_numpy(), np.arange(1000) * sp.nranks())
with open(f"{sys.argv[1]}.{sp.rank()}", "w") as said:
    said.write(str(seen))
"""


def test_communicators_as_integers(tmp_path):
    launcher = os.environ.get("MPIEXEC") or shutil.which("mpiexec")
    if not launcher or "mpich" not in sp._ffi.string(sp._lib.sharr_build_info()).decode():
        pytest.skip("no launcher, or not MPICH")
    command = [launcher, *os.environ.get("MPIEXEC_FLAGS", "").split(), "-n", "2", sys.executable, "-c", COMMUNICATORS]
    done = subprocess.run([*command, str(tmp_path / "said")], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    for rank in range(2):
        assert (tmp_path / f"said.{rank}").read_text() == "[2, 2, 2, 1]"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["said.0", "said.1"]


def test_without_mpi_there_is_no_communicator():
    code = ("import sharr as sp\n"
            "try: sp.init(handle=1)\n"
            "except ValueError as e: assert 'initialised' in str(e) or 'without MPI' in str(e), e\n"
            "else: raise SystemExit(1)")
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_an_exception_ends_all_ranks():
    launcher = find_launcher()
    if not launcher:
        pytest.skip("no launcher")
    code = "import sharr as sp\nif sp.rank() == 1: raise RuntimeError('mine')\nfloat(sp.sum(sp.sin(sp.arange(1 << 40))))"
    command = [launcher, *os.environ.get("MPIEXEC_FLAGS", "").split(), "-n", "2", sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "Traceback" in done.stderr


def test_ranks_agree(path, tmp_path):
    alone = run(1, path, str(tmp_path / "1.h5"))
    assert alone[0][0] == "1"
    together = run(2, path, str(tmp_path / "2.h5"))
    assert together == [["2", alone[0][1]]] * 2
