# SPDX-License-Identifier: BSD-3-Clause
"""What the Python tests share: running sharr-eval and speaking TAP."""

import functools
import os
import shutil
import subprocess
import sys

BUILD = os.environ.get("top_builddir", ".")
EVAL = os.environ.get("EVAL_BIN", os.path.join(BUILD, "sharr-eval"))
os.environ.setdefault("SHARR_LLVM_MODULE", os.path.join(BUILD, ".libs", "libsharr-llvm.so"))


class Tap:
    """ok / not ok lines; the plan comes last."""

    def __init__(self):
        self.count = self.failed = 0

    def check(self, good, name, why=""):
        self.count += 1
        self.failed += not good
        for line in str(why).splitlines() if not good else []:
            print("#", line)
        print("ok" if good else "not ok", self.count, "-", name.replace("#", "no."), flush=True)
        return good

    def finish(self):
        print(f"1..{self.count}")
        sys.exit(0)         # the driver reads the lines


def skip_all(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(0)


def mpiexec(n):
    """Command that starts n ranks, None when there is no launcher, or nothing to launch."""
    launcher = os.environ.get("MPIEXEC") or shutil.which("mpiexec")
    if not launcher or build_info()["mpi"] == "no":
        return None
    return [launcher] + os.environ.get("MPIEXEC_FLAGS", "").split() + ["-n", str(n)]


def run(args, ranks=0, timeout=60, env=None, **kw):
    """(exit code, stdout, stderr) of sharr-eval; 124 when it did not end in time."""
    command = (mpiexec(ranks) if ranks else []) + [EVAL] + [str(a) for a in args]
    env = {**os.environ, **(env or {})}
    if "--jit=llvm" in args:        # the leak checker may crash in LLVM's thread-local memory (tests/kernel/jit_lsan.c)
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    try:
        p = subprocess.run(command, capture_output=True, timeout=timeout, text=True, errors="replace",
                           env=env, **kw)
        return p.returncode, p.stdout, p.stderr
    except subprocess.TimeoutExpired as e:
        return 124, "", f"did not end in {timeout} s: {e.stderr or ''}"


@functools.cache
def build_info():
    """The lines of --version as a dict."""
    code, out, err = run(["--version"])
    if code != 0:
        raise SystemExit(f"{EVAL} --version: {err}")
    return dict(line.split(": ", 1) for line in out.splitlines()[1:] if ": " in line)
