# SPDX-License-Identifier: BSD-3-Clause
"""The public array-api-tests suite, from wherever it lies; nothing of it is here.

    ARRAY_API_TESTS_DIR=DIR nightly_array_api.py [--ranks N] [--spill] [--examples 200] [--module sharr] [ARGUMENTS OF PYTEST]

DIR is a checkout with its submodule; pytest and hypothesis as it wants them must be there.  Without arguments: at one
rank, at three, and at one with sharr.config.spill = "always".  The examples are those of a fixed seed, the same on all
ranks; what each rank says goes to a file of its own in $OUT (else a temporary directory).  One line of TAP for each test
that failed anywhere, and one that counts.
"""

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time

import sharrtest

SUITE = os.environ.get("ARRAY_API_TESTS_DIR")
STAGE = os.path.join(os.path.abspath(sharrtest.BUILD), "python", "stage")


class Examples:
    """The same examples on every rank: nothing may depend on time, nor on what earlier runs found."""

    def __init__(self, several):
        self.several = several

    def pytest_configure(self, config):
        from hypothesis import HealthCheck, Phase, settings
        phases = [Phase.explicit, Phase.generate] if self.several else list(Phase)
        settings.register_profile("ranks", settings.get_profile("array-api-tests"), database=None, phases=phases,
                                  derandomize=True, suppress_health_check=list(HealthCheck))
        settings.load_profile("ranks")

    pytest_configure.trylast = True


def one_rank(args, rest):
    """The suite in this process, which may be one of several ranks."""
    import pytest
    rank = os.environ.get("PMI_RANK") or os.environ.get("OMPI_COMM_WORLD_RANK") or os.environ.get("SLURM_PROCID") or "0"
    os.chdir(SUITE)
    sys.path.insert(0, SUITE)
    if args.spill:
        import sharr
        sharr.config.spill = "always"
    with open(os.path.join(args.out, f"rank{rank}.txt"), "w", encoding="utf-8") as said:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = pytest.main(["-p", "no:cacheprovider", "--disable-deadline", "--derandomize", "-rfE", "--tb=short",
                                f"--max-examples={args.examples}", *rest], plugins=[Examples(args.ranks > 1)])
    sys.exit(0 if code in (0, 1) else int(code))       # failed tests are told by the file


def environment(args):
    libs = os.path.join(os.path.abspath(sharrtest.BUILD), ".libs")
    env = {**os.environ, "ARRAY_API_TESTS_MODULE": args.module, "ARRAY_API_TESTS_VERSION": "2025.12",
           "PYTHONDONTWRITEBYTECODE": "1", "ARRAY_API_TESTS_DIR": os.path.abspath(SUITE)}
    env["LD_LIBRARY_PATH"] = ":".join(filter(None, [libs, os.environ.get("LD_LIBRARY_PATH")]))
    env["PYTHONPATH"] = ":".join(filter(None, [STAGE, os.environ.get("PYTHONPATH")]))
    return env


def run(tap, args, rest):
    """One run: a line for each failure of any rank."""
    name = f"{args.module}, {args.examples} examples, {args.ranks} rank{'s' * (args.ranks > 1)}" + ", spilled" * args.spill
    with contextlib.ExitStack() as stack:
        out = os.environ.get("OUT") or stack.enter_context(tempfile.TemporaryDirectory())
        out = os.path.join(out, re.sub(r"\W+", "-", name))
        os.makedirs(out, exist_ok=True)
        launcher = sharrtest.mpiexec(args.ranks) if args.ranks > 1 else []
        if launcher is None:
            tap.check(True, f"{name} (skipped: no launcher)")
            return
        command = [*launcher, sys.executable, os.path.abspath(__file__), "--one", "--out", out, "--ranks", str(args.ranks),
                   "--examples", str(args.examples), "--module", args.module, *(["--spill"] * args.spill), *rest]
        began = time.monotonic()
        done = subprocess.run(command, env=environment(args), capture_output=True, text=True, errors="replace")
        took = time.monotonic() - began
        failed, counts = {}, []
        for rank in range(args.ranks):
            path = os.path.join(out, f"rank{rank}.txt")
            text = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
            for line in re.findall(r"^(?:FAILED|ERROR) (.*)$", text, re.M):
                failed.setdefault(line, []).append(rank)
            counts.append(re.sub(r" in [\d.]+s.*", "", text.strip().rpartition("\n")[2].strip("= ")) if text else "nothing")
        for test, ranks in failed.items():
            tap.check(False, f"{name}: {test}", f"on rank {', '.join(map(str, ranks))}")
        print(f"# {name}: {counts[0]}; {took:.0f} s")
        tap.check(done.returncode == 0 and len(set(counts)) == 1 and "passed" in counts[0], f"{name}: every rank ends alike",
                  f"exit code {done.returncode}; {counts}\n{done.stderr[-2000:]}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--ranks", type=int, default=0)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--module", default="sharr")
    parser.add_argument("--spill", action="store_true")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--out", help=argparse.SUPPRESS)
    args, rest = parser.parse_known_args()
    if not SUITE:
        sharrtest.skip_all("ARRAY_API_TESTS_DIR does not say where the suite is")
    if args.one:
        one_rank(args, rest)
    tap = sharrtest.Tap()
    if args.ranks or args.spill:
        args.ranks = args.ranks or 1
        run(tap, args, rest)
    else:
        for args.ranks, args.spill in ((1, False), (3, False), (1, True)):
            run(tap, args, rest)
    tap.finish()


if __name__ == "__main__":
    main()
