# SPDX-License-Identifier: BSD-3-Clause
"""The jobs of the benchmark: who runs what, what it is measured against, and the bar."""

import dataclasses
import importlib.util
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# Black-Scholes as an expression; the same formulas as peers/blackscholes.c.  Names with '_' are not printed.
NORMAL = ("_k{n} = 1 / (1 + 0.2316419 * abs(_d{n})); "
          "_p{n} = _k{n} * (0.31938153 + _k{n} * (-0.356563782 + _k{n} * (1.781477937 + "
          "_k{n} * (-1.821255978 + _k{n} * 1.330274429)))); "
          "_w{n} = 0.39894228 * exp(-0.5 * _d{n} * _d{n}) * _p{n}; _n{n} = where(_d{n} > 0, 1 - _w{n}, _w{n}); ")
BLACK_SCHOLES = ("_q = /v * sqrt(/t); _d1 = (log(/s / /k) + (0.02 + 0.5 * /v * /v) * /t) / _q; _d2 = _d1 - _q; " +
                 NORMAL.format(n=1) + NORMAL.format(n=2) + "sum(/s * _n1 - /k * exp(-0.02 * /t) * _n2)")


@dataclasses.dataclass
class Entrant:
    name: str
    command: list
    outputs: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Job:
    name: str
    base: str                   # entrant that is 1.0
    bar: float
    entrants: list
    max_peak: int = None

    def bar_text(self):
        memory = f", peak {self.max_peak / 1e6:.0f} MB" if self.max_peak else ""
        return f"{self.bar:g}{memory}"


def importable(name):
    return importlib.util.find_spec(name) is not None


class Maker:
    def __init__(self, sharr, data, programs, threads):
        self.sharr, self.data, self.programs, self.threads = sharr, data, programs, threads

    def own(self, text, *inputs, name="sharr", output=None, threads=None, launch=(), options=()):
        command = list(launch) + [self.sharr, "-q", "--json", f"-j{threads or self.threads}", *options]
        if output:
            command += ["-o", output, "--overwrite"]
        return Entrant(name, command + [text, *inputs], [output] if output else [])

    def limit(self, mode, codec, output=None, name=None):
        path = self.data[codec]     # the same file: what another has of large pages in the cache decides 20 percent
        command = [self.programs["limits"], mode, path, path + ".chunks", codec, str(self.data["chunk_bytes"]), str(self.threads)]
        return Entrant(name or mode, command + ([output] if output else []), [output] if output else [])

    def python(self, what, *args, output=None):
        names = {"h5py": [], "h5pys": [], "numpy": []}      # the others are called what they import
        kind = what.split("-")[0]
        if not all(importable(m) for m in names.get(kind, [kind])):
            return []
        command = [sys.executable, os.path.join(HERE, "peers", "python_peers.py"), what, str(self.threads), *map(str, args)]
        name = f"{self.threads} x h5py sum" if kind == "h5pys" else what.replace("-", " ")
        return [Entrant(name, command, [output] if output else [])]

    def blosc2(self, what, codec, output=None):
        path = self.data.get(codec + " blosc2")
        return self.python("blosc2-" + what, path, *([output] if output else []), output=output) if path else []

    def c(self, program, *args, output=None, launch=(), name=None):
        if program not in self.programs:
            return []
        return [Entrant(name or program, [*launch, self.programs[program], *map(str, args)], [output] if output else [])]

    def reads(self):
        for codec in ("raw", "zstd", "deflate"):
            path = self.data[codec]
            peers = self.c("h5dread", path, "x") + self.python("h5py-sum", path) + self.python("h5pys-sum", path)
            peers += self.python("dask-sum", path) + self.blosc2("sum", codec)
            if shutil.which("cdo") and codec == "deflate":
                peers.append(Entrant("cdo", ["cdo", "-s", "fldsum", path, self.data["dir"] + "/cdo.nc"],
                                     [self.data["dir"] + "/cdo.nc"]))
            name = "pread" if codec == "raw" else "decode"
            yield Job(f"sum, {codec} chunks", name, 1.15,
                      [self.limit("decode", codec, name=name), self.own("sum(/x)", path)] + peers)

    def writes(self):
        d, path = self.data["dir"], self.data["zstd"]
        ranks = ["mpiexec.mpich", "-n", "2"]
        yield Job("zstd, 2x+1, zstd", "recode", 1.15,
                  [self.limit("recode", "zstd", d + "/limit.bin"), self.own("y = 2 * /x + 1", path, output=d + "/own.h5")] +
                  self.c("h5dread", path, "x", d + "/c.h5", output=d + "/c.h5") +
                  self.python("h5py-recode", path, d + "/h5py.h5", output=d + "/h5py.h5") +
                  self.python("dask-recode", path, d + "/dask.h5", output=d + "/dask.h5") +
                  self.blosc2("recode", "zstd", d + "/own.b2nd"), 100_000_000)
        # The anomalies hold more noise than x, so the limit encodes them, not x.
        anomaly = self.limit("anomaly", "zstd", d + "/limit.bin")
        anomaly.command += [str(self.data["chunk_width"]), str(self.data["chunks_across"])]
        yield Job("x - mean(x, axis=0), zstd", "anomaly", 1.15,
                  [anomaly,
                   self.own("y = /x - mean(/x, axis=0)", path, output=d + "/own.h5")] +
                  self.python("h5py-anomaly", path, d + "/h5py.h5", output=d + "/h5py.h5"), 100_000_000)
        if shutil.which(ranks[0]):
            yield Job("zstd, 2x+1, zstd on 2 ranks", "1 rank, 2 threads", 1.2,
                      [self.own("y = 2 * /x + 1", path, output=d + "/own.h5", name="1 rank, 2 threads", threads=2),
                       self.own("y = 2 * /x + 1", path, output=d + "/two.h5", threads=1, launch=ranks)] +
                      self.c("h5mpio", path, "x", d + "/mpio.h5", output=d + "/mpio.h5", launch=ranks,
                             name="collective H5Dwrite"))

    def computes(self):
        d, path = self.data["dir"], self.data["options"]
        args = [path, *self.data["options_offset"], self.data["options_count"], self.threads]
        yield Job("sum of Black-Scholes, raw", "blackscholes", 1.2,
                  self.c("blackscholes", *args) + [self.own(BLACK_SCHOLES, path)] +
                  self.python("numpy-options", path) + self.python("numexpr-options", path) + self.python("numba-options", path))
        x = self.data["zstd"]
        four = "a = sum(/x, axis=0); b = min(/x, axis=0); c = max(/x, axis=0); e = mean(/x * /x, axis=0)"
        yield Job("four reductions, one reduction", "one", 1.3,
                  [self.own("a = sum(/x, axis=0)", x, output=d + "/one.h5", name="one"),
                   self.own(four, x, output=d + "/own.h5")])
        two = "u = 2 * /x + 1; w = /x * /x"
        yield Job("two outputs, with four reductions", "two outputs", 1.3,
                  [self.own(two, x, output=d + "/two.h5", name="two outputs"),
                   self.own(two + "; " + four, x, output=d + "/own.h5")])
        yield Job("1 MB file, max(2x+1): whole process", "15 ms", 1.0,
                  [Entrant("15 ms", ["sleep", "0.015"]), self.own("max(2 * /x + 1)", self.data["small"])] +
                  self.python("numpy-small", self.data["small"]))


def all_jobs(sharr, data, programs, threads):
    m = Maker(sharr, data, programs, threads)
    return [*m.reads(), *m.writes(), *m.computes()]
