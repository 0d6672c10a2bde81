# SPDX-License-Identifier: BSD-3-Clause
"""Random programs against NumPy: its values, and the same bits with other memory, threads, back ends, places and ranks.

EXAMPLES: how many programs (default: 60, and a third of them on ranks)."""

import os
import subprocess
import sys

import numpy as np
import pytest

from test_ranks import find_launcher

pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, given, settings      # noqa: E402
from hypothesis import strategies as st                  # noqa: E402

import programs                                          # noqa: E402
import sharr as sp                                       # noqa: E402

EXAMPLES = int(os.environ.get("EXAMPLES", 60))


def test_the_same_whatever_the_setting(tmp_path):
    values = programs.make_files(tmp_path)
    seen = {"large": 0, "refused": 0}

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize="EXAMPLES" not in os.environ,
              suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data):
        name, steps, want = programs.draw_program(data.draw, values)
        seen["large"] += values[name].size > 100000
        for k in range(len(programs.CHUNKS)):
            first = None
            for way in programs.WAYS:
                try:
                    with sp.config(**way), sp.open(tmp_path / f"{k}.h5") as f:
                        got = programs.results(f[name], steps)
                except MemoryError as e:                # says how much is needed
                    assert way["memory"] != "64MiB" and "memory: this needs" in str(e)
                    seen["refused"] += 1
                    continue
                np.testing.assert_array_equal(got[0], want)
                bits = [x.tobytes() for x in got]
                first = first or bits
                assert bits == first, way
    check()
    assert seen["large"] > EXAMPLES // 4 and seen["refused"] < EXAMPLES // 4


@pytest.mark.parametrize("n", [2, 3])
def test_the_same_on_ranks(n, tmp_path):
    launcher = find_launcher()
    if not launcher:
        pytest.skip("no launcher")
    programs.make_files(tmp_path)
    for ranks in 1, n:
        command = [launcher, *os.environ.get("MPIEXEC_FLAGS", "").split(), "-n", str(ranks)] if ranks > 1 else []
        done = subprocess.run([*command, sys.executable, programs.__file__, str(tmp_path), str(max(1, EXAMPLES // 3))],
                              capture_output=True, text=True, timeout=60 + 3 * EXAMPLES)
        assert done.returncode == 0, done.stderr
    said = [p.read_text().split() for p in sorted(tmp_path.glob("bits.*"))]
    assert len(said) == n + 1 and len({len(s) for s in said}) == 1
    for one in zip(*said):
        assert len(set(one) - {"-"}) <= 1, one
    assert sum(s.count("-") for s in said) < EXAMPLES // 4
