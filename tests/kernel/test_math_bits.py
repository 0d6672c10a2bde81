#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The math source has the same bits from every compiler, level and vector width.

math_probe.c is compiled for each combination (with $CC, and with each clang that is there); those the
processor can run are compared, function by function, with the first: scalars, baseline x86-64.  A NaN
equals a NaN.  No object may need a function of libm, none of clang's an instruction that it is known to get wrong
(src/kernel/llvm_errata.h).  The bitcode for the JIT has plain vector
signatures and declares nothing but intrinsics that every target has; without fma none that x86-64 v1
would turn into calls.
"""
import ctypes
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np

TOP = os.environ.get("top_srcdir", os.path.join(os.path.dirname(__file__), "..", ".."))
FLAGS = ["-std=gnu11", "-O2", "-fPIC", "-shared", "-ffp-contract=off", "-fno-math-errno",
         "-fno-trapping-math", "-Wall", "-Wextra", "-Werror", "-Wno-psabi",
         "-I" + os.path.join(TOP, "src"), "-I" + os.path.join(TOP, "tests")]
LEVELS = {"v1": "x86-64", "v2": "x86-64-v2", "v3": "x86-64-v3", "v4": "x86-64-v4"}
VARIANTS = {"cc": ["v1 8", "v1 16", "v2 16", "v3 8", "v3 32", "v3 64", "v4 64"],
            "clang": ["v1 16", "v3 32", "v4 64"]}
COUNT = 20_000
SIMPLE = "copysign ctlz cttz fabs fshl is.fpclass lifetime.end lifetime.start smax smin sqrt umax umin vector.reduce.or"
WITH_FMA = SIMPLE + " ceil floor fma roundeven trunc"


class Probe(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("nargs", ctypes.c_int),
                ("f64", ctypes.c_void_p), ("f32", ctypes.c_void_p)]


def level_runs(level):
    with open("/proc/cpuinfo") as f:
        flags = next((set(line.split()) for line in f if line.startswith("flags")), set())
    needed = {"v1": {"sse2"}, "v2": {"sse4_1", "sse4_2", "ssse3", "popcnt"},
              "v3": {"avx2", "fma", "bmi1", "bmi2", "f16c", "movbe", "abm"},
              "v4": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}}
    return needed[level] <= flags


def build(compiler, variant, directory):
    level, size = variant.split()
    path = os.path.join(directory, f"{os.path.basename(compiler[0])}-{level}-{size}.so")
    subprocess.run([*compiler, *FLAGS, "-march=" + LEVELS[level], "-DMATH_BYTES=" + size,
                    "-DMATH_PROBE=math_probe_v1", "-o", path,
                    os.path.join(TOP, "tests", "kernel", "math_probe.c")], check=True)
    return path


def libm_symbols(path):
    """Undefined symbols, but for what the C runtime puts into a shared object."""
    nm = subprocess.run(shlex.split(os.environ.get("NM", "nm")) + ["-D", "-u", path], check=True, text=True,
                        capture_output=True).stdout
    names = {line.split()[-1].split("@")[0] for line in nm.splitlines() if line.strip()}
    return sorted(n for n in names if not n.startswith("_") and n not in ("memcpy", "memset"))


def doubtful(path):
    """Masked VPTERNLOG: clang gives some the truth table of another order of operands."""
    prefix = [bytes(b for b in range(256) if test(b)) for test in (lambda b: b & 15 == 3, lambda b: b & 7 == 5, lambda b: b & 7)]
    pattern = b"\x62" + b"".join(b"[" + re.escape(s) + b"]" for s in prefix) + b"\x25"
    with open(path, "rb") as f:
        return re.findall(pattern, f.read(), re.S)


def probes(path):
    table = (Probe * 200).in_dll(ctypes.CDLL(path), "math_probe_v1")
    found = []
    for p in table:
        if not p.name:
            return found
        found.append(p)
    raise AssertionError("the table has no end")


def arguments(dtype, seed):
    """Bit patterns, ordinary numbers, and all pairs of the numbers where something changes."""
    rng = np.random.default_rng(seed)
    bits = np.uint64 if dtype == np.float64 else np.uint32
    info = np.finfo(dtype)
    x = [rng.integers(0, np.iinfo(bits).max, size=COUNT, dtype=bits, endpoint=True).view(dtype),
         rng.normal(size=COUNT) * 10.0 ** rng.integers(-3, 4, size=COUNT),
         rng.integers(-300, 300, size=COUNT) / 4]
    y = [rng.integers(0, np.iinfo(bits).max, size=COUNT, dtype=bits, endpoint=True).view(dtype),
         rng.normal(size=COUNT) * 10.0 ** rng.integers(-3, 3, size=COUNT),
         rng.integers(-50, 50, size=COUNT) / 2]
    edges = [0.0, 0.5, 1, 1.5, 2, 2.5, 3, np.pi / 4, np.pi / 2, np.pi, 88.7, 104, 709.78, 745.2, 1e5, 131072,
             2.0**23, 2.0**24, 2.0**40, 2.0**52, 2.0**53, info.tiny, info.tiny / 8, info.max, info.eps,
             np.inf, np.nan]
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.array(edges).astype(dtype)
        e = np.concatenate([e, -e, np.nextafter(e, dtype(0)), np.nextafter(-e, dtype(-np.inf))])
        a, b = np.meshgrid(e, e)
        return (np.concatenate([*x, a.ravel()]).astype(dtype),
                np.concatenate([*y, b.ravel()]).astype(dtype))


def evaluate(probe, dtype, x, y):
    out = np.empty_like(x)
    address = probe.f64 if dtype == np.float64 else probe.f32
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(address)
    call(x.ctypes.data, y.ctypes.data, out.ctypes.data, x.size)
    out[np.isnan(out)] = np.nan
    return out.view(np.uint64 if dtype == np.float64 else np.uint32)


def differences(reference, path):
    """One line per function whose bits are not those of the first variant."""
    lines = []
    for probe in probes(path):
        for dtype in (np.float64, np.float32):
            x, y = arguments(dtype, 1)
            got = evaluate(probe, dtype, x, y)
            want = reference.setdefault((probe.name, dtype), got)
            wrong = np.flatnonzero(got != want)
            if wrong.size:
                i = wrong[0]
                lines.append(f"{probe.name.decode()} {dtype.__name__}: {wrong.size} of {x.size} differ, first "
                             f"({float(x[i]).hex()}, {float(y[i]).hex()}): {got[i]:#x} is not {want[i]:#x}")
    return lines


def bitcode_faults(clang, size, soft):
    """What is wrong with the IR of math_bitcode.c for vectors of `size` bytes."""
    text = subprocess.run([*clang, "-std=gnu11", "-O2", "-march=x86-64-v4", "-ffp-contract=off",
                           "-fno-math-errno", "-fno-trapping-math", "-I" + os.path.join(TOP, "src"),
                           f"-DMATH_BYTES={size}", f"-DMATH_SOFT_FMA={soft}", "-S", "-emit-llvm", "-o", "-",
                           os.path.join(TOP, "src", "kernel", "math_bitcode.c")],
                          check=True, text=True, capture_output=True).stdout
    allowed = (SIMPLE if soft else WITH_FMA).split()
    faults = [f"declares {name}" for name in re.findall(r"^declare .*@([\w.]+)\(", text, re.M)
              if re.sub(r"^llvm\.|(\.(v\d+)?[ifp]\d+)+$", "", name) not in allowed]
    functions = re.findall(r"^define [^@]*?([\w]+|<[^>]*>) @sharr_math_(\w+)_([fu]\d+)x(\d+)\((.*?)\) ", text, re.M)
    for result, name, bits, lanes, arguments in functions:
        element = {"f64": "double", "f32": "float", "u64": "i64"}[bits]
        vector = element if lanes == "1" else f"<{lanes} x {element}>"
        arguments = arguments.split(", ")
        if result == "void" and name.startswith("c") and arguments[-1].startswith("ptr") and len(arguments) % 2:
            arguments, result = arguments[:-1], vector              # complex: the parts are stored
        if result != vector or any(not a.startswith(vector) for a in arguments):
            faults.append(f"{name}: {result} ({arguments})")
    return faults if len(functions) >= 100 else faults + [f"only {len(functions)} functions"]


def main():
    cc = shlex.split(os.environ.get("CC", "gcc"))
    clangs = [[c] for c in ("clang-22", "clang-19") if shutil.which(c)]
    todo = [(cc, v) for v in VARIANTS["cc"]] + [(c, v) for c in clangs for v in VARIANTS["clang"]]
    bitcode = [(c, size, soft) for c in clangs for size in (8, 64) for soft in (0, 1)]
    reference, failed = {}, 0

    print(f"1..{len(todo) + len(bitcode)}")
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(os.cpu_count()) as pool:
        checked = [pool.submit(bitcode_faults, *job) for job in bitcode]
        paths = list(pool.map(lambda job: build(*job, directory), todo))
        for number, ((compiler, variant), path) in enumerate(zip(todo, paths), 1):
            lines = [f"needs {s}" for s in libm_symbols(path)]
            if "clang" in compiler[0]:
                lines += [f"doubtful instruction: {code.hex(' ')}" for code in doubtful(path)]
            runs = level_runs(variant.split()[0])
            if runs:
                lines += differences(reference, path)
            for line in lines:
                print("#", line)
            failed += bool(lines)
            print("not ok" if lines else "ok", number, "-", *compiler, variant,
                  "" if runs or lines else "# SKIP built, the processor cannot run it", flush=True)
    for number, ((clang, size, soft), check) in enumerate(zip(bitcode, checked), len(todo) + 1):
        faults = check.result()
        for fault in faults:
            print("#", fault)
        failed += bool(faults)
        print("not ok" if faults else "ok", number, "- bitcode", *clang, size, "soft fma" if soft else "fma")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
