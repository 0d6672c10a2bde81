# SPDX-License-Identifier: BSD-3-Clause
"""The types say what is there: names, parameters, defaults; and mypy, where it is installed, takes the README's example."""

import ast
import importlib.util
import inspect
import os
import subprocess
import sys

import pytest

import sharr as sp

STUB = os.path.join(os.path.dirname(sp.__file__), "__init__.pyi")


def shown(signature):
    """Names, kinds and defaults, without types."""
    return str(signature.replace(return_annotation=inspect.Signature.empty, parameters=[
        p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]))


def stubbed(node):
    """The signature of a function of the stub."""
    for arg in ast.walk(node.args):
        if isinstance(arg, ast.arg):
            arg.annotation = None
    scope = {}
    exec(f"def f({ast.unparse(node.args)}): pass", scope)
    return shown(inspect.signature(scope["f"]))


def definitions(body):
    for node in body:
        if isinstance(node, ast.AnnAssign):
            yield node.target.id, None
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name, node


TREE = ast.parse(open(STUB, encoding="utf-8").read())
NAMES = {name: node for name, node in definitions(TREE.body) if not name.startswith("_") or name.startswith("__")}


@pytest.mark.parametrize("name", sorted(n for n, node in NAMES.items() if isinstance(node, ast.FunctionDef)))
def test_functions(name):
    there, said = shown(inspect.signature(getattr(sp, name))), stubbed(NAMES[name])
    if name == "config":
        return
    assert said == there


def test_names():
    for name in NAMES:
        assert hasattr(sp, name), name
    own = {"Array": sp.Array, "File": sp.File, "_Config": type(sp.config)}
    for node in TREE.body:
        if isinstance(node, ast.ClassDef) and node.name in own:
            for name, _ in definitions(node.body):
                assert hasattr(own[node.name], name) or name in dir(sp.config) + ["path"], (node.name, name)
    missing = {n for n in vars(sp.Array) if not n.startswith("_")} - {n.name for n in ast.walk(NAMES["Array"])
                                                                     if isinstance(n, ast.FunctionDef)}
    assert not missing
    assert os.path.exists(os.path.join(os.path.dirname(STUB), "py.typed"))


GOOD = """
import sharr as sp
with sp.open("era5.nc") as f:
    t = f["t2m"]
    anom: sp.Array = t - sp.mean(t, axis=0)
    sp.save("anomaly.h5", {"anom": anom, "sd": sp.std(t, axis=0)})
    print(float(sp.max(sp.abs(anom))))
x = 2 * t[1:, ...] @ t.T
x[x > 3] = 5.0
with sp.config(memory="1GiB") as c:
    print(c.memory, x.to_numpy().sum())
"""
BAD = ("sp.mean('x')", "sp.open(3)", "sp.arange(3).shapes", "sp.zeros(3, kind='f')", "sp.sum(sp.arange(3), 0)", "sp.sinus")


def mypy(text, tmp_path):
    (tmp_path / "use.py").write_text(text)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull, "use.py"]
    env = {**os.environ, "MYPYPATH": os.path.dirname(os.path.dirname(sp.__file__))}
    return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300)


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_mypy(tmp_path):
    done = mypy(GOOD, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    done = mypy("import sharr as sp\n" + "\n".join(BAD), tmp_path)
    for line in range(2, 2 + len(BAD)):
        assert f"use.py:{line}: error" in done.stdout, (BAD[line - 2], done.stdout)
