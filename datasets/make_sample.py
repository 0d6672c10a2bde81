#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A realistic sample in seconds: make_sample.py FILE [--years N]

Four float32 fields of (days, 361, 720), 100 MB each for a quarter of a year, with coordinates: smooth patterns
(latitude, season, travelling waves) plus noise, rounded to 1/1024 as packed observations are, in different
chunkings and codecs, two of them in groups.  The same file every time.
"""

import argparse
import os
import sys

import h5py
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import h5frames

NLAT, NLON = 361, 720

# name, mean, amplitude of the latitude pattern, of the waves, of the noise, chunks (0: whole extent), codec
FIELDS = [
    ("t2m", 278.0, 30.0, 6.0, 0.8, (8, 181, 180), "zstd"),
    ("surface/sp", 985.0, 20.0, 12.0, 0.5, (0, 19, 36), "deflate"),
    ("wind/u10", 0.0, 8.0, 7.0, 1.5, (1, 0, 0), None),
    ("wind/v10", 0.0, 2.0, 7.0, 1.5, None, None),
]


def field(rng, days, mean, zonal, waves, noise):
    lat = np.linspace(np.pi / 2, -np.pi / 2, NLAT, dtype="f4")[:, None]
    lon = np.linspace(0, 2 * np.pi, NLON, endpoint=False, dtype="f4")[None, :]
    out = np.empty((days, NLAT, NLON), "f4")
    numbers = rng.integers(2, 9, 4)
    speeds = rng.uniform(-0.3, 0.3, 4).astype("f4")
    for day in range(days):
        season = np.float32(np.cos(2 * np.pi * day / 365.25))
        x = mean + zonal * np.cos(2 * lat - 0.4 * season)
        for k, c in zip(numbers, speeds):
            x = x + (waves / 4) * np.cos(lat) ** 2 * np.cos(k * lon + c * np.float32(day) + 3 * lat)
        x = x + noise * rng.standard_normal((NLAT, NLON), dtype="f4")
        out[day] = np.rint(x * 1024) / 1024
    return out


def add(f, name, data, chunks, codec):
    if chunks is None:
        d = f.create_dataset(name, data=data)
    else:
        chunks = tuple(c or n for c, n in zip(chunks, data.shape))
        level = 4 if codec == "deflate" else 1
        d = h5frames.create(f, name, data, chunks, level, shuffled=codec is not None, codec=codec)
    for i, scale in enumerate(("time", "lat", "lon")):
        d.dims[i].attach_scale(f[scale])
    d.attrs["units"] = {"t2m": "K", "sp": "hPa"}.get(name.split("/")[-1], "m s-1")


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("file")
    p.add_argument("--years", type=float, default=0.25)
    args = p.parse_args()
    days = max(2, round(365.25 * args.years))
    rng = np.random.default_rng(20240131)
    temporary = args.file + ".part"
    with h5py.File(temporary, "w") as f:
        f.attrs["title"] = "synthetic fields made by make_sample.py"
        for name, values in (("time", np.arange(days, dtype="f8")), ("lat", np.linspace(90, -90, NLAT)),
                             ("lon", np.arange(NLON) * 0.5)):
            f[name] = values
            f[name].make_scale(name)
        f["time"].attrs["units"] = "days since 2024-01-01"
        for name, mean, zonal, waves, noise, chunks, codec in FIELDS:
            add(f, name, field(rng, days, mean, zonal, waves, noise), chunks, codec)
    os.replace(temporary, args.file)


if __name__ == "__main__":
    main()
