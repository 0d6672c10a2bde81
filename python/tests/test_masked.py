# SPDX-License-Identifier: BSD-3-Clause
"""NumPy's masked arrays: one with masked elements is refused with the way out, wherever it comes from; others are taken."""

import numpy as np
import pytest

import sharr as sp

M = np.ma.masked_array([1.0, 2.0, 3.0], [False, True, False])
PLAIN = np.ma.masked_array([1.0, 2.0, 3.0], [False, False, False])


def assign(x, key, value):
    x[key] = value


@pytest.mark.parametrize("use", [
    lambda x, m: sp.asarray(m), lambda x, m: sp.asarray([m, m]), lambda x, m: sp.asarray([1.0, [m]][1]), lambda x, m: sp.mean(m),
    lambda x, m: sp.sin(m), lambda x, m: x + m, lambda x, m: x < m, lambda x, m: sp.add(m, x), lambda x, m: sp.eval("m + 1", m=m),
    lambda x, m: sp.concat([x, m]), lambda x, m: sp.where(x > 1, m, x), lambda x, m: assign(x, ..., m), lambda x, m: assign(x, m > 1, 0),
    lambda x, m: x[m > 1], lambda x, m: sp.take(x, m.astype(int)), lambda x, m: sp.repeat(x, m.astype(int)),
    lambda x, m: np.add(x, m), lambda x, m: np.where(m > 1, x, 0), lambda x, m: np.concatenate([x, m]), lambda x, m: sp.full((2,), m[1]),
    lambda x, m: np.heaviside(x, m), lambda x, m: sp.arange(m[1]), lambda x, m: sp.searchsorted(x, m), lambda x, m: np.mean(x, where=m > 1),
], ids=range(24))
def test_masked_elements_are_refused(use):
    x = sp.asarray([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"m\.filled\(value\)"):
        use(x, M)
    assert x.to_numpy().tolist() == [1, 2, 3]


def test_save_refuses(tmp_path):
    with pytest.raises(ValueError, match="filled"):
        sp.save(tmp_path / "x.h5", {"m": M})
    assert not (tmp_path / "x.h5").exists()


def test_without_masked_elements():
    x = sp.asarray(PLAIN)
    for got in (x, x + PLAIN - PLAIN, sp.asarray([PLAIN])[0], sp.eval("m", m=PLAIN), sp.asarray(np.ma.masked_array([1.0, 2.0, 3.0]))):
        assert got.to_numpy().tolist() == [1, 2, 3]
    assert x[PLAIN > 1].to_numpy().tolist() == [2, 3]
    assert np.ma.is_masked(M + x)                   # NumPy's own, which keeps the mask
