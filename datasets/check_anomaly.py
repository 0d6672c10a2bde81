# SPDX-License-Identifier: BSD-3-Clause
"""check_anomaly.py INPUT DATASET RESULT: /anom and /sd of RESULT against NumPy in double precision."""

import os
import sys

import h5py
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import h5frames


def main():
    path, name, result = sys.argv[1:]
    with h5py.File(path, "r") as f, h5py.File(result, "r") as r:
        x = h5frames.read(f[name])
        anomaly, sd = h5frames.read(r["anom"]), h5frames.read(r["sd"])
    mean = x.mean(axis=0, dtype="f8").astype("f4")
    deviation = x.std(axis=0, dtype="f8")
    scale = float(np.abs(x).max()) * np.finfo("f4").eps
    worst = float(np.abs(anomaly - (x - mean)).max()), float(np.abs(sd - deviation).max())
    # The mean, rounded to float32, may fall on the neighbour; nothing else may differ.
    good = anomaly.shape == x.shape and sd.shape == mean.shape and worst[0] <= 2 * scale and worst[1] <= 2 * scale
    print(f"  NumPy in double precision: largest difference {worst[0]:.2g} in anom, {worst[1]:.2g} in sd"
          f" ({'within rounding' if good else 'too much'})")
    sys.exit(not good)


if __name__ == "__main__":
    main()
