# SPDX-License-Identifier: BSD-3-Clause
"""Assignments that cast, and arrays that are changed or forgotten while they are used."""

import numpy as np
import pytest

import sharr as sp


def test_assignments_cast_as_numpy_does_in_place():
    """NumPy's "same_kind": to fewer bits of the same kind, never to another kind of fewer."""
    a = np.zeros((3, 4), np.float32)
    x = sp.asarray(a)
    for values in (np.arange(4), np.linspace(0, 1, 4), np.float64(0.1)):
        x[1], a[1] = values, values
        assert x.dtype == np.float32 and np.array_equal(x.to_numpy(), a)
    x[0], a[0] = sp.sum(sp.arange(5.0)), 10
    x *= np.float64(0.3)
    a *= np.float64(0.3)
    x += sp.asarray(np.arange(4))
    a += np.arange(4)
    assert x.dtype == np.float32 and np.array_equal(x.to_numpy(), a)
    i = sp.asarray(np.arange(3, dtype=np.uint8))
    for bad in (np.arange(3), np.ones(3)):
        with pytest.raises(TypeError, match="cannot cast"):
            i[:] = bad
        with pytest.raises(TypeError, match="cannot cast"):
            i += bad


def test_an_array_may_be_changed_while_it_is_used():
    class Index:
        def __index__(self):
            x[...] = sp.zeros(1000)
            return 3

    for _ in range(100):
        x = sp.asarray(np.arange(1000.0)) + 1
        assert np.array_equal(sp.roll(x, Index()).to_numpy(), np.roll(np.arange(1000.0) + 1, 3))


def test_values_of_arrays_that_nobody_keeps():
    x = sp.asarray(np.arange(12.0).reshape(3, 4))
    assert np.array_equal(sp.evaluate(x + 1), np.arange(12.0).reshape(3, 4) + 1)        # of its rows
    assert np.array_equal(sp.evaluate(y * 2 for y in (x, x)), [x.to_numpy() * 2] * 2)
    with pytest.raises(TypeError, match="list of sharr arrays"):
        sp.evaluate([1.0])
