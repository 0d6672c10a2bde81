# SPDX-License-Identifier: BSD-3-Clause
"""Random views and creation functions for exprgen: slices, flips, rolls, reshapes, joins."""

import numpy as np

from exprgen import ATOM, Val
from npsem import Skip, cast, promote


def apply(a, text, f):
    """The same view of the value and of its bound."""
    err = None if a.err is None else f(np.broadcast_to(a.err, a.arr.shape))
    return Val(text, ATOM, f(a.arr), err)


def random_slice(rng, n):
    def edge():
        return rng.randint(-n - 1, n + 1) if rng.random() < 0.8 else None
    step = rng.choice([None, None, None, 1, 2, 3, -1, -1, -2, 7])
    return slice(edge() if rng.random() < 0.7 else None, edge() if rng.random() < 0.7 else None, step)


def slice_text(s):
    def part(v):
        return "" if v is None else str(v)
    return f"{part(s.start)}:{part(s.stop)}" + ("" if s.step is None else f":{s.step}")


def index(rng, a):
    items, texts, d = [], [], 0
    ellipsis = False
    while d < a.arr.ndim:
        n, p = a.arr.shape[d], rng.random()
        if p < 0.12 and not ellipsis:
            rest = rng.randint(0, a.arr.ndim - d)
            items.append(Ellipsis)
            texts.append("...")
            ellipsis, d = True, d + rest
            continue
        if p < 0.2:
            items.append(None)
            texts.append("newaxis")
            continue
        if p < 0.4 and n > 0:
            i = rng.randint(-n, n - 1)
            items.append(i)
            texts.append(str(i))
        elif p < 0.5:
            items.append(slice(None))
            texts.append(":")
        else:
            s = random_slice(rng, n)
            items.append(s)
            texts.append(slice_text(s))
        d += 1
        if not ellipsis and rng.random() < 0.1:         # the dimensions that follow are taken whole
            break
    if not items:
        raise Skip
    return apply(a, f"{a.at(ATOM)}[{', '.join(texts)}]", lambda x: x[tuple(items)])


def permute(rng, a):
    if rng.random() < 0.2:
        return apply(a, f"permute_dims({a.text})", np.transpose)
    axes = list(range(a.arr.ndim))
    rng.shuffle(axes)
    return apply(a, f"permute_dims({a.text}, ({', '.join(map(str, axes))}{',' if len(axes) == 1 else ''}))",
                 lambda x: np.transpose(x, axes))


def flip(rng, a):
    if a.arr.ndim == 0:
        raise Skip
    if rng.random() < 0.3:
        return apply(a, f"flip({a.text})", np.flip)
    d = rng.randrange(a.arr.ndim)
    return apply(a, f"flip({a.text}, axis={d})", lambda x: np.flip(x, d))


def roll(rng, a):
    if a.arr.ndim == 0:
        raise Skip
    k = rng.randint(-9, 9)
    d = rng.randrange(a.arr.ndim)
    if rng.random() < 0.15:
        return apply(a, f"roll({a.text}, {k})", lambda x: np.roll(x, k))
    if rng.random() < 0.2 and a.arr.ndim > 1:
        e = (d + 1) % a.arr.ndim
        m = rng.randint(-5, 5)
        return apply(a, f"roll({a.text}, ({k}, {m}), axis=({d}, {e}))", lambda x: np.roll(x, (k, m), (d, e)))
    return apply(a, f"roll({a.text}, {k}, axis={d})", lambda x: np.roll(x, k, d))


def expand(rng, a):
    d = rng.randint(-a.arr.ndim - 1, a.arr.ndim)
    return apply(a, f"expand_dims({a.text}, axis={d})", lambda x: np.expand_dims(x, d))


def squeeze(rng, a):
    ones = [d for d, n in enumerate(a.arr.shape) if n == 1]
    if not ones:
        raise Skip
    if rng.random() < 0.3:
        return apply(a, f"squeeze({a.text})", np.squeeze)
    d = rng.choice(ones)
    return apply(a, f"squeeze({a.text}, axis={d})", lambda x: np.squeeze(x, d))


def factor(rng, n):
    """n as a product of one to four extents."""
    shape = []
    while n > 1 and len(shape) < 3:
        divisors = [k for k in range(2, min(n, 60) + 1) if n % k == 0]
        if not divisors or rng.random() < 0.3:
            break
        k = rng.choice(divisors)
        shape.append(k)
        n //= k
    shape.append(n)
    rng.shuffle(shape)
    return shape


def reshape(rng, a):
    if a.arr.size == 0:
        raise Skip
    shape = factor(rng, a.arr.size)
    if rng.random() < 0.5 and a.arr.ndim > 1:               # merge or split neighbours only
        d = rng.randrange(a.arr.ndim - 1)
        shape = list(a.arr.shape[:d]) + [a.arr.shape[d] * a.arr.shape[d + 1]] + list(a.arr.shape[d + 2:])
    text = list(map(str, shape))
    if rng.random() < 0.3:
        text[rng.randrange(len(text))] = "-1"
    comma = "," if len(text) == 1 else ""
    return apply(a, f"reshape({a.text}, ({', '.join(text)}{comma}))", lambda x: np.reshape(x, shape))


def broadcast_to(rng, a):
    shape = [n if n != 1 or rng.random() < 0.3 else rng.randint(1, 5) for n in a.arr.shape]
    if rng.random() < 0.5:
        shape.insert(0, rng.randint(1, 4))
    if not shape:
        raise Skip
    comma = "," if len(shape) == 1 else ""
    return apply(a, f"broadcast_to({a.text}, ({', '.join(map(str, shape))}{comma}))",
                 lambda x: np.broadcast_to(x, shape))


def join_values(name, parts, d, kw):
    t = promote([p.arr for p in parts])
    f = np.concatenate if name == "concat" else np.stack
    err = None
    if any(p.err is not None for p in parts):
        if any(p.err is not None and p.dtype != t for p in parts):
            raise Skip
        err = f([np.broadcast_to(0.0 if p.err is None else p.err, p.arr.shape) for p in parts], axis=d)
    return Val(f"{name}([{', '.join(p.text for p in parts)}]{kw})", ATOM, f([cast(p.arr, t) for p in parts], axis=d), err)


def join(rng, name, parts):
    """concat along an axis along which the extents may differ, or stack."""
    shapes = [p.arr.shape for p in parts]
    nd = len(shapes[0])
    if any(len(s) != nd for s in shapes) or nd == 0 and name == "concat":
        raise Skip
    if name == "stack":
        if len(set(shapes)) > 1:
            raise Skip
        d = rng.randint(-nd - 1, nd)
    else:
        fits = [d for d in range(nd) if len({s[:d] + s[d + 1:] for s in shapes}) == 1]
        if not fits:
            raise Skip
        d = rng.choice(fits)
    return join_values(name, parts, d, "" if d == 0 and rng.random() < 0.5 else f", axis={d}")


def create(rng):
    """arange, linspace (exact steps only), full, zeros, ones, eye."""
    p, n, m = rng.random(), rng.randint(1, 40), rng.randint(1, 30)
    t = np.dtype(rng.choice(["float32", "float64", "int32", "uint8", "int64"]))
    if p < 0.3:
        start, step = rng.randint(-20, 20), rng.choice([1, 1, 2, 3, -1, -2])
        return Val(f"arange({start}, {start + step * n}, {step})", ATOM,
                   np.arange(start, start + step * n, step, dtype=np.int64))
    if p < 0.4:
        return Val(f"arange({n}, dtype={t.name})", ATOM, np.arange(n, dtype=t))
    if p < 0.5:
        k = 2 ** rng.randint(0, 6)
        start = rng.randint(-8, 8)
        return Val(f"linspace({start}, {start + 4}, {k + 1})", ATOM, np.linspace(start, start + 4, k + 1))
    if p < 0.7:
        v = rng.choice([0, 1, 7, 100])
        return Val(f"full(({n}, {m}), {v}, dtype={t.name})", ATOM, np.full((n, m), v, dtype=t))
    if p < 0.85:
        name = rng.choice(["zeros", "ones"])
        f = np.zeros if name == "zeros" else np.ones
        return Val(f"{name}(({n}, {m}), dtype={t.name})", ATOM, f((n, m), dtype=t))
    k = rng.choice([0, 0, 1, -2])
    more = f", k={k}" if k else ""
    return Val(f"eye({n}, {m}{more}, dtype={t.name})", ATOM, np.eye(n, m, k, dtype=t))


VIEWS = [index] * 6 + [permute, permute, flip, roll, roll, expand, squeeze, reshape, reshape, broadcast_to]


def view(rng, a):
    if a.weak:
        raise Skip
    return rng.choice(VIEWS)(rng, a)
