# SPDX-License-Identifier: BSD-3-Clause
"""What an array looks like: its facts without computing anything, its values where text is asked for.

repr and the notebook's HTML show shape, type, source, chunks and bytes; str computes the corners that it prints."""

import math
import os

import numpy

from . import _core
from ._core import ffi, lib


def origin(x):
    """(file, dataset, chunks or None) of an array that is a dataset as it lies in a file; else None."""
    facts = ffi.new("sharr_origin *")
    if not lib.sharr_array_origin(_core.context, x._handle, facts):
        return None
    chunks = None if facts.chunk == ffi.NULL else tuple(facts.chunk[i] for i in range(x.ndim))
    return os.fsdecode(ffi.string(facts.file)), ffi.string(facts.path).decode(errors="replace"), chunks


def source(x, limit):
    """(where the values come from, chunks or None)."""
    found = origin(x)
    if found is None:
        return _core.text_of(lib.sharr_array_text(x._handle, limit)), None
    file, path, chunks = found
    return f"{file}:{path}", chunks


def line(x):
    """What repr shows."""
    where, chunks = source(x, 60)
    if chunks is not None:
        where += f", chunks={chunks}"
    return f"<sharr.Array shape={x.shape}, dtype={x.dtype}, nbytes={x.nbytes}, {where}>"


def short(x, width):
    """The source, in so many characters."""
    where = f"sharr: {source(x, width)[0]}"
    return where if len(where) <= width else where[:max(width - 3, 0)] + "..."


def text(x):
    """As NumPy prints it; of a large array only the corners are computed.  Collective."""
    if x.size <= numpy.get_printoptions()["threshold"]:
        return str(x.to_numpy())
    from ._array import apply
    edge = numpy.get_printoptions()["edgeitems"]
    for axis, extent in enumerate(x.shape):
        if extent > 2 * edge + 1:
            first, last = [slice(None)] * x.ndim, [slice(None)] * x.ndim
            first[axis], last[axis] = slice(edge + 1), slice(-edge, None)
            x = apply("concat", [x[tuple(first)], x[tuple(last)]], axis=axis)
    return numpy.array2string(x.to_numpy(), threshold=0, edgeitems=edge)


# ---- HTML -----------------------------------------------------------------------------------------

LONGEST, SHORTEST, MOST_LINES = 140, 12, 24


def _bytes(n):
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if n < 1024 or unit == "TiB":
            return f"{n:.0f} {unit}" if unit == "B" else f"{n:.2f} {unit}"
        n /= 1024


def _lengths(shape):
    """Pixels of the sides: longer for larger extents, none too short to be seen."""
    most = max(shape)
    return [max(SHORTEST, LONGEST * math.sqrt(n / most)) if n else SHORTEST for n in shape]


def _marks(extent, chunk, length):
    """Where chunks meet, in pixels; of too many, evenly chosen ones."""
    if not extent or not chunk:
        return [0, length]
    n = -(-extent // chunk)
    every = -(-n // MOST_LINES)
    return [length * i * chunk / extent for i in range(0, n, every)] + [length]


def _segment(x1, y1, x2, y2):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _face(at, along, across, marks1, marks2):
    """A parallelogram with the lines of its chunks."""
    (x, y), (ax, ay), (bx, by) = at, along, across
    corners = [(x, y), (x + ax, y + ay), (x + ax + bx, y + ay + by), (x + bx, y + by)]
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
    lines = [_segment(x + ax * t, y + ay * t, x + ax * t + bx, y + ay * t + by) for t in marks1]
    lines += [_segment(x + bx * t, y + by * t, x + bx * t + ax, y + by * t + ay) for t in marks2]
    return f'<polygon points="{points}" fill="#9cc3d5" fill-opacity="0.6"/>' + "".join(lines)


def _label(x, y, value, anchor="middle"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" stroke="none" fill="currentColor">{value}</text>'


def diagram(shape, chunks):
    """An SVG of the last three dimensions and their chunks; "" when there is nothing to draw."""
    if not shape:
        return ""
    last = ((1,) + tuple(shape))[-max(2, min(3, len(shape))):]
    cut = ((1,) + tuple(chunks))[-len(last):] if chunks else last
    sides = _lengths(last)
    share = [[m / side for m in _marks(n, c, side)] for n, c, side in zip(last, cut, sides)]
    height, width = sides[-2:]
    depth = sides[0] / 2 if len(last) == 3 else 0
    at = (10 + depth, 10 + depth)
    parts = [_face(at, (width, 0), (0, height), share[-1], share[-2])]
    if depth:
        parts.append(_face((10, 10), (width, 0), (depth, depth), share[-1], share[0]))
        parts.append(_face((10, 10), (0, height), (depth, depth), share[-2], share[0]))
        parts.append(_label(10, 20 + height + depth / 2, last[0], "start"))
    parts.append(_label(at[0] + width / 2, at[1] + height + 14, last[-1]))
    if len(shape) > 1:
        parts.append(_label(at[0] + width + 5, at[1] + height / 2 + 4, last[-2], "start"))
    size = f'width="{at[0] + width + 90:.0f}" height="{at[1] + height + 24:.0f}"'
    return f'<svg {size} stroke="#33667f" stroke-width="0.7" font-size="11">{"".join(parts)}</svg>'


def page(x):
    """What a notebook shows: the facts as a table, and a diagram of the chunks.  Computes nothing."""
    import html                         # takes milliseconds, most programs show no pages
    where, chunks = source(x, 200)
    rows = [("shape", x.shape), ("dtype", x.dtype), ("bytes", _bytes(x.nbytes)), ("source", where)]
    if chunks is not None:
        count = math.prod(-(-n // c) if c else 0 for n, c in zip(x.shape, chunks))
        rows.append(("chunks", f"{count} of {chunks}"))
    cells = "".join(f"<tr><th style='text-align:left'>{name}</th><td style='text-align:left'>{html.escape(str(value))}</td></tr>"
                    for name, value in rows)
    return (f"<table><tr><td><table><tbody>{cells}</tbody></table></td><td>{diagram(x.shape, chunks)}</td></tr></table>")
