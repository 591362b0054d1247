#!/usr/bin/env python3
"""A second implementation of the bit contract, version 1, in NumPy.

It was written from docs/bits.md, shares no code with the library and needs Python 3.9 and NumPy only.

    python3 reference/initializers.py verify FILE   generates a safetensors file's tensors again and compares all bytes;
                                                    FILE may be a folder or an index of several files
    python3 reference/initializers.py needs FILE    lists the file's distributions whose tables are absent, one a line:
                                                    the arguments of `initializers tables`

Tables are those of tables.json in the folder of this program, and of the files that the variable INITIALIZERS_TABLES
names, with colons between them. The exit code is 0 if everything that was compared is equal.
"""
import math, sys
from dataclasses import replace
from fractions import Fraction
import numpy as np
from arithmetic import FLOAT8, U, clamp, encode, f32, fma1, fma32, fma64, formula, narrow, stft
from specs import (IDENTITY, Request, Unsupported, child, compose, distribution, integer, line, needs, number, numbers,
                   pluses, read_files, request, sampled, settled, tables, text_of, unwrapped)

AUX, COMPANION = 1 << 62, 1 << 63
# Tensors that are made as a whole.
WHOLE = ("orthogonal", "sparse", "permutation", "normalized", "stft")


# --- words

def philox(key, stream, block):
    low, m, k0, k1 = U(32), U(0xFFFFFFFF), key & 0xFFFFFFFF, key >> 32
    x0, x1, x2, x3 = block & m, block >> low, U(stream & 0xFFFFFFFF), U(stream >> 32)
    for _ in range(10):
        p, q = x0 * U(0xD2511F53), x2 * U(0xCD9E8D57)
        x0, x1, x2, x3 = (q >> low) ^ x1 ^ U(k0), q & m, (p >> low) ^ x3 ^ U(k1), p & m
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return x0, x1, x2, x3


def words(key, stream, index, flags=0):
    """The words of elements, as uint64; `flags` are the bits of auxiliary and companion blocks."""
    index = np.asarray(index).astype(U)
    n = index.size
    if n == 0 or n > 1 and not (index[1:] - index[:-1] == 1).all():
        return np.choose((index & U(3)).astype(int), philox(key, stream, (index >> U(2)) | U(flags)))
    first, skip = int(index[0]) >> 2, int(index[0]) & 3
    block = np.arange(first, (int(index[0]) + n - 1 >> 2) + 1, dtype=U) | U(flags)
    return np.stack(philox(key, stream, block), axis=1).reshape(-1)[skip : skip + n]


def wide(key, stream, index, flags=0):
    """The 64-bit words: each word above its companion."""
    return words(key, stream, index, flags) << U(32) | words(key, stream, index, flags | COMPANION)


def times(w, n):
    """floor(W n / 2^64) for n up to 2^32."""
    return ((w >> U(32)) * n + ((w & U(0xFFFFFFFF)) * n >> U(32))) >> U(32)


# --- elements by their words

def quantile(key, w, double):
    """A distribution's quantiles at words, by its table."""
    split, c = tables()[key, double]
    bits, fma, rounded = (64, fma64, lambda x: x) if double else (32, fma32, f32)
    mask, top = U(2**bits - 1), U(2 ** (bits - 1))
    upper = w >= (top if split is None else U(split))
    n = np.where(upper, ~w & mask, w)
    v = (n * U(2) + U(1)) & mask
    # Leading zeros; the bit after the first one is cleared, so that no rounding moves the first.
    e = bits - np.frexp((v & ~(v >> U(1))).astype(np.float64))[1]
    if split is None:
        middle, slot = e == 0, e
        g = np.where(middle, U(0) - v, v << e.astype(U))
    else:
        beyond, e = n >= top, np.minimum(e, bits - 2)
        g, slot = np.where(beyond, n, v << e.astype(U)), np.where(beyond, bits - 1, e) + np.where(upper, bits, 0)
    a = rounded((g & mask).astype(np.float64)) * 2.0 ** (1 - bits)
    y = a - 1.5 if split is not None else np.where(middle, fma(a, a, -0.5), a - 1.5)
    q = c[-1][slot]
    for k in range(len(c) - 2, 0, -1):
        q = fma(q, y, c[k][slot])
    if split is not None:
        return fma(y, q, c[0][slot])
    r = np.where(middle, a, 1.0)
    z = fma(r, c[0][slot], rounded(rounded(r * y) * q))
    return np.where(upper, z, -z)


def drawn(element, t, at, steps):
    """A distribution's elements."""
    whole, m, *rest = settled(element, steps)
    if whole is None:
        return numbers(np.full(at.size, m), t, *rest)
    (key, location, scale, *interval), double = sampled(whole), t.dtype == "F64"
    if (key, double) not in tables() and key != ("uniform",):
        raise Unsupported(f"no table of {text_of(element, steps)}")
    fma, rounded = (fma64, float) if double else (fma32, lambda x: float(f32(x)))
    if m != IDENTITY:
        location, scale = fma1(m[0], location, m[1]), m[0] * scale
    w = (wide if double else words)(t.key, t.stream, t.place(at))
    if key == ("uniform",):
        bits, drop = (53, 11) if double else (24, 8)
        z = ((w >> U(drop)).astype(np.int64) * 2 + 1 - 2**bits).astype(np.float64) * 2.0**-bits
    else:
        z = quantile(key, w, double)
    x = fma(z, rounded(scale), rounded(location))
    return clamp(narrow(x, t.dtype), t.dtype, m[2:], sorted(line(m, e) for e in interval))


# --- matrices, kernels and whole numbers

def matrix(t, rows, columns, gain):
    """An orthogonal matrix from the auxiliary words of a request."""
    n, p, double = max(rows, columns), min(rows, columns), t.dtype == "F64"
    work = (lambda x: x) if double else f32
    fma, exact = (fma64, fma64) if double else (fma32, lambda a, b, c: a * b + c)
    k, r, x = np.arange(p), np.arange(n), np.zeros((n, p))
    lower = r[:, None] >= k
    index = (k * n + r[:, None]).T[lower.T]
    x.T[lower.T] = quantile(("normal",), (wide if double else words)(t.key, t.aux, index, AUX), double)
    s = np.zeros(p)
    for row in x:
        s = exact(row, row, s)
    top = x[k, k]
    sign = np.where(top >= 0, 1.0, -1.0)
    v, d = work(x * work(1 / (top + sign * np.sqrt(s)))), -sign
    v[~lower], v[k, k] = 0, 1
    if n == p:
        v[:, -1], d[-1] = 0, sign[-1]
    q = np.eye(n, p)
    for k0 in range((p - 1) // 64 * 64, -1, -64):
        panel, part = v[k0:, k0 : k0 + 64], q[k0:, k0:]
        m = panel.shape[1]
        g, triangle, w, u = np.zeros((m, m)), np.zeros((m, m)), np.zeros((m, p - k0)), np.zeros((m, p - k0))
        for row in panel:
            g = exact(row[:, None], row, g)
        for i in range(m):
            tau, s = 2 / g[i, i] if g[i, i] else 0.0, np.zeros(i)
            for l in range(i):
                s[: l + 1] = fma64(triangle[: l + 1, l], g[l, i], s[: l + 1])
            triangle[:i, i], triangle[i, i] = -tau * s, tau
        triangle = work(triangle)
        for row, old in zip(panel, part):
            w = fma(row[:, None], old, w)
        for l in range(m):
            u[: l + 1] = fma(triangle[: l + 1, l, None], w[l], u[: l + 1])
        for i in range(m):
            part = fma(-panel[:, i, None], u[i], part)
        q[k0:, k0:] = part
    q = work(q * work(d * gain))
    return q.T if rows < columns else q


def orthogonal(t, gain, steps):
    """A whole tensor of orthogonal matrices, by the roles of its axes."""
    m, s = IDENTITY, list(steps)
    while s:
        m = compose(s.pop(), m)
        if m[0] == 0 or m[2] == m[3]:
            return numbers(np.zeros(t.size), t, s + [m])
        if m[1:] == IDENTITY[1:]:
            gain, m = gain if m == IDENTITY else m[0] * gain, IDENTITY
    roles = ["rest" if r in ("in", "spatial") else r for r in t.roles()]
    stack, out, rest = ([i for i, r in enumerate(roles) if r == side] for side in ("stack", "out", "rest"))
    sides = (rest, out) if rest and out and max(rest) < min(out) else (out, rest)
    order = stack + sides[0] + sides[1]
    b, rows, columns = (math.prod(t.shape[i] for i in axes) for axes in (stack, *sides))
    parts = [replace(t, aux=child(t.aux, i)) for i in range(b)] if stack else [t]
    x = np.array([matrix(part, rows, columns, m[0] * gain) for part in parts])
    x = x.reshape([t.shape[i] for i in order]).transpose(np.argsort(order)).ravel()
    return clamp(narrow(x if m[1] == 0 else x + m[1], t.dtype), t.dtype, m[2:])


def kernel(t, at, name, v, steps):
    """Kernels of the roles out, in and spatial."""
    index, size, space = t.by_role(at)
    if name == "bilinear":
        x = np.ones(at.size)
        for a, k in space:
            f = (k + 1) // 2
            x = x * (1 - np.abs(a / f - (2 * f - 1 - f % 2) / (2 * f)))
        return numbers(x, t, steps)
    centre = np.ones(at.size, bool)
    for a, k in space:
        centre &= a == ((k - 1) // 2 if name == "delta_orthogonal" else k // 2)
    if name == "delta_orthogonal":
        roles = [r for r in dict.fromkeys(t.roles()) if r != "stack"]
        order = ["stack"] * ("stack" in t.roles()) + (roles[1:] if roles == ["spatial", "in", "out"] else ["out", "in"])
        part = replace(t, shape=tuple(size[r] for r in order), fan="layout " + ",".join(order))
        x = orthogonal(part, number(v["gain"]), steps).reshape(part.shape)[tuple(index[r] for r in order)]
        return np.where(centre, x, numbers(np.zeros(1), t, steps))
    groups = integer(v["groups"]) if name == "dirac" else 1
    outs = max(size["out"] // groups, 1)
    one = (index["in"] == index["out"] % outs) & (index["out"] < groups * outs)
    return numbers(np.where(centre & one, number(v["gain"]) if name == "identity" else 1.0, 0.0), t, steps)


def permutation(t):
    n, a = t.size, wide(t.key, t.aux, np.arange(t.size), AUX)
    if n <= 65536:
        to, x = times(a, np.arange(1, n + 1, dtype=U)).tolist(), list(range(n))
        for i in range(n - 1, 0, -1):
            x[i], x[to[i]] = x[to[i]], x[i]
        return np.array(x, np.float64)
    def f(x):
        x = (x ^ x >> U(30)) * U(0xBF58476D1CE4E5B9)
        x = (x ^ x >> U(27)) * U(0x94D049BB133111EB)
        return x ^ x >> U(31)
    bits, x, todo = (n - 1).bit_length(), np.arange(n, dtype=U), np.arange(n)
    half, low, high = U((bits + 1) // 2), U((1 << (bits + 1) // 2) - 1), U((1 << bits // 2) - 1)
    while todo.size:
        l, h = x[todo] & low, x[todo] >> half
        for r in range(0, 12, 2):
            h = (h ^ f(l + a[r])) & high
            l = (l ^ f(h + a[r + 1])) & low
        x[todo] = h << half | l
        todo = todo[x[todo] >= n]
    return x.astype(np.float64)


def whole_numbers(t, at, name, v):
    w = wide(t.key, t.stream, t.place(at))
    if name == "bernoulli":
        edge = math.ceil(Fraction(number(v["p"])) * 2**64)
        return w < U(edge) if edge < 2**64 else np.ones(at.size)
    low, n = integer(v["low"]), integer(v["high"]) - integer(v["low"])
    if n <= 2**32:
        return times(w, U(n)).astype(np.int64) + low
    pairs = zip(w.tolist(), wide(t.key, t.aux, at, AUX).tolist())
    return np.array([low + ((high << 64 | below) * n >> 128) for high, below in pairs], object)


# --- tensors

def stacked(t, at, axis, parts, steps):
    """Parts along an axis. Their elements keep the words of the whole tensor."""
    i, start, result = list(t.indices(at)), 0, np.zeros(at.size)
    for b, part in enumerate(parts):
        size = integer(part.left)
        shape = t.shape[:axis] + (size,) + t.shape[axis + 1 :]
        def place(j, shape=shape, start=start):
            whole = list(np.unravel_index(j, shape))
            whole[axis] = whole[axis] + start
            return t.place(np.ravel_multi_index(whole, t.shape))
        here = (i[axis] >= start) & (i[axis] < start + size)
        if here.any():
            local = np.ravel_multi_index([x[here] - start * (a == axis) for a, x in enumerate(i)], shape)
            result[here] = elements(part.right, replace(t, shape=shape, aux=child(t.aux, b), place=place), local, steps)
        start += size
    return result


def batched(t, at, axes, inner, steps):
    """Parts one after the other, each by the roles of the axes behind the batch's."""
    shape, n, result = t.shape[axes:], math.prod(t.shape[axes:]), np.zeros(at.size)
    named = t.fan.startswith("layout") and "," in t.fan and len(t.roles()) == len(t.shape)
    fan = "layout " + ",".join(t.fan[7:].split(",")[axes:]) if named else t.fan
    for b in np.unique(at // n):
        here = at // n == b
        part = replace(t, shape=shape, fan=fan, aux=child(t.aux, b), place=lambda j, b=b: t.place(j + b * n))
        result[here] = elements(inner, part, at[here] - b * n, steps)
    return result


def combined(t, at, name, v, steps):
    """Sums and normalized vectors, whose parts are drawn in float32 or float64."""
    work = t if t.dtype == "F64" else replace(t, dtype="F32")
    if name == "sum":
        parts, total = v["parts"].elts, 0.0
        for k, part in enumerate(parts):
            mark = "+" * (1 + pluses(parts[0])) + str(k)
            own = replace(work, stream=child(t.stream, mark), aux=child(t.aux, mark)) if k else work
            x = elements(part, own, at)
            total = total + x if k else x
        return numbers(total, t, steps, limited=True)
    axis = integer(v["axis"]) % len(t.shape)
    x = np.moveaxis(elements(v["inner"], work, np.arange(t.size)).reshape(t.shape), axis, 0)
    y = np.ldexp(x, 1 - np.frexp(np.abs(x).max(0))[1])
    s = np.zeros(y.shape[1:])
    for row in y:
        s = fma64(row, row, s)
    return numbers(np.moveaxis(y / np.sqrt(np.where(s == 0, 1, s)), 0, axis).ravel(), t, steps)[at]


def elements(spec, t, at, steps=()):
    """The elements at flat indices, as float64 values of the dtype, under steps around the spec, outermost first."""
    name, v, steps = unwrapped(spec, steps)
    element = distribution(name, v, t)
    if element:
        return drawn(element, t, at, steps)
    zero = lambda: numbers(np.zeros(1), t, steps)
    inner = lambda **changes: elements(v["inner"], replace(t, **changes), at, steps)
    listed = lambda key, kind=number: [kind(e) for e in v[key].elts]
    if name in ("zeros", "ones", "constant"):
        return numbers(np.full(at.size, number(v["value"]) if v else float(name == "ones")), t, steps)
    if name == "default_layout":
        return inner(fan=f"layout {v['layout'].id}" if t.fan in ("", "none") else t.fan)
    if name == "axis_fans":
        a, b = (math.prod(t.shape[i] for i in listed(k, integer)) for k in ("input_axes", "output_axes"))
        return inner(fan=f"in {a}, out {b}")
    if name == "literal":
        return numbers(np.array(listed("values"))[at % len(v["values"].elts)], t, steps)
    if name in ("mask", "padding", "sparse"):
        if name == "mask":
            off = np.array(listed("keep"))[at % len(v["keep"].elts)] == 0
        elif name == "padding":
            off = t.indices(at)[0] == integer(v["index"]) % t.shape[0]
        else:
            w = words(t.key, t.aux, np.arange(t.size), AUX).reshape(t.shape)
            off, count = np.zeros(t.shape, bool), math.ceil(number(v["sparsity"]) * t.shape[0])
            np.put_along_axis(off, np.argsort(w, axis=0, kind="stable")[:count], True, axis=0)
            off = off.ravel()[at]
        return np.where(off, zero(), inner(aux=child(t.aux, 0) if name == "sparse" else t.aux))
    if name == "stacked":
        return stacked(t, at, integer(v["axis"]) % len(t.shape), v["parts"].elts, steps)
    if name == "batched":
        return batched(t, at, integer(v["axes"]), v["inner"], steps)
    if name == "repeat":
        axis, i = integer(v["axis"]) % len(t.shape), list(t.indices(at))
        shape = t.shape[:axis] + (t.shape[axis] // integer(v["times"]),) + t.shape[axis + 1 :]
        i[axis] = i[axis] // integer(v["times"])
        j, back = np.unique(np.ravel_multi_index(i, shape), return_inverse=True)
        return elements(v["inner"], replace(t, shape=shape, stream=t.aux, place=lambda j: j), j, steps)[back]
    if name in ("sum", "normalized"):
        return combined(t, at, name, v, steps)
    if name == "orthogonal":
        return orthogonal(t, number(v["gain"]), steps)[at]
    if name in ("dirac", "identity", "delta_orthogonal", "bilinear"):
        return kernel(t, at, name, v, steps)
    if name == "lstm_bias":
        return numbers(np.where((at >= t.size // 4) & (at < t.size // 2), number(v["forget"]), 0.0), t, steps)
    if name == "stft":
        return numbers(stft(t.shape, **{k: e.id for k, e in v.items()}), t, steps)[at]
    if name == "formula":
        return numbers(np.broadcast_to(formula(v["expression"], t.shape, t.indices(at)), at.shape), t, steps, once=True)
    x = permutation(t)[at] if name == "permutation" else whole_numbers(t, at, name, v)
    return numbers(x.astype(np.float64), t, steps, once=True)


# --- files

def fill(spec, shape, key, stream="", fan="none", dtype="F32"):
    """A tensor, of bits where NumPy lacks the dtype: fill("he_normal", (256, 128), 42, "fc.weight", "layout oi")."""
    stream = child(0, stream) if stream else 0
    t = Request(key, stream, stream, tuple(shape), fan, dtype)
    parts = [x for _, x in chunks(spec, t, np.arange(t.size))]
    return np.concatenate(parts or [encode(np.zeros(0), dtype)]).reshape(shape)


def chunks(spec, t, index):
    """The bits of the elements at some indices, with the place of the first of each chunk."""
    step = max(index.size, 1) if any(name in spec for name in WHOLE) else 1 << 18
    work = t if t.dtype in ("F32", "F16", "BF16", "F64") else replace(t, dtype="F32" if t.dtype in FLOAT8 else "F64")
    for start in range(0, index.size, step):
        yield start, encode(elements(spec, work, index[start : start + step]), t.dtype)


def verify(path, metadata, tensors, data):
    """Generates a file's tensors again and compares all bytes; prints a line for each tensor that differs."""
    first, count = 0, dict.fromkeys(("equal", "different", "absent", "not supported", "not generated"), 0)
    for name in sorted(key[5:] for key in metadata if key.startswith("spec:") and key[5:] not in dict(tensors)):
        count["absent"] += 1
        print(f"{name}: not in the file")
    for name, entry in tensors:
        found, different, state = data[slice(*entry["data_offsets"])], 0, "equal"
        spec, t, index = request(metadata, name, entry)
        try:
            for start, x in () if spec == "none" else chunks(spec, t, index):
                was = found[start * x.itemsize : (start + x.size) * x.itemsize]
                if x.tobytes() != was.tobytes():
                    bad = (x.view(np.uint8).reshape(x.size, -1) != was.reshape(x.size, -1)).any(axis=1)
                    first = first if different else start + int(np.argmax(bad))
                    different += int(bad.sum())
        except Unsupported as reason:
            state = "not supported"
            print(f"{name}: not supported: {reason}")
        if different:
            state, at = "different", [int(i) for i in np.unravel_index(first, entry["shape"])]
            print(f"{name}: {different} of {index.size} elements differ, the first at {at}")
        count["not generated" if spec == "none" else state] += 1
    states = ", ".join(f"{n} {state}" for state, n in count.items() if n or state == "equal")
    print(f"{path}: {len(tensors)} tensors: {states}")
    return int(count["equal"] == 0 or count["different"] + count["absent"] + count["not supported"] > 0)


def main(command, path):
    files = read_files(path)
    if command == "verify":
        return max([verify(*file) for file in files])
    absent = {}
    for spec, t, _ in (request(metadata, *tensor) for _, metadata, tensors, _ in files for tensor in tensors):
        absent.update(needs(spec, t) if spec != "none" else {})
    print("".join(text + "\n" for text in absent.values()), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 and sys.argv[1] in ("verify", "needs") else __doc__)
