# SPDX-License-Identifier: BSD-3-Clause
"""What --explain predicts is what happens: chunk decodes exactly, memory as an upper bound.

Random scripts over random files (the generator of the differential test), at several memory limits, thread and rank
counts.  The process as a whole stays within --memory + 64 MiB.

    test_promise.py [--seed N] [--rounds N] [--seconds N]
"""

import argparse
import json
import os
import tempfile
import time

import sharrtest
from test_differential import Round

SLACK = 64 << 20


def counters(text):
    return json.loads(text.strip().splitlines()[-1])


def one_case(r, options, ranks):
    """Problems of one way of running the script; None: it did not fit and said so."""
    out = os.path.join(r.directory, "promise.h5")
    args = ["-q", "--jit=vm", "-o", out, "--overwrite", "-f", r.script] + options + r.inputs.paths
    code, plan, err = sharrtest.run(args + ["--explain=json"], ranks, timeout=120)
    if code == 69:
        return None
    if code:
        return [f"--explain: exit {code}: {err}"]
    code, record, err = sharrtest.run(args + ["--json"], ranks, timeout=120)
    if code:
        return [f"exit {code}: {err}"]
    plan, record = json.loads(plan), counters(record)
    c = record["counters"]
    problems = []
    predicted = sum(s["chunks_decoded"] for s in plan["sweeps"])
    counted = c["chunks_decoded"] + c["chunks_fill"]
    if not ranks and predicted != counted:
        problems.append(f"{predicted} decodes predicted, {counted} counted")
    if c["memory_peak"] > plan["memory"]:
        problems.append(f"{plan['memory']} bytes predicted, {c['memory_peak']} used")
    if record["peak_memory"] > plan["memory_limit"] + SLACK:
        problems.append(f"the process grew to {record['peak_memory']} bytes with --memory {plan['memory_limit']}")
    return problems


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--rounds", type=int, default=30)
    p.add_argument("--seconds", type=float, default=60)
    args = p.parse_args()
    tap, start = sharrtest.Tap(), time.time()
    ways = [(["-j1"], 0), (["-j3"], 0), (["-m16MiB", "-j2"], 0), (["-m8MiB", "-j1"], 0), (["-j1"], 2)]
    for seed in range(args.seed, args.seed + args.rounds):
        if time.time() - start > args.seconds:
            break
        with tempfile.TemporaryDirectory() as directory:
            r = Round(seed, directory, 12)
            if r.first() is None:
                tap.check(False, f"script of seed {seed}", "\n".join(r.problems))
                continue
            problems = []
            for options, ranks in ways:
                if ranks and (seed % 5 or not sharrtest.mpiexec(ranks)):
                    continue
                problems += [f"{options}, {ranks} ranks: {x}" for x in one_case(r, options, ranks) or []]
            tap.check(not problems, f"script of seed {seed} keeps its plan", "\n".join(problems))
    tap.finish()


if __name__ == "__main__":
    main()
