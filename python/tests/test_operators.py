# SPDX-License-Identifier: BSD-3-Clause
"""Python's operators with what is no array; divmod and round."""

import numpy as np
import pytest

import sharr as sp

U = np.array([1.5, -7.25, 3.125, 0.5], "float32")


@pytest.mark.parametrize("y", [3, -2.5, np.float32(2), U[::-1].copy(), sp.asarray(U + 9)])
def test_divmod(y):
    for got, want in zip(divmod(sp.asarray(U), y), divmod(U, np.asarray(y) if isinstance(y, sp.Array) else y)):
        assert isinstance(got, sp.Array) and got.dtype == want.dtype
        np.testing.assert_array_equal(got.to_numpy(), want)
    for got, want in zip(divmod(7, sp.asarray(U)), divmod(7, U)):
        np.testing.assert_array_equal(got.to_numpy(), want)
    with pytest.raises(TypeError):
        divmod(sp.asarray(U), "3")


def test_round():
    x, a = sp.asarray(U), U
    assert round(sp.mean(x), 2).dtype == "float32" and float(round(sp.mean(x), 2)) == float(np.round(a.mean(), 2))
    assert round(sp.asarray(2.5)) == 2 and isinstance(round(sp.asarray(2.5)), int)
    for got, want in ((round(x, 1), np.round(a, 1)), (x.round(2), a.round(2)), (round(x), np.round(a)), (x.round(), a.round())):
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got.to_numpy(), want)
    big = np.array([123456789, -55, 15, 25])
    np.testing.assert_array_equal(sp.asarray(big).round(-1).to_numpy(), big.round(-1))


@pytest.mark.parametrize("use", [lambda x: x * [1.0, 2.0], lambda x: [1.0, 2.0] * x, lambda x: x + (1, 2), lambda x: [1] - x,
                                 lambda x: x < [1, 2], lambda x: x ** (2,)])
def test_lists_are_no_arrays(use):
    with pytest.raises(TypeError, match=r"sharr\.asarray"):
        use(sp.asarray(U))
    with pytest.raises(TypeError, match=r"sharr\.asarray"):
        use(sp.asarray(np.arange(3)))
    x = sp.asarray(U)
    with pytest.raises(TypeError, match=r"sharr\.asarray"):
        x *= [1, 2, 3, 4]


def test_one_integer_repeats_a_list():
    assert [0] * sp.asarray(3) == [0, 0, 0] and sp.asarray(2) * "ab" == "abab"
