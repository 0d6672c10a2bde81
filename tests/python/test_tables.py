# SPDX-License-Identifier: BSD-3-Clause
"""The HDF5 files of Debian's python-tables-data, old and odd.

Each opens or is refused with a sentence; every dataset that h5py reads as numbers gives the same sum; every other
one is refused with code 65 and a sentence that names it, or read all the same (times, long double).
"""

import json
import os

import h5py
import numpy as np

import sharrtest

DATA = "/usr/share/python-tables"


def numbers(d):
    """The values if h5py knows them as numbers, else None."""
    try:
        t = d.dtype
        known = d.shape is not None and (t.kind in "iufb" or t.kind == "c" and t.names is None)
        return d[()] if known else None
    except (OSError, TypeError, ValueError):        # damaged, or a type that NumPy does not have
        return None


def datasets(path):
    found = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            found.append((name, numbers(item)))
    with h5py.File(path, "r") as f:
        f.visititems(visit)
    return found


def same_sum(got, x):
    want = np.sum(np.asarray(x).astype(np.longdouble if x.dtype.kind == "f" else x.dtype))
    got = complex(*map(float, got)) if isinstance(got, list) else float(got) if isinstance(got, str) else got
    return got == want or np.isnan(want) and np.isnan(got) or abs(got - want) <= 1e-5 * abs(want)


def evaluate(path, names):
    """(code, values, message) of the sums of some datasets in one run."""
    text = "; ".join("sum({/" + n + "})" for n in names)
    code, out, err = sharrtest.run(["-q", "--json", text, path])
    return code, [r["data"] for r in json.loads(out)["results"]] if code == 0 else [], err


def problems_of(path):
    known = [(n, x) for n, x in datasets(path) if x is not None]
    other = [n for n, x in datasets(path) if x is None]
    out = []
    code, sums, err = evaluate(path, [n for n, _ in known]) if known else (0, [], "")
    if code != 0:
        out.append(f"code {code}: {err}")
    out += [f"{n}: {got}, should be the sum of {x}" for (n, x), got in zip(known, sums) if not same_sum(got, x)]
    for n in other:
        code, _, err = evaluate(path, [n])
        if code != 0 and (code != 65 or not err.startswith("sharr-eval: ") or n.split("/")[-1] not in err):
            out.append(f"{n}: code {code}: {err}")
    return out


def main():
    if not os.path.isdir(DATA):
        sharrtest.skip_all("python-tables-data is not installed")
    tap = sharrtest.Tap()
    files = sorted(os.path.join(d, f) for d, _, fs in os.walk(DATA) for f in fs if f.endswith((".h5", ".hdf5", ".nc")))
    for path in files:
        code, out, err = sharrtest.run(["--json", "info", path])
        name = os.path.relpath(path, DATA)
        if code == 65:
            tap.check(err.startswith("sharr-eval: "), f"{name} is refused with a sentence", err)
        else:
            bad = problems_of(path) if code == 0 else [f"code {code}: {err}"]
            tap.check(not bad, f"{name}: sums, and sentences for what is no array of numbers", "\n".join(bad))
    tap.finish()


if __name__ == "__main__":
    main()
