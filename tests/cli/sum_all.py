# SPDX-License-Identifier: BSD-3-Clause
"""sum_all.py SHARR_EVAL FILE: the sum of every dataset, by sharr-eval and by h5py.

Every dataset of numbers that h5py can read must give the same sum; any other must be refused with code 65
and a sentence that names it.
"""

import json
import subprocess
import sys

import h5py
import numpy as np


def is_numbers(d):
    t = d.dtype
    return d.shape is not None and (t.kind in "iufb" or t.kind == "c" and t.names is None) and t.itemsize <= 16


def check(binary, path, name, d):
    p = subprocess.run([binary, "-q", "--json", "sum({/" + name + "})", path], capture_output=True, text=True, timeout=60)
    r = json.loads(p.stdout) if p.stdout else {}
    try:
        want = d[()] if is_numbers(d) else None
    except OSError as e:
        want, why = None, str(e)
    if want is None:
        sentence = p.stderr.startswith("sharr-eval: ") and name.split("/")[-1] in p.stderr
        return None if p.returncode == 65 and sentence or p.returncode == 0 and is_numbers(d) else \
            f"{name} ({d.dtype}): code {p.returncode}: {p.stderr}"
    if p.returncode != 0:
        return f"{name} ({d.dtype}, {d.shape}): code {p.returncode}: {p.stderr}"
    got = r["results"][0]["data"]
    want = np.sum(np.asarray(want).astype(np.longdouble if d.dtype.kind == "f" else d.dtype))
    got = complex(*got) if isinstance(got, list) else float(got) if isinstance(got, str) else got
    good = got == want or np.isnan(want) and np.isnan(got) or abs(got - want) <= 1e-5 * abs(want)
    return None if good else f"{name}: {got}, should be {want}"


def main():
    binary, path = sys.argv[1:]
    problems = []
    with h5py.File(path, "r") as f:
        def visit(name, item):
            if isinstance(item, h5py.Dataset):
                problems.append(check(binary, path, name, item))
        f.visititems(visit)
    problems = [p for p in problems if p]
    print("\n".join(problems))
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
