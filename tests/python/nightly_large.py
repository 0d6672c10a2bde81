# SPDX-License-Identifier: BSD-3-Clause
"""Data of a hundred times the memory: a sparse file of 100 GB and a real one of 8 GB, with --memory 64 MiB.

The results are known beforehand, and the process stays within --memory + 64 MiB (+ 128 MiB with the compiler).
Needs about 9 GB of disk in TMPDIR.
"""

import json
import os
import tempfile

import h5py
import numpy as np

import sharrtest

MEMORY = 64 << 20
LIMIT = MEMORY + (64 << 20) + (128 << 20)
ROWS, COLUMNS = 100000, 262144


def sparse(path):
    with h5py.File(path, "w") as f:
        f.create_dataset("x", (ROWS, COLUMNS), "f4", chunks=(512, 512), fillvalue=1.5)


def real(path):
    """8 GB of float32; element (i, j) is (i + j) % 1024, so sums are exact."""
    n, m = 65536, 32768
    block = (np.arange(1024)[:, None] + np.arange(m)[None, :]) % 1024
    with h5py.File(path, "w") as f:
        d = f.create_dataset("x", (n, m), "f4", chunks=(512, 512))
        for i in range(0, n, 1024):
            d[i:i + 1024] = block
    return float(block.astype("f8").sum()) * (n // 1024)


def check(tap, name, expression, path, expect):
    code, out, err = sharrtest.run(["-q", "--json", "-m", str(MEMORY), expression, path], timeout=1800)
    record = json.loads(out) if code == 0 else {}
    got = record["results"][0]["data"] if record else None
    tap.check(code == 0 and got == expect, f"{name}: {expression}", f"exit {code}, {got} instead of {expect}: {err}")
    peak = record.get("peak_memory", 0)
    tap.check(0 < peak <= LIMIT, f"{name}: {expression}: memory", f"{peak} bytes")


def main():
    tap = sharrtest.Tap()
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "sparse.h5")
        sparse(path)
        check(tap, "sparse 100 GB", "sum(/x)", path, 1.5 * ROWS * COLUMNS)
        check(tap, "sparse 100 GB", "max(mean(/x, axis=0))", path, 1.5)
        check(tap, "sparse 100 GB", "max(std(/x, axis=1))", path, 0.0)
        path = os.path.join(d, "real.h5")
        total = real(path)
        check(tap, "real 8 GB", "sum(float64(/x))", path, total)
        check(tap, "real 8 GB", "max(mean(float64(/x), axis=0))", path, 511.5)
    tap.finish()


if __name__ == "__main__":
    main()
