# SPDX-License-Identifier: BSD-3-Clause
"""The extension module sharr._sharr, made by cffi from the library's own headers.

Two users: setup.py (`pip install .`), which finds an installed libsharr by pkg-config, and the Makefile:

    sharr_build.py INCLUDE_DIR OUT.c        only write the C code
    sharr_build.py --dist-info OUT_DIR      what pip would write of pyproject.toml: METADATA and entry_points.txt
"""

import os
import re
import shlex
import subprocess
import sys

import cffi

HEADERS = ("sharr/error.h", "sharr/types.h", "sharr.h", "sharr/array.h")

CALLBACKS = """
extern "Python" {
    int sharr_py_progress(void *arg, const sharr_progress *p);
    int sharr_py_visit(void *arg, const sharr_item *it);
    void sharr_py_release(void *arg);
    int sharr_py_map(void *arg, const sharr_block *in, int nin, const sharr_block *out, int nout, sharr_error *err);
    void sharr_py_log(void *arg, int level, const char *line);
}
"""


def declarations(include):
    """What the headers declare, as cffi wants it: without preprocessor and attributes."""
    text = ""
    for name in HEADERS:
        with open(os.path.join(include, name), encoding="utf-8") as f:
            text += f.read()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"#ifdef __cplusplus.*?#endif", "", text, flags=re.S)
    text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
    text = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", text)
    return text.replace("SHARR_API ", "") + CALLBACKS


def pkg_config(option):
    try:
        out = subprocess.run(["pkg-config", option, "sharr"], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as e:
        raise SystemExit("libsharr was not found: `make install` it first, and let PKG_CONFIG_PATH lead to sharr.pc "
                         f"({getattr(e, 'stderr', None) or e})") from None
    return shlex.split(out)


# What cffi generates uses memset and alloca, and Python.h of 3.13 declares neither.
NEEDED = ["-include", "string.h", "-include", "alloca.h"]


def builder(include, **options):
    ffi = cffi.FFI()
    ffi.cdef(declarations(include))
    ffi.set_source("sharr._sharr", '#include "sharr/array.h"\n', py_limited_api=True, **options)
    return ffi


def for_setup():
    flags, libs = pkg_config("--cflags"), pkg_config("--libs")
    include = subprocess.run(["pkg-config", "--variable=includedir", "sharr"], check=True, capture_output=True,
                             text=True).stdout.strip()
    where = [f[2:] for f in libs if f.startswith("-L")]
    return builder(include, extra_compile_args=[*flags, *NEEDED], extra_link_args=libs, runtime_library_dirs=where)


def write_dist_info(out):
    """So that a package that make has installed is found by its entry points too."""
    import tomllib
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pyproject.toml"), "rb") as f:
        project = tomllib.load(f)["project"]
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "METADATA"), "w", encoding="utf-8") as f:
        f.write(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
                f"Summary: {project['description']}\nRequires-Python: {project['requires-python']}\n")
        f.writelines(f"Requires-Dist: {needed}\n" for needed in project["dependencies"])
    with open(os.path.join(out, "entry_points.txt"), "w", encoding="utf-8") as f:
        for group, names in project["entry-points"].items():
            f.write(f"[{group}]\n" + "".join(f"{name} = {where}\n" for name, where in names.items()))


if __name__ == "__main__":
    if sys.argv[1] == "--dist-info":
        write_dist_info(sys.argv[2])
    else:
        builder(sys.argv[1]).emit_c_code(sys.argv[2])
