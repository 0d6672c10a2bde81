# SPDX-License-Identifier: BSD-3-Clause
"""The tests of the Python package (python/tests, pytest) against the build tree, as TAP.

    test_package.py [arguments of pytest]
"""

import contextlib
import os
import sys

import sharrtest

STAGE = os.path.join(os.path.abspath(sharrtest.BUILD), "python", "stage")
SOURCE = os.path.join(os.environ.get("top_srcdir", os.path.join(os.path.dirname(__file__), "..", "..")), "python", "tests")


class Speaker:
    """A line of TAP for every test, on a stream of its own."""

    def __init__(self, tap, out):
        self.tap, self.out = tap, out

    def say(self, *what):
        with contextlib.redirect_stdout(self.out):
            self.tap.check(*what)

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.failed or report.skipped:
            self.say(not report.failed, report.nodeid + (" (skipped)" if report.skipped else ""), report.longreprtext)

    def pytest_collectreport(self, report):
        if report.failed:
            self.say(False, report.nodeid, report.longreprtext)


def main():
    if os.environ.get("SANITIZER", "no") != "no":
        sharrtest.skip_all("the interpreter is not built with sanitizers")
    if not os.path.exists(os.path.join(STAGE, "sharr", "_sharr.so")):
        sharrtest.skip_all("configured without the Python package")
    try:
        import pytest
    except ImportError:
        sharrtest.skip_all("no pytest")
    libs = os.path.join(os.path.abspath(sharrtest.BUILD), ".libs")
    if libs not in os.environ.get("LD_LIBRARY_PATH", "").split(":"):    # the loader reads it once
        os.environ["LD_LIBRARY_PATH"] = ":".join(filter(None, [libs, os.environ.get("LD_LIBRARY_PATH")]))
        os.environ["PYTHONPATH"] = ":".join(filter(None, [STAGE, os.environ.get("PYTHONPATH")]))
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.argv])
    tap, out = sharrtest.Tap(), os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)                       # pytest's own report goes to the log
    pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "--capture=no", SOURCE, *sys.argv[1:]],
                plugins=[Speaker(tap, out)])
    with contextlib.redirect_stdout(out):
        tap.finish()


if __name__ == "__main__":
    main()
