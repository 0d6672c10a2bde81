# SPDX-License-Identifier: BSD-3-Clause
"""The promise of memory, from Python: what a process takes beyond the interpreter with NumPy and sharr imported stays
within sharr.config.memory + 64 MiB (+ 128 MiB with the compiler), over data of ten times that."""

import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

MEMORY = 16 << 20
ROWS, COLUMNS = 10 * MEMORY // 4 // 2048, 2048

JOBS = {
    "elementwise": "sp.save(out, {'y': sp.sin(x) * 2 + x})",
    "reductions": "sp.evaluate([sp.mean(x), sp.std(x, axis=0), sp.max(x, axis=1)])",
    "transpose": "sp.save(out, {'y': x.T})",
    "persist": "y = sp.persist(x + 1); sp.evaluate([sp.sum(y), sp.min(y * 2)])",
    "into memory": "y = (x + 1).to_numpy(); mine = y.nbytes",
    "running sums": "sp.save(out, {'y': sp.cumulative_sum(x, axis=0)})",
    "sort": "sp.save(out, {'y': sp.sort(x, axis=1)})",
    "sort of all": "sp.save(out, {'y': sp.argsort(sp.reshape(x, (-1,)))})",
    "unique": "sp.save(out, {'y': sp.unique_values(x)})",
    "product": "sp.save(out, {'y': x @ x.T[:, :2048]})",
    "svd": "u, s, vh = sp.linalg.svd(x[:, :128], full_matrices=False); sp.save(out, {'u': u, 's': s, 'vh': vh})",
    "cholesky": "n = 2048; h = x[:n].T @ x[:n] + n * sp.eye(n, dtype='float32'); sp.save(out, {'y': sp.linalg.cholesky(h)})",
    "solve": "n = 2048; sp.save(out, {'y': sp.linalg.solve(x[:n] + n * sp.eye(n, dtype='float32'), x[n:2 * n, :8])})",
    "fft": "sp.save(out, {'y': sp.fft.fft(x, axis=1)})",
    "fft down": "sp.save(out, {'y': sp.fft.rfft(x, axis=0)})",
    "take": "sp.save(out, {'y': sp.take(x, sp.asarray(sp.arange(ROWS)[::-1] * 7 % ROWS), axis=0)})",
    "take many": "sp.save(out, {'y': sp.take(sp.reshape(x, (-1,)), sp.arange(x.size) * 7 % x.size)})",
    "mask": "sp.save(out, {'y': x[x > 0.5]})",
    "assignment": "y = x + 0; m = y > 0.5; y[m] = sp.arange(int(sp.count_nonzero(m)), dtype='float32'); sp.save(out, {'y': y})",
}

SCRIPT = """
import sys
import sharr as sp
path, out, memory, jit = sys.argv[1:]
sp.config(memory=memory, jit=jit)
def status(name):
    return next(int(line.split()[1]) << 10 for line in open("/proc/self/status") if line.startswith(name))
with open("/proc/self/clear_refs", "w") as f:
    f.write("5")                                # the peak begins here
before, mine = status("VmRSS"), 0
x = sp.open(path)["x"]
ROWS = x.shape[0]
{0}
print(status("VmHWM") - before - mine)
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    name = tmp_path_factory.mktemp("memory") / "x.h5"
    rng = np.random.default_rng(1)
    with h5py.File(name, "w") as f:
        d = f.create_dataset("x", (ROWS, COLUMNS), "f4", chunks=(128, 256))
        for i in range(0, ROWS, 1024):
            d[i:i + 1024] = rng.random((min(1024, ROWS - i), COLUMNS), dtype="f4")
    return name


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="no /proc/self/clear_refs")
@pytest.mark.parametrize("job,jit", [*((j, "vm") for j in JOBS), pytest.param("elementwise", "llvm", marks=pytest.mark.compiler)])
def test_peak(job, jit, path, tmp_path):
    command = [sys.executable, "-c", SCRIPT.format(JOBS[job]), str(path), str(tmp_path / "out.h5"), str(MEMORY), jit]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, "SHARR_TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= MEMORY + (64 << 20) + (jit == "llvm") * (128 << 20)
