# SPDX-License-Identifier: BSD-3-Clause
"""Whole runs of sharr-eval while the n-th passage of a failure point fails, for every point and every n.

Each run ends in time, with the right result or with one error line and a documented exit code; nothing is left
beside the inputs, an output that was there keeps its content, and a sanitizer finds neither leaks nor worse.
Needs --enable-fault.  A point that is passed often is sampled evenly; --all leaves none out.

    test_faults.py [--all] [--case WORD] [--point NAME]
"""

import argparse
import collections
import math
import os
import re
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np

import sharrtest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "datasets"))

import h5frames

SRC = os.path.join(os.environ.get("top_srcdir", "."), "src")
CODES = {65, 69, 74}            # bad data, does not fit, input or output: nothing else can come of a failure
SAMPLES, RANK_SAMPLES = 12, 3   # of one point in one case; on each rank
LIMIT = 60                      # seconds; no run takes more than three
OUT = "out.h5"
# Points that only the tests of one module reach: a large output, more tasks than a job queues.
ELSEWHERE = {"outstream.direct": "tests/store/test_outstream.c", "outstream.wait": "the same", "pool_grow": "tests/base/test_pool.c",
             "nodemem.make": "tests/mpi/test_nodemem.c", "nodemem.join": "the same", "nodemem.pages": "the same"}
OLD = {"old": np.arange(5)}     # what is in the output of the cases that have one already

COMPILED = "--jit=vm" if sharrtest.build_info()["llvm"] == "no" else "--jit=llvm"
# ranks: 0 is a run without a launcher.  mark: "+" lets every passage fail from the n-th on.
Case = collections.namedtuple("Case", "name ranks old mark args")
CASES = [
    Case("write", 0, False, "", ["-j2", "--jit=vm", "-o", OUT,
                                 "a = /x - mean(/x, axis=0); s = std(/y); n = count_nonzero(/x > 0, axis=1)"]),
    Case("a broken machine", 0, False, "+", ["-j2", "--jit=vm", "-o", OUT, "a = /x - mean(/x, axis=0)"]),
    Case("overwrite", 0, True, "", ["-j1", "--jit=vm", "--overwrite", "--compress=deflate:1", "-o", OUT, "a = /y * 2"]),
    Case("append", 0, True, "", ["-j1", "--jit=vm", "--append", "-o", OUT, "b = /x + /raw"]),
    Case("scratch", 0, False, "", ["-j2", "--jit=vm", "-m12MiB", "-o", OUT,
                                   "r = reshape(/big, (700, 500)) + 1; c = concat([flip(/raw), /raw])"]),
    Case("procedures", 0, False, "", ["-j2", "--jit=vm", "-m12MiB", "-o", OUT,
                                      "a = argsort(/long); b = cumulative_sum(/big, axis=0); c = sort(/x)"]),
    Case("looking up", 0, False, "", ["-j2", "--jit=vm", "-m24MiB", "-o", OUT, "s = searchsorted(/long, /raw); "
                                      "t = take(/long, argsort(/long)[:999]); d = compress(/long, /long >= 0, 450000)"]),
    Case("print", 0, False, "", ["-j1", COMPILED, "mean(/x); /y[:3, ::-1]; where(/x > 0, /x, 0)[2]"]),
    Case("info", 0, False, "", ["info"]),
    Case("2 ranks", 2, False, "", ["-j1", "--jit=vm", "-o", OUT, "a = /x - mean(/x, axis=0); s = std(/y)"]),
    Case("2 ranks, scratch", 2, False, "", ["-j1", "--jit=vm", "-m12MiB", "-o", OUT, "r = reshape(/big, (700, 500)) + 1"]),
    Case("2 ranks, procedures", 2, False, "", ["-j1", "--jit=vm", "-m24MiB", "-o", OUT,
                                               "a = sort(/long); b = cumulative_sum(/long); c = take(/long, argsort(/raw[0]))"]),
    Case("2 ranks, MPI-IO", 2, False, "", ["-j1", "--jit=vm", "--io=direct", "-o", OUT, "a = /big * 2; s = std(/y)"]),
    Case("2 ranks, parallel HDF5", 2, False, "", ["-j1", "--jit=vm", "--io=mpio", "-o", OUT, "a = /x * /raw"]),
]


def make_inputs(name):
    rng = np.random.default_rng(5)
    with h5py.File(name, "w") as f:
        h5frames.create(f, "x", rng.standard_normal((24, 40)).astype("f4"), (8, 16), checksum=True)
        f.create_dataset("y", data=rng.integers(0, 99, (30, 20)), chunks=(10, 20), compression="gzip", shuffle=True)
        f["raw"] = rng.standard_normal((24, 40)).astype("f4")
        f.create_dataset("big", data=rng.standard_normal((500, 700)), chunks=(50, 700))
        f.create_dataset("long", data=np.sort(rng.random(450000)), chunks=(50000,))


def points():
    """Every point that the sources have."""
    found = set()
    for where, _, files in os.walk(SRC):
        for name in files:
            if name.endswith(".c"):
                with open(os.path.join(where, name), encoding="utf-8") as f:
                    found.update(re.findall(r'fault_hit\("([^"]+)"\)', f.read()))
    return found


def write_old(path):
    with h5py.File(path, "w") as f:
        for name, x in OLD.items():
            f[name] = x


def content(path):
    with h5py.File(path, "r") as f:
        return {name: h5frames.read(f[name]) for name in f}


def same(a, b):
    if a is None or b is None:
        return a is b
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


class Run:
    """One run in a directory of its own: code, out, err, left, after (the output's content or None),
    points ((rank, name) of what failed, or of all that was passed)."""

    def __init__(self, case, directory, env):
        place, log = tempfile.mkdtemp(dir=directory), tempfile.mktemp(dir=directory)
        out = os.path.join(place, OUT)
        if case.old:
            write_old(out)
        self.code, self.out, self.err = sharrtest.run(
            ["-q"] + case.args + [os.path.join(directory, "in.h5")], case.ranks, timeout=LIMIT, cwd=place,
            env={"SHARR_FAULT_LOG": log, "TMPDIR": place, **env})
        self.left = sorted(os.listdir(place))
        try:
            self.after = content(out) if OUT in self.left else None
        except (OSError, ValueError) as e:
            self.after = {"unreadable": str(e)}
        self.points = []
        if os.path.exists(log):
            with open(log, encoding="utf-8") as f:
                self.points = [tuple(line.split()) for line in f]
            os.remove(log)
        shutil.rmtree(place)


def problems(case, run, good):
    """What is wrong with a run, as a list."""
    bad = []
    if re.search("Sanitizer|runtime error", run.err):
        bad.append("sanitizer")
    if set(run.left) - {OUT}:
        bad.append(f"left behind: {run.left}")
    if run.code == 0:
        # A tree goes on past what cannot be read.
        shown = case.args == ["info"] and {name for _, name in run.points} == {"h5vfd.read"}
        if (run.out != good.out and not shown) or not same(run.after, good.after):
            bad.append("success with another result")
        return bad
    if run.code not in CODES:
        bad.append(f"exit code {run.code}")
    lines = [s for s in run.err.splitlines() if re.match("sharr-eval: (?!warning)", s)]
    if not 1 <= len(lines) <= len(run.points):      # before MPI is there every rank fails alone
        bad.append(f"{len(lines)} error lines")
    # Only syncing the directory comes after the new name is there.
    if not same(run.after, OLD if case.old else None) and not same(run.after, good.after):
        bad.append("the output is torn")
    return bad


def attempts(trace, samples):
    """(name, n, rank) of all failures to try, given the points that a good run passes."""
    tries = []
    for (rank, name), total in sorted(collections.Counter(trace).items()):
        step = max(1, total / samples)
        tries += [(name, int(i * step) + 1, rank) for i in range(int(total / step))]
    return tries


def try_case(tap, case, directory, options):
    """Returns the names of the points that failed in some run."""
    good = Run(case, directory, {})
    bad = problems(case, good, good)
    if not tap.check(good.code == 0 and not bad, f"{case.name}: without a failure", "\n".join(bad) + good.err):
        return set()
    samples = math.inf if options.all else RANK_SAMPLES if case.ranks else SAMPLES
    tries = [t for t in attempts(good.points, samples) if options.point in (None, t[0])]

    def one(attempt):
        name, n, rank = attempt
        run = Run(case, directory, {"SHARR_FAULT": f"{name}:{n}{case.mark}", "SHARR_FAULT_RANK": str(rank)})
        bad = problems(case, run, good)
        why = f"SHARR_FAULT={name}:{n}{case.mark} SHARR_FAULT_RANK={rank}: {'; '.join(bad)}\n{run.err}" if bad else ""
        return why, run.code, {p for _, p in run.points}

    with ThreadPoolExecutor(1 if case.ranks else 2) as pool:
        results = list(pool.map(one, tries))
    wrong = [why for why, _, _ in results if why]
    print(f"# {case.name}: {len(good.points)} points passed, {len(tries)} failures tried, "
          f"{sum(code == 0 for _, code, _ in results)} of them without harm, {len(wrong)} wrong")
    tap.check(not wrong, f"{case.name}: every failure ends cleanly", "\n".join(wrong))
    return set().union(*(names for _, _, names in results))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--all", action="store_true", help="every passage of every point")
    p.add_argument("--case", default="", help="only cases whose name contains this")
    p.add_argument("--point", help="only this point")
    options = p.parse_args()
    with open(os.path.join(sharrtest.BUILD, "config.h"), encoding="utf-8") as f:
        if "#define ENABLE_FAULT 1" not in f.read():
            sharrtest.skip_all("configured without --enable-fault")
    tap, reached = sharrtest.Tap(), set()
    with tempfile.TemporaryDirectory() as directory:
        make_inputs(os.path.join(directory, "in.h5"))
        for case in CASES:
            if options.case in case.name and (not case.ranks or sharrtest.mpiexec(case.ranks)):
                reached |= try_case(tap, case, directory, options)
    if not options.case and not options.point:
        missed = points() - reached - ELSEWHERE.keys()
        tap.check(not missed, "no point is forgotten", f"not reached: {sorted(missed)}")
    tap.finish()


if __name__ == "__main__":
    main()
