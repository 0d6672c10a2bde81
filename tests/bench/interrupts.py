#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How long does an evaluation go on after Ctrl-C?  One second is the promise.

    tests/bench/interrupts.py --build BUILD_DIR [--dir SCRATCH] [--mib 1024] [--tries 6] [--memory 256MiB] [--ranks N] [WORD...]

For every kind of evaluation whose name has one of the WORDs (default: all): a process begins it, gets SIGINT after a random
time, and says when KeyboardInterrupt has arrived; the worst and the median of the tries are printed in milliseconds, as
a table in Markdown.  With ranks, SIGINT goes to the launcher, and what counts is when its last process is gone.
"""

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time

LAUNCHER = os.environ.get("MPIEXEC", "mpiexec")

# n elements in the files f["raw"], f["zstd"], f["deflate"] (float64), f["wide"] (rows of 4096), f["key"] (int64 below n)
KINDS = {
    "sweep, raw": "sp.sum(sp.sin(f['raw']) * 2)",
    "sweep, zstd": "sp.sum(sp.sin(f['zstd']) * 2)",
    "sweep, deflate": "sp.sum(sp.sin(f['deflate']) * 2)",
    "sweep, many operations": "sp.sum(many(sp.arange(n, dtype='float64')))",
    "std along axis 0": "sp.persist(sp.std(f['wide'], axis=0))",
    "argmax": "sp.argmax(f['zstd'])",
    "save, zstd": "sp.save(out, {'x': f['raw'] + 1}, compress='zstd:1', overwrite=True)",
    "save, deflate 6": "sp.save(out, {'x': f['raw'] + 1}, compress='deflate:6', overwrite=True)",
    "save, raw": "sp.save(out, {'x': f['raw'] + 1}, compress='none', overwrite=True)",
    "persist": "sp.persist(f['raw'] + 1)",
    "relayout": "sp.persist(sp.reshape(f['wide'], (-1, 1 << 15)).T)",
    "transpose to scratch": "sp.persist(f['wide'].T)",
    "random": "sp.sum(sp.random.normal(shape=(4 * n,)))",
    "sort": "sp.persist(sp.sort(f['raw']))",
    "argsort": "sp.persist(sp.argsort(f['raw']))",
    "sort, short lines": "sp.persist(sp.sort(f['wide'], axis=1))",
    "sort, axis 0": "sp.persist(sp.sort(f['wide'], axis=0))",
    "unique": "sp.unique_values(f['key'])",
    "unique, inverse": "sp.unique_inverse(f['key'])",
    "searchsorted": "sp.persist(sp.searchsorted(sp.arange(n, dtype='float64'), f['raw']))",
    "cumulative_sum": "sp.persist(sp.cumulative_sum(f['zstd']))",
    "cumulative_prod": "sp.persist(sp.cumulative_prod(f['zstd']))",
    "cumulative_sum, axis 0": "sp.persist(sp.cumulative_sum(f['wide'], axis=0))",
    "matmul": "sp.persist(f['wide'][:16384, :] @ f['wide'][:16384, :].T)",
    "take": "sp.persist(sp.take(f['raw'], f['key']))",
    "take, few positions of long rows": "sp.persist(sp.take(f['wide'], sp.asarray(rng.integers(0, n // 4096, n // 4096)), axis=0))",
    "boolean mask": "f['raw'][f['key'] % 2 == 0]",
    "nonzero": "sp.nonzero(f['key'] % 2 == 0)",
    "isin": "sp.persist(sp.isin(f['key'], f['key'][:1000000]))",
    "fft": "sp.persist(sp.fft.fft(sp.reshape(f['raw'], (-1, 1 << 16))))",
    "fft, axis 0": "sp.persist(sp.fft.fft(f['wide'], axis=0))",
    "fftn of three axes": "sp.persist(sp.fft.fftn(sp.reshape(f['raw'], (-1, 512, 512)), axes=(1, 2)))",
    "svd, tall": "sp.persist(sp.linalg.svd(sp.reshape(f['raw'], (-1, 256)), full_matrices=False)[0])",
    "svd of one": "sp.persist(sp.linalg.svd(square(2048))[0])",
    "qr, tall": "sp.persist(sp.linalg.qr(sp.reshape(f['raw'], (-1, 256)))[0])",
    "qr, square": "sp.persist(sp.linalg.qr(square(6144))[0])",
    "cholesky": "sp.persist(sp.linalg.cholesky(square(6144) @ square(6144).T + 6144 * sp.eye(6144)))",
    "solve": "sp.persist(sp.linalg.solve(square(4096) + 4096 * sp.eye(4096), square(4096)))",
    "det of many": "sp.persist(sp.linalg.det(sp.reshape(f['raw'][:n // 8 // 4096 * 4096], (-1, 64, 64))))",
    "eigh of many": "sp.persist(sp.linalg.eigh(stack(256))[0])",
    "eigh of one": "sp.persist(sp.linalg.eigh(square(2048) + square(2048).T)[0])",
}

CHILD = """
import sys, time
import numpy as np
import sharr as sp
path, out, code, ranks = sys.argv[1:5]
f, rng = sp.open(path), np.random.default_rng(1)
n = f['raw'].shape[0]
def square(k): return sp.reshape(f['raw'][:k * k], (k, k))
def stack(k): return sp.reshape(f['raw'][:n // 16 // (k * k) * k * k], (-1, k, k))
def many(x):
    for i in range(150):
        x = x * 0.5 + 0.25
    return sp.sin(x)
work = compile(code, "work", "eval")
def once():
    try:
        value = eval(work)
        if isinstance(value, sp.Array) and value.size == 1:
            float(value)
        return "finished"
    except KeyboardInterrupt:
        return f"interrupted {time.monotonic()}"
if int(ranks) > 1:
    open(f"{out}.{sp.rank()}", "w").close()
    eval(work)
    sys.exit()
for line in sys.stdin:
    print("begun", flush=True)
    print(once(), flush=True)
"""

MAKE = """
import sys
import numpy as np
import sharr as sp
path, n = sys.argv[1], int(sys.argv[2]) // 8 // 4096 * 4096
x = sp.random.normal(shape=(n,), seed=1)
sp.save(path, {"raw": x}, compress="none", chunks=(1 << 17,))
sp.save(path, {"zstd": sp.round(x * 1000) / 8}, compress="zstd:1", chunks=(1 << 17,), append=True)
sp.save(path, {"deflate": sp.round(x * 1000) / 8}, compress="deflate:1", chunks=(1 << 17,), append=True)
sp.save(path, {"wide": sp.reshape(x, (n // 4096, 4096))}, compress="zstd:1", chunks=(64, 2048), append=True)
sp.save(path, {"key": sp.random.integers(0, n, shape=(n,), seed=2)}, compress="zstd:1", chunks=(1 << 17,), append=True)
"""


class Child:
    """A process that does one kind of work whenever it is told."""

    def __init__(self, code, path, out, env):
        self.p = subprocess.Popen([sys.executable, "-c", CHILD, path, out, code, "1"], env=env, text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def interrupted_after(self, delay):
        """Seconds from the signal to the exception; None: the work was done before, after as many seconds as come second."""
        print("go", file=self.p.stdin, flush=True)
        if self.p.stdout.readline() != "begun\n":
            raise SystemExit("the process has failed")
        began = time.monotonic()
        os.set_blocking(self.p.stdout.fileno(), False)
        line = ""
        while not line and time.monotonic() - began < delay:
            time.sleep(0.002)
            line = self.p.stdout.readline()
        os.set_blocking(self.p.stdout.fileno(), True)
        if line:
            return None, time.monotonic() - began
        sent = time.monotonic()
        self.p.send_signal(signal.SIGINT)
        words = self.p.stdout.readline().split()
        if words[:1] != ["interrupted"]:        # it was just ready, and the signal comes while it waits
            raise BrokenPipeError
        return float(words[1]) - sent, 0

    def end(self):
        self.p.stdin.close()
        self.p.kill()
        self.p.wait()
        self.p.stdout.close()


def one_rank(code, tries, longest, paths, env):
    child, took, most = Child(code, *paths, env), [], longest
    for _ in range(3 * tries):
        try:
            seconds, finished = child.interrupted_after(random.uniform(0.05, 1) * most)
        except BrokenPipeError:
            child.end()
            child = Child(code, *paths, env)
            continue
        if seconds is None:
            most = min(most, 0.9 * finished)
        else:
            took.append(seconds)
        if len(took) == tries:
            break
    child.end()
    return took


def gone(pids):
    """Is none of them there, but as a zombie?"""
    def state(pid):
        try:
            with open(f"/proc/{pid}/stat") as f:
                return f.read().rpartition(")")[2].split()[0]
        except OSError:
            return "Z"
    return all(state(pid) == "Z" for pid in pids)


def below(pid):
    """All processes that a process has started, and theirs."""
    out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout.split()
    return [int(p) for p in out] + [q for p in out for q in below(int(p))]


def many_ranks(code, tries, longest, paths, env, ranks):
    took = []
    for _ in range(tries):
        p = subprocess.Popen([LAUNCHER, "-n", str(ranks), sys.executable, "-c", CHILD, *paths, code, str(ranks)], env=env,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        said = [f"{paths[1]}.{r}" for r in range(ranks)]
        while not all(map(os.path.exists, said)) and p.poll() is None:
            time.sleep(0.01)
        time.sleep(random.uniform(0.05, 1) * longest / 2)
        pids = below(p.pid)
        if p.poll() is None and pids:
            sent = time.monotonic()
            p.send_signal(signal.SIGINT)
            while not (p.poll() is not None and gone(pids)):
                time.sleep(0.005)
            took.append(time.monotonic() - sent)
        p.wait()
        for name in said:
            if os.path.exists(name):
                os.unlink(name)
    return took


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--build", required=True)
    a.add_argument("--dir", default=tempfile.gettempdir())
    a.add_argument("--mib", type=int, default=1024)
    a.add_argument("--tries", type=int, default=6)
    a.add_argument("--longest", type=float, default=6, help="seconds before a signal, at most")
    a.add_argument("--memory", default="256MiB")
    a.add_argument("--threads", default="2")
    a.add_argument("--ranks", type=int, default=1)
    a.add_argument("words", nargs="*")
    o = a.parse_args()
    build = os.path.abspath(o.build)
    env = dict(os.environ, LD_LIBRARY_PATH=build + "/.libs", PYTHONPATH=build + "/python/stage", SHARR_MEMORY=o.memory,
               SHARR_THREADS=o.threads)
    with tempfile.TemporaryDirectory(dir=o.dir, prefix="sharr-interrupts-") as where:
        paths = os.path.join(where, "in.h5"), os.path.join(where, "out.h5")
        env["SHARR_TMPDIR"] = where
        subprocess.run([sys.executable, "-c", MAKE, paths[0], str(o.mib << 20)], env=env, check=True)
        print(f"\n| {o.mib} MiB, memory {o.memory}, {o.ranks} ranks | tries | median ms | worst ms |\n|---|--:|--:|--:|", flush=True)
        for name, code in KINDS.items():
            if o.words and not any(w in name for w in o.words):
                continue
            took = (one_rank(code, o.tries, o.longest, paths, env) if o.ranks == 1
                    else many_ranks(code, o.tries, o.longest, paths, env, o.ranks))
            said = f"{1e3 * statistics.median(took):.0f} | {1e3 * max(took):.0f}" if took else " | "
            print(f"| {name} | {len(took)} | {said} |", flush=True)


if __name__ == "__main__":
    main()
