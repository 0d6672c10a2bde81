# SPDX-License-Identifier: BSD-3-Clause
"""NumPy's masked arrays: sharr has no masks, and what is masked is never taken for a value."""

import sys

_MESSAGE = ("a masked array with masked elements: sharr has no masks; give it values, m.filled(value), of floats "
            "m.filled(float('nan'))")


def unmasked(x):
    """x as it is, if nothing in it is masked.  Lists are looked through, as numpy.asarray does.

    Raises ValueError."""
    masked = sys.modules.get("numpy.ma")
    if masked is not None:
        _look(x, masked)
    return x


def _look(x, masked):
    if isinstance(x, masked.MaskedArray):
        if masked.is_masked(x):
            raise ValueError(_MESSAGE)
    elif isinstance(x, (list, tuple)):
        if any(issubclass(t, (list, tuple, masked.MaskedArray)) for t in set(map(type, x))):
            for item in x:
                _look(item, masked)
