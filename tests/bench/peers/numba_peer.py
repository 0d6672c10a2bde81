# SPDX-License-Identifier: BSD-3-Clause
"""Black-Scholes with numba, compiled once: a module of its own, because numba keeps the code of such functions only."""

import numba
import numpy as np


@numba.njit(fastmath=True, cache=True)
def normal(d):
    a = 1 / (1 + np.float32(0.2316419) * abs(d))
    p = a * (np.float32(0.31938153) + a * (np.float32(-0.356563782) + a * (np.float32(1.781477937) + a * (
        np.float32(-1.821255978) + a * np.float32(1.330274429)))))
    w = np.float32(0.39894228) * np.exp(np.float32(-0.5) * d * d) * p
    return 1 - w if d > 0 else w


@numba.njit("f8(f4[::1], f4[::1], f4[::1], f4[::1])", parallel=True, fastmath=True, cache=True)
def total(s, k, t, v):
    out = 0.0
    for i in numba.prange(s.shape[0]):
        q = v[i] * np.sqrt(t[i])
        d = (np.log(s[i] / k[i]) + (np.float32(0.02) + np.float32(0.5) * v[i] * v[i]) * t[i]) / q
        out += s[i] * normal(d) - k[i] * np.exp(np.float32(-0.02) * t[i]) * normal(d - q)
    return out
