#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Files for the walk: netCDF-4 conventions, groups that contain themselves, names that are not ASCII, nesting.

    make_h5walk.py DIR
"""
import os
import sys

import h5py
import numpy as np

from make_h5in import make_references

PLACEHOLDER = "This is a netCDF dimension but not a netCDF variable%10d"


def make_netcdf():
    with h5py.File("netcdf.nc", "w") as f:
        for name, n in (("time", 4), ("lat", 3), ("lon", 5)):
            f[name] = np.arange(float(n))
            f[name].make_scale(PLACEHOLDER % n if name == "lon" else name)
        f.create_dataset("t2m", (4, 3, 5), "f4", chunks=(1, 3, 5), compression=1, shuffle=True)
        f.create_dataset("half", (4, 7), "i2")
        for dset, names in (("t2m", ("time", "lat", "lon")), ("half", ("time",))):
            for i, name in enumerate(names):
                f[dset].dims[i].attach_scale(f[name])
        f["text"] = np.array([b"ab"])


def make_cycles():
    with h5py.File("cycles.h5", "w") as f:
        g = f.create_group("g")
        g["self"] = g                              # hard links: the group contains itself and the root
        g["root"] = f["/"]
        f["again"] = g
        f["x"] = np.int8(1)
        g["same"] = f["x"]
        f["größe"] = np.arange(3.0)
        f["named"] = np.dtype("f4")


def make_deep():
    with h5py.File("deep.h5", "w", libver="latest") as f:
        g = f
        for i in range(300):
            g = g.create_group("d")
        g["x"] = np.int32(7)


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    os.chdir(sys.argv[1])
    make_netcdf()
    make_cycles()
    make_deep()
    make_references()


if __name__ == "__main__":
    main()
