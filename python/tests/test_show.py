# SPDX-License-Identifier: BSD-3-Clause
"""What is shown: repr and HTML compute nothing, str only what it prints; progress, and Ctrl-C."""

import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET

import h5py
import numpy as np
import pytest

import sharr as sp
from sharr import _core, _evaluate, _show

HUGE = (1 << 20, 1 << 20, 1 << 10)


def counter(name):
    value, i = _core.ffi.new("int64_t *"), 0
    while (found := _core.lib.sharr_context_counter(_core.context, i, value, _core.ffi.NULL)) != _core.ffi.NULL:
        if _core.ffi.string(found).decode() == name:
            return value[0]
        i += 1
    raise KeyError(name)


def test_repr_and_html_compute_nothing():
    x = sp.sin(sp.zeros(HUGE)) + 1
    assert str(HUGE) in repr(x) and "float64" in repr(x) and f"nbytes={x.nbytes}" in repr(x)
    assert "8192.00 TiB" in x._repr_html_()


def test_str_computes_the_corners(path, values):
    before = counter("chunks_decoded")
    with sp.open(path) as f:
        t = f["t2m"]
        assert str(t[:2, :2, 0]) == str(values[:2, :2, 0])
        assert str(t) == str(values)
        assert counter("chunks_decoded") - before <= 1 + 8      # of 4 * 3 * 2: those at the corners
    assert str(sp.arange(1 << 50)).startswith("[               0                1") and "..." in str(sp.arange(1 << 50))
    assert f"{sp.asarray(1.5):.3f}" == "1.500" and f"{sp.asarray([1, 2])}" == "[1 2]"


@pytest.mark.parametrize("shape,chunks", [
    ((), None), ((5,), None), ((5,), (2,)), ((0,), None), ((7, 9), (2, 3)), ((60, 40, 30), (16, 16, 16)), ((3, 4, 5, 6), None),
    (HUGE, (1, 1, 1 << 10)), ((1, 1 << 40), (1, 1 << 10)), ((0, 3), (1, 3))], ids=str)
def test_diagram(shape, chunks):
    svg = _show.diagram(shape, chunks)
    if not shape:
        assert svg == ""
        return
    root = ET.fromstring(svg)
    assert len(root.findall("polygon")) == (3 if len(shape) > 2 else 1)
    assert len(root.findall("line")) < 6 * (_show.MOST_LINES + 2)
    labels = {t.text for t in root.findall("text")}
    assert {str(n) for n in shape[-min(3, len(shape)):]} <= labels
    width, height = float(root.get("width")), float(root.get("height"))
    for line in root.findall("line"):
        assert all(0 <= float(line.get(k)) <= m for k, m in (("x1", width), ("x2", width), ("y1", height), ("y2", height)))


def test_lines_of_the_diagram_are_chunks():
    root = ET.fromstring(_show.diagram((6, 4), (2, 2)))
    assert len(root.findall("line")) == (3 + 1) + (2 + 1)       # between 3 and 2 chunks, and the two ends


def test_html_of_a_dataset(path):
    t = sp.open(path)["t2m"]
    page = t._repr_html_()
    ET.fromstring(page)
    for part in (path, "float32", "(60, 40, 30)", "24 of (16, 16, 16)", "281.25 KiB"):
        assert part in page, part
    assert "&lt;" in (t < 1)._repr_html_()


def test_explain(path):
    text = sp.mean(sp.open(path)["t2m"], axis=0).explain()
    assert "t2m" in text or "sweep" in text
    assert sp.mean(sp.open(path)["t2m"]).explain(json=True).startswith("{")


# ---- progress -------------------------------------------------------------------------------------

def progress(seconds, done):
    return _core.ffi.new("sharr_progress *", {"sweep": 1, "sweeps": 1, "done": done, "total": 100, "seconds": seconds})


@pytest.mark.parametrize("tqdm", [True, False])
def test_progress(tqdm, monkeypatch, capsys):
    if tqdm:
        pytest.importorskip("tqdm")
    else:
        monkeypatch.setitem(sys.modules, "tqdm", None)
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with sp.config(progress="on"):
        run = _evaluate._Run()
        run.report(progress(1.9, 10))
        assert capsys.readouterr().err == ""
        run.report(progress(2.1, 50))
        assert "50" in capsys.readouterr().err
        run.finish()
    with sp.config(progress="off"):
        run = _evaluate._Run()
        run.report(progress(9, 50))
        run.finish()
    with sp.config(progress="auto"):            # no terminal
        run = _evaluate._Run()
        run.report(progress(9, 50))
        run.finish()
    err = capsys.readouterr().err
    assert "50" not in err


INTERRUPTED = """
import os, signal, sys, threading
import sharr as sp
x = sp.sum(sp.sin(sp.arange(1 << 45)))
started = threading.Event()
from sharr import _evaluate
class Watched(_evaluate._Run):
    def report(self, p):
        os.kill(os.getpid(), signal.SIGINT)     # it is under way
_evaluate._Run = Watched
for again in range(2):
    try:
        if again:
            sp.save(sys.argv[1], {"x": sp.sin(sp.arange(1 << 40))})
        else:
            float(x)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
_evaluate._Run = Watched.__mro__[1]
assert int(sp.sum(sp.arange(1000000))) == 499999500000
print(os.listdir(os.path.dirname(sys.argv[1])))
"""


def test_an_interrupt_ends_an_evaluation(tmp_path):
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, str(tmp_path / "out.h5")], capture_output=True, text=True,
                          timeout=120, env={**os.environ, "SHARR_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:3] == ["interrupted", "interrupted", "[]"]
    assert signal.SIGINT not in (done.returncode, -done.returncode)
