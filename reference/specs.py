"""Specs as text, requests with their fans, and scale, shift, clip and maps around a spec."""
import functools, math, re, sys
from dataclasses import dataclass
from typing import Any
import numpy as np
from arithmetic import INF, LARGEST, MAPS, U, clamp, each, f32, fma1, fma32, fma64, narrow, narrow_once
from words import normal, wide, words


PARAMETERS = """constant value|uniform low=0 high=1|normal mean=0 stddev=1|variance_scaling scale=1 mode=fan_in
distribution=truncated_normal mean=0|fan_uniform numerator mode power gain=1|glorot_normal gain=1|glorot_uniform gain=1
|xavier_normal gain=1|xavier_uniform gain=1|he_normal mode=fan_in negative_slope=0 mean=0|he_uniform mode=fan_in
negative_slope=0 mean=0|kaiming_normal mode=fan_in negative_slope=0 mean=0|kaiming_uniform mode=fan_in negative_slope=0
mean=0|siren w0=30|scale factor inner|shift offset inner|clip low=-inf high=inf inner|mask keep inner shape=|literal values
shape=|stacked axis=0 parts|sum parts|batched axes=1 inner|repeat axis=0 times inner|normalized axis=-1 inner|padding index=0
inner|default_layout layout inner|axis_fans input_axes output_axes inner|residual layers inner|width_scaled multiplier inner
|orthogonal gain=1|delta_orthogonal gain=1|dirac groups=1|identity gain=1|sparse sparsity inner=normal(mean=0,stddev=0.01)
|lstm_bias forget=1|formula expression|randint low=0 high|bernoulli p=0.5|stft side=real window=hann scaling=density
periodic=false|zeros|ones|lecun_normal|lecun_uniform|first_layer_siren|bilinear|permutation|log inner|exp inner|sqrt inner
|reciprocal inner|softplus inner|inverse_softplus inner|logit inner|sigmoid inner|tanh inner"""
PARAMETERS = {p.split()[0]: [x.partition("=")[::2] for x in p.split()[1:]] for p in PARAMETERS.split("|")}


class Unsupported(Exception):
    """A request that this reference does not compute."""


@dataclass
class Request:
    key: int
    stream: int  # of elements' words
    aux: int  # of auxiliary words
    shape: tuple
    fan: str
    dtype: str
    place: Any = staticmethod(lambda i: i)  # from an index in this tensor to that of its word

    @property
    def size(self):
        return math.prod(self.shape)

    def words(self, at):
        return (wide if self.dtype == "F64" else words)(self.key, self.stream, self.place(at))

    def roles(self):
        if not self.fan.startswith("layout"):
            return (["out", "in"] + ["spatial"] * len(self.shape))[: len(self.shape)]
        text, n = self.fan[7:], len(self.shape)
        space = ["spatial"] * (n - 2)
        named = {"oi": ["out", "in"], "io": ["in", "out"], "oihw": ["out", "in"] + space, "hwio": space + ["in", "out"]}
        return named.get(text) or [r for r in text.split(",") if r in ("out", "in", "spatial", "stack")]

    def fans(self):
        if self.fan.startswith("layout"):
            product = {r: math.prod(d for d, s in zip(self.shape, self.roles()) if s == r) for r in ("in", "out", "spatial")}
            fan = [float(product[r] * product["spatial"]) for r in ("in", "out")]
            divide = float(math.prod(int(n) for n in re.findall(r"(?:groups|stride):(\d+)", self.fan)))
            fan[0 if "transposed" in self.fan else 1] /= divide
            return fan
        given = dict(re.findall(r"(in|out)[ =]([^, ]+)", self.fan))
        return [float(given.get(k, "nan")) for k in ("in", "out")]

    def fan_of(self, mode):
        a, b = self.fans()
        return {"in": a, "out": b, "sum": a + b, "avg": (a + b) / 2, "geo": math.sqrt(a * b)}[mode.replace("fan_", "")]

    def indices(self, at):
        return np.unravel_index(at, self.shape) if self.shape else ()


def split(text):
    """A text's parts between commas that are not in brackets."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            parts, start = parts + [text[start:i].strip()], i + 1
    return parts + [text[start:].strip()] if text.strip() else []


@functools.lru_cache(None)
def parse(text):
    name, bracket, rest = text.strip().partition("(")
    if name not in PARAMETERS:
        raise Unsupported(f"{name}: not in this reference yet")
    parameters = PARAMETERS[name]
    rest = rest[: rest.rindex(")")] if bracket else ""
    values = dict(parameters)
    for n, part in enumerate([rest] if name == "formula" else split(rest)):
        m = re.match(r"(\w+)\s*=(?!=)\s*(.*)$", part.strip(), re.S)
        key, value = m.groups() if m and m[1] in values else (parameters[n][0], part)
        values[key] = value.strip()
    return name, values


def listed(text, kind=float):
    return [kind(x) for x in split(text.strip()[1:-1])]


def contains(text, names):
    return any(re.search(rf"\b(delta_)?{name}\b", text) for name in names)


# --- scale, shift, clip and maps

IDENTITY = (1.0, 0.0, -INF, INF)


def step(name, *v):
    """scale, shift and clip as (factor, offset, low, high)."""
    return {"scale": (v[0], 0.0, -INF, INF), "shift": (1.0, v[0], -INF, INF), "clip": (1.0, 0.0) + v}[name]


def line(m, x):
    return m[1] if m[0] == 0 else m[0] * x if m[1] == 0 else fma1(m[0], x, m[1])


def inside(low, high, x):
    """maximum(low, minimum(high, x)) of IEEE 754-2019, for which -0 is less than +0."""
    x = np.where((x > high) | (x == high) & (math.copysign(1, high) < 0), high, x)
    return np.where((x < low) | (x == low) & (math.copysign(1, low) > 0), low, x)


def compose(outer, m):
    """One map for `outer` after m."""
    if outer[0] == 0:
        return outer
    ends = sorted(line(outer, x) for x in m[2:])
    return (outer[0] * m[0], fma1(outer[0], m[1], outer[1])) + tuple(float(inside(*outer[2:], x)) for x in ends)


def settled(steps, parameters, fold):
    """A distribution's parameters and the map that is left. The map is None where all numbers become one: then the
    parameters are a number and the steps around it. `fold` takes a map without a clip into the parameters, or gives None."""
    m = IDENTITY
    for i in range(len(steps) - 1, -1, -1):
        if isinstance(steps[i], str):
            raise Unsupported(f"{steps[i]} of a distribution: not in this reference yet")
        m = compose(steps[i], m)
        if m[0] == 0 or m[2] == m[3]:
            return (0.0, steps[:i] + (m,)), None
        if m[2:] == (-INF, INF) and m != IDENTITY:
            folded = fold(m, parameters)
            parameters, m = (parameters, m) if folded is None else (folded, IDENTITY)
    return parameters, m


def numbers(x, t, steps, once=False, limited=False):
    """Given numbers: mapped one step at a time in float64, then rounded to the dtype and clamped."""
    x, (low, high) = np.asarray(x, np.float64), (-INF, INF)
    for m in reversed(steps):
        if isinstance(m, str):
            x, ends = each(MAPS[m], x), [MAPS[m](e) if abs(e) < INF else e for e in (low, high)]
            low, high = ends if m != "reciprocal" else ends[::-1] if max(map(abs, ends)) < INF else (-INF, INF)
        else:
            f, o = m[:2]
            x = np.full_like(x, o) if f == 0 else x * f if o == 0 else fma64(x, f, o)
            x, (low, high) = inside(*m[2:], x), compose(m, IDENTITY[:2] + (low, high))[2:]
    if limited:
        largest = LARGEST.get(t.dtype, sys.float_info.max)
        x = np.clip(x, -largest, largest)
    return clamp((narrow_once if once else narrow)(x, t.dtype), t.dtype, (low, high))


def drawn(z, t, at, location, scale, interval, m):
    """A distribution's elements under the map that is left of its steps."""
    fma, rounded = (fma64, float) if t.dtype == "F64" else (fma32, lambda x: float(f32(x)))
    if m != IDENTITY:
        location, scale = fma1(m[0], location, m[1]), m[0] * scale
    x = fma(z(t.words(at)), rounded(scale), rounded(location))
    return clamp(narrow(x, t.dtype), t.dtype, m[2:], sorted(line(m, e) for e in interval))


def normally(t, at, mean, stddev, steps):
    p, m = settled(steps, (mean, stddev), lambda m, p: (line(m, p[0]), m[0] * p[1]) if m[0] > 0 else None)
    if m is None:
        return numbers(np.full(at.size, p[0]), t, p[1])
    return drawn(lambda w: normal(w, t.dtype == "F64"), t, at, *p, (-INF, INF), m)


def uniform(t, at, low, high, steps):
    p, m = settled(steps, (low, high), lambda m, p: (line(m, p[0]), line(m, p[1])) if m[0] > 0 else None)
    if m is None:
        return numbers(np.full(at.size, p[0]), t, p[1])
    low, high = p
    least, greatest = sorted((line(m, low), line(m, high)))
    if m[3] <= least or m[2] >= greatest:
        return numbers(np.full(at.size, m[3] if m[3] <= least else m[2]), t, (IDENTITY[:2] + m[2:],))
    half, middle = (high - low) / 2, (low + high) / 2
    half = half if abs(half) < INF else high / 2 - low / 2
    middle = middle if abs(middle) < INF else low / 2 + high / 2
    bits, drop = (53, 11) if t.dtype == "F64" else (24, 8)
    s = lambda w: ((w >> U(drop)).astype(np.int64) * 2 + 1 - 2**bits).astype(np.float64) * 2.0**-bits
    return drawn(s, t, at, middle, half, (low, high), m)
