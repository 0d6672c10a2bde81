# SPDX-License-Identifier: BSD-3-Clause
"""Functions that the Array API has not, with NumPy's names: pad and einsum; deferred."""

import numpy

from . import _functions as sp
from ._array import apply, from_numpy
from ._creation import asarray
from ._gather import gather

MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


def pad(array, pad_width, mode="constant", constant_values=0):
    """An array with more around it, as numpy.pad does: constant, edge, reflect, symmetric or wrap."""
    if mode not in MODES:
        raise ValueError(f"pad: mode is one of {', '.join(MODES)}, not {mode!r}")
    array = from_numpy(array)
    widths = numpy.broadcast_to(pad_width, (array.ndim, 2)).tolist()
    fills = numpy.broadcast_to(constant_values, (array.ndim, 2)).tolist()
    for axis, ((before, after), fill) in enumerate(zip(widths, fills)):
        if not before and not after:
            continue
        if mode != "constant":
            array = gather(array, numpy.pad(numpy.arange(array.shape[axis]), (before, after), mode=mode), axis)
            continue
        shapes = [array.shape[:axis] + (n,) + array.shape[axis + 1:] for n in (before, after)]
        first, last = [apply("full", shape, value, dtype=array.dtype) for shape, value in zip(shapes, fill)]
        array = apply("concat", [first, array, last], axis=axis)
    return array


def _labels(term, ndim, wide):
    """One label for each dimension of an operand; those under ... are numbers."""
    if "..." not in term:
        found = list(term)
    else:
        first, last = term.split("...")
        count = wide if ndim is None else ndim - len(first) - len(last)
        found = [*first, *range(wide - count, wide), *last]
    if (ndim is not None and len(found) != ndim) or len(set(found)) != len(found):
        raise ValueError(f"einsum: {term!r} does not name each of {ndim} dimensions once")
    return found


def einsum(subscripts, /, *operands):
    """Sums of products over named dimensions, as in numpy.einsum("ij,jk->ik", a, b); streamed.  A name stands once in an
    operand."""
    operands = [asarray(x) for x in operands]
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        raise ValueError(f"einsum: {subscripts!r} is for {len(terms)} arrays, not {len(operands)}")
    wide = max([x.ndim - len(t.replace("...", "")) for t, x in zip(terms, operands) if "..." in t], default=0)
    named = [_labels(t, x.ndim, wide) for t, x in zip(terms, operands)]
    every = [label for labels in named for label in labels]
    letters = sorted({label for label in every if isinstance(label, str)})
    if arrow:
        kept = _labels(output, None, wide)
    else:
        kept = [*range(wide), *[label for label in letters if every.count(label) == 1]]
    if not set(kept) <= set(every):
        raise ValueError(f"einsum: {subscripts!r} has names in its output that no array has")
    order = kept + [label for label in dict.fromkeys(every) if label not in kept]
    t = sp.result_type(*operands)
    product = None
    for x, labels in zip(operands, named):
        x = sp.permute_dims(sp.astype(x, t), sorted(range(x.ndim), key=lambda d: order.index(labels[d])))
        x = x[tuple(slice(None) if label in labels else None for label in order)]
        product = x if product is None else apply("multiply", product, x)
    over = tuple(range(len(kept), len(order)))
    return sp.sum(product, axis=over, dtype=t) if over else product
