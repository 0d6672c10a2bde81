#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Benchmarks of the Python package: what it costs beside sharr-eval, and per call.

    tests/bench/python_costs.py --build BUILD_DIR [--dir SCRATCH] [--mib 1024] [--runs 7]

Prints medians as a table in Markdown, entrants in turn: `import numpy`, `import sharr` beyond it; jobs as processes by
sharr-eval and from Python, and Python's without its imports as a multiple of sharr-eval's; small arrays in microseconds.
Files are in the page cache.

A job from Python without its imports is the time from the end of the imports to the end of the process, less the same of
a process that imports and does nothing.  The difference of the whole processes would be the same, but for the noise of
the imports: they are half of a job of 0.2 s, and a tenth of them would show as a tenth of the job.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

JOBS = {
    "max(2x + 1)": (["max(2 * /x + 1)"], "float(sp.max(2 * x + 1))"),
    "mean, std, axis 0": (["-o", "{out}", "m = mean(/x, axis=0); s = std(/x, axis=0)"],
                          "sp.save('{out}', {{'m': sp.mean(x, axis=0), 's': sp.std(x, axis=0)}}, overwrite=True)"),
    "2x + 1 to a file": (["-o", "{out}", "y = 2 * /x + 1"], "sp.save('{out}', {{'y': 2 * x + 1}}, overwrite=True)"),
}

SMALL = {
    "x + y, 10 elements": ("x + y", 20000, "x = sp.asarray(np.arange(10.0)); y = sp.asarray(np.ones(10))"),
    "float(sum(x * x + 1)), 10 elements": ("float(sp.sum(x * x + 1))", 5000, "x = sp.asarray(np.arange(10.0))"),
    "asarray of 10 elements": ("sp.asarray(a)", 20000, "a = np.arange(10.0)"),
    "x[1:3, ::2]": ("x[1:3, ::2]", 20000, "x = sp.asarray(np.ones((5, 6)))"),
    "(x * 2).to_numpy(), 1e4 elements": ("(x * 2).to_numpy()", 2000, "x = sp.asarray(np.ones(10000))"),
}


def seconds(command, env):
    began = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def seconds_after_imports(code, env):
    """Of a Python program that imports both, and of its part after the imports."""
    script = "import numpy, sharr as sp\nimport time; print(time.perf_counter())\n" + code
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", script], env=env, check=True, capture_output=True, text=True)
    end = time.perf_counter()                               # one clock for all processes
    return end - began, end - float(done.stdout.split()[0])


def in_turn(entrants, runs, env):
    """Median seconds of each, interleaved, after one run that does not count."""
    took = {name: [] for name in entrants}
    for i in range(runs + 1):
        for name, command in entrants.items():
            t = seconds(command, env)
            if i:
                took[name].append(t)
    return {name: statistics.median(t) for name, t in took.items()}


def make(path, mib, env, program):
    rows = mib * (1 << 20) // (4 * 4096)
    text = f"x = float32(reshape(arange({rows * 4096}), ({rows}, 4096)) % 1000) / 3"
    subprocess.run([program, "-q", "--overwrite", "--compress", "none", "-o", path, text], env=env, check=True)


def imports(run, python):
    plain = {"python": [python, "-c", "pass"], "numpy": [python, "-c", "import numpy"],
             "sharr": [python, "-c", "import numpy, sharr"]}
    t = run(plain)
    print(f"| import numpy | {1e3 * (t['numpy'] - t['python']):.1f} ms |")
    print(f"| import sharr beyond it | {1e3 * (t['sharr'] - t['numpy']):.1f} ms |")


def job(command, code, runs, env):
    """Medians of sharr-eval, of Python, and of Python without its imports; in turn, after one run that does not count."""
    took = []
    for i in range(runs + 1):
        native = seconds(command, env)
        nothing = seconds_after_imports("", env)
        whole = seconds_after_imports(code, env)
        took.append((native, whole[0], whole[1], nothing[1]))
    native, whole, after, nothing = (statistics.median(t) for t in zip(*took[1:]))
    return native, whole, after - nothing


def jobs(program, path, out, runs, env):
    for name, (words, code) in JOBS.items():
        command = [program, "-q", "--overwrite", *[w.format(out=out + "-eval.h5") for w in words], path]
        if "-o" not in words:
            command.remove("--overwrite")
        native, whole, own = job(command, f"x = sp.open({path!r})['x']\n" + code.format(out=out + "-python.h5"), runs, env)
        print(f"| {name}: sharr-eval | {1e3 * native:.0f} ms |")
        print(f"| {name}: Python | {1e3 * whole:.0f} ms, without imports {own / native:.3f} x |")


def small(python, env):
    for name, (code, n, setup) in SMALL.items():
        script = ("import timeit, numpy as np, sharr as sp\n" + setup +
                  f"\nprint(min(timeit.repeat(lambda: {code}, number={n}, repeat=5)) / {n} * 1e6)")
        done = subprocess.run([python, "-c", script], env=env, check=True, capture_output=True, text=True)
        print(f"| {name} | {float(done.stdout):.1f} us |")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--dir")
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=7)
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    env = {**os.environ, "LD_LIBRARY_PATH": os.path.join(build, ".libs"), "PYTHONPATH": os.path.join(build, "python", "stage")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    program = os.path.join(build, "sharr-eval")
    print("| what | median |\n|---|---|")
    with tempfile.TemporaryDirectory(dir=args.dir) as d:
        env["PYTHONPYCACHEPREFIX"] = os.path.join(d, "bytecode")        # compiled once, as when it is installed
        path = os.path.join(d, "x.h5")
        make(path, args.mib, env, program)
        imports(lambda entrants: in_turn(entrants, 3 * args.runs, env), sys.executable)
        jobs(program, path, os.path.join(d, "out"), args.runs, env)
    small(sys.executable, env)


if __name__ == "__main__":
    main()
