# SPDX-License-Identifier: BSD-3-Clause
"""Random typed expressions against NumPy, and the same bits from every way of running them.

Each round makes two random files and one script of many statements, runs it once plainly, compares every
result with NumPy (exactly, or within the bound that npsem gives), then runs it again with other threads, memory,
back ends, instruction sets, ranks and writers, and demands the same bits.

    test_differential.py [--seed N] [--rounds N] [--seconds N] [--keep DIR] [--statements N]

The seed of every round is printed: `--seed N --rounds 1 --keep DIR` repeats it and keeps its files.
"""

import argparse
import os
import random
import re
import tempfile
import time

import h5py
import numpy as np

import datagen
import h5frames
import scriptgen
import sharrtest

COMPRESS = [["--compress=none"], ["--compress=zstd:1"], ["--compress=deflate:1"], ["--compress=zstd:1", "--no-shuffle"]]


def variants(info):
    """(name, options, ranks) of all the ways that must give the same bits."""
    ways = [("-j 1", ["-j1"], 0), ("-j 3", ["-j3"], 0), ("--jit=vm", ["--jit=vm"], 0),
            ("--memory=24MiB", ["-m24MiB"], 0), ("--memory=12MiB -j 1", ["-m12MiB", "-j1"], 0),
            ("x86-64-v1", ["--jit=vm", "--isa-level=1"], 0), ("x86-64-v3", ["--isa-level=3"], 0),
            ("--latest", ["--latest"], 0)]
    if not info.get("llvm", "no").startswith("no"):
        ways += [("--jit=llvm", ["--jit=llvm"], 0), ("--jit=llvm x86-64-v2", ["--jit=llvm", "--isa-level=2", "-j2"], 0)]
    if not info.get("mpi", "no").startswith("no") and sharrtest.mpiexec(1):
        ways += [("2 ranks", ["-j1"], 2), ("3 ranks", ["-j1"], 3), ("2 ranks --io=direct", ["-j1", "--io=direct"], 2),
                 ("2 ranks --io=mpio", ["-j1", "--io=mpio"], 2)]
    return ways


def read_results(path):
    """Every dataset of the file by name."""
    out = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            out[name] = np.asarray(h5frames.read(item))
    with h5py.File(path, "r") as f:
        f.visititems(visit)
    return out


class Round:
    def __init__(self, seed, directory, statements):
        self.rng = random.Random(seed)
        self.directory = directory
        self.inputs = datagen.Inputs(self.rng, directory, large=self.rng.random() < 0.25)
        self.statements = scriptgen.Scripts(self.rng, self.inputs).script(statements)
        self.script = os.path.join(directory, "script.sx")
        self.problems = []

    def write_script(self):
        with open(self.script, "w") as f:
            f.write(scriptgen.text_of(self.statements) + "\n")

    def run(self, options, ranks, tag):
        """(code, results or None, stderr)"""
        out = os.path.join(self.directory, f"out-{tag}.h5")
        compress = self.rng.choice(COMPRESS)
        args = ["-q", "-o", out, "--overwrite", "--no-history", "-f", self.script] + compress + options + self.inputs.paths
        code, _, err = sharrtest.run(args, ranks, timeout=120)
        return code, read_results(out) if code == 0 else None, err

    def drop(self, err):
        """Take out the statement that the message points at, and those that use it."""
        m = re.search(r":(\d+): ", err)
        if not m or not 0 < int(m.group(1)) <= len(self.statements):
            return False
        bad = {self.statements[int(m.group(1)) - 1][0]}
        for name, v in self.statements:
            if bad & set(re.findall(r"\br\d+\b", v.text)):
                bad.add(name)
        self.statements = [(n, v) for n, v in self.statements if n not in bad]
        return bool(self.statements)

    def first(self):
        """The plain run; statements that are refused are reported and left out."""
        for _ in range(8):
            self.write_script()
            code, results, err = self.run([], 0, "base")
            if code == 0:
                return results
            self.problems.append(f"exit {code}: {err.strip()}")
            if code != 1 or not self.drop(err):
                return None
        return None

    def compare_numpy(self, results):
        for name, v in self.statements:
            if name not in results:
                self.problems.append(f"{name} = {v.text}\n  is not in the output")
                continue
            wrong = scriptgen.compare(v, results[name])
            if wrong:
                self.problems.append(f"{name} = {v.text}\n  {wrong}")

    def compare_bits(self, name, base, other):
        texts = dict(self.statements)
        for key, a in base.items():
            b = other.get(key)
            if b is None or a.dtype != b.dtype or a.shape != b.shape:
                self.problems.append(f"{name}: {key} = {texts[key].text}\n  missing, or another type or shape")
            elif a.tobytes() != b.tobytes():
                i = np.argwhere(np.frombuffer(a.tobytes(), np.uint8) != np.frombuffer(b.tobytes(), np.uint8))[0][0]
                k = np.unravel_index(int(i) // a.dtype.itemsize, a.shape) if a.shape else ()
                self.problems.append(f"{name}: {key} = {texts[key].text}\n  other bits at {tuple(map(int, k))}: "
                                     f"{b[k]!r} instead of {a[k]!r}")


def one_round(seed, directory, args, ways):
    """(problems, number of runs that were refused for memory)"""
    r = Round(seed, directory, args.statements)
    base = r.first()
    refused = 0
    if base is None:
        return r.problems or ["no results"], 0
    r.compare_numpy(base)
    slow = [w for w in ways if w[2]]
    chosen = r.rng.sample([w for w in ways if not w[2]], 3)
    if slow and r.rng.random() < args.rank_share:
        chosen.append(r.rng.choice(slow))
    for name, options, ranks in chosen:
        code, results, err = r.run(options, ranks, "other")
        if code == 69 and any(o.startswith("-m") for o in options):
            refused += 1                        # said so before it read anything
        elif code != 0:
            r.problems.append(f"{name}: exit {code}: {err.strip()}")
        else:
            r.compare_bits(name, base, results)
    return r.problems, refused


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seed", type=int, default=int(os.environ.get("TEST_SEED", "1")))
    p.add_argument("--rounds", type=int, default=60)
    p.add_argument("--seconds", type=float, default=float(os.environ.get("TEST_SECONDS", "100")))
    p.add_argument("--statements", type=int, default=25)
    p.add_argument("--rank-share", type=float, default=0.3)
    p.add_argument("--keep")
    args = p.parse_args()
    tap, start, refused = sharrtest.Tap(), time.time(), 0
    ways = variants(sharrtest.build_info())
    for seed in range(args.seed, args.seed + args.rounds):
        if time.time() - start > args.seconds:
            break
        with tempfile.TemporaryDirectory() as scratch:
            directory = args.keep or scratch
            os.makedirs(directory, exist_ok=True)
            problems, n = one_round(seed, directory, args, ways)
        refused += n
        tap.check(not problems, f"round of seed {seed}: {args.statements} statements against NumPy, same bits",
                  "\n".join(problems))
    print(f"# {refused} runs did not fit into their memory and said so")
    tap.finish()


if __name__ == "__main__":
    main()
