# SPDX-License-Identifier: BSD-3-Clause
"""The compiled part; all else is in pyproject.toml."""

from setuptools import setup

setup(cffi_modules=["sharr_build.py:for_setup"], options={"bdist_wheel": {"py_limited_api": "cp311"}})
