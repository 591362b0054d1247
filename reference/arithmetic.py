"""Arithmetic of the bit contract: fused operations, dtypes and elementary functions.

Values of every dtype are kept in arrays of float64.
"""
import decimal, functools, math, struct
from fractions import Fraction
import numpy as np

U = np.uint64
INF = math.inf
LARGEST = {"F16": 65504.0, "BF16": 2.0**128 - 2.0**120, "F32": 2.0**128 - 2.0**104}
# bits of the fraction, bias, and the code of the largest value
FLOAT8 = {"F8_E4M3": (3, 7, 126), "F8_E5M2": (2, 15, 123), "F8_E4M3FNUZ": (3, 8, 127), "F8_E5M2FNUZ": (2, 16, 127), "F8_E8M0": (0, 127, 254)}


def f32(x):
    return np.asarray(x, np.float64).astype(np.float32).astype(np.float64)


def fma32(a, b, c):
    """fma of float32: the product is exact in float64, and the sum rarely rounds to the middle between two float32."""
    s = np.asarray(a * b + c)
    odd = ((s.view(U) & U(0x1FFFFFFF)) == U(0x10000000)) | (np.abs(s) < 2.0**-126)
    if odd.any():
        at = np.nonzero(odd)
        p, c = np.broadcast_to(a * b, s.shape)[at], np.broadcast_to(c, s.shape)[at]
        s = s.copy()
        s[at] = odd_sum(p, c)
    return f32(s)


def two_sum(a, b):
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def odd_sum(a, b):
    """a + b in float64, an inexact sum rounded to the neighbour whose last bit is 1."""
    s, e = two_sum(a, b)
    even = (e != 0) & ((s.view(U) & U(1)) == 0)
    return np.where(even, np.nextafter(s, np.where(e > 0, INF, -INF)), s)


def fma64(a, b, c):
    """fma of float64 (Boldo and Melquiond 2008), with exact fractions where an exponent is extreme."""
    a, b, c = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (a, b, c)))
    p = np.asarray(a * b)
    with np.errstate(all="ignore"):
        ah, bh = (x * 134217729.0 - (x * 134217729.0 - x) for x in (a, b))
        e = ((ah * bh - p) + ah * (b - bh) + (a - ah) * bh) + (a - ah) * (b - bh)
        th, tl = two_sum(c, e)
        vh, vl = two_sum(p, th)
        s = np.where((p == 0) & ((a == 0) | (b == 0)) | (c == 0), p + c, vh + odd_sum(tl, vl))
        size = [np.abs(x) for x in (a, b, p, c)]
        far = (size[0] > 2.0**500) | (size[1] > 2.0**500) | (size[3] > 2.0**990) | ((size[2] < 2.0**-900) & (a != 0) & (b != 0))
        for i in zip(*np.nonzero(far)) if far.any() else ():
            s[i] = fma1(a[i], b[i], c[i])
    return s


def fma1(a, b, c):
    a, b, c = float(a), float(b), float(c)
    if not all(map(math.isfinite, (a, b, c))) or 0 in (a, b, c):
        return a * b + c
    return float(Fraction(a) * Fraction(b) + Fraction(c))


# --- dtypes

def narrow(x, dtype):
    """To nearest float32, then to the dtype."""
    if dtype == "F64":
        return np.asarray(x, np.float64)
    with np.errstate(over="ignore"):
        x = np.asarray(x, np.float64).astype(np.float32)
    if dtype == "F16":
        x = x.astype(np.float16)
    elif dtype == "BF16":
        b = x.view(np.uint32)
        x = ((b + np.uint32(0x7FFF) + ((b >> np.uint32(16)) & np.uint32(1))) & np.uint32(0xFFFF0000)).view(np.float32)
    return x.astype(np.float64)


def narrow_once(x, dtype):
    """To the nearest value of the dtype, by way of a float32 that is rounded to odd."""
    if dtype in ("F16", "BF16"):
        y = x.astype(np.float32)
        inexact = np.isfinite(y) & (y != x)
        y = np.where(inexact & (np.abs(y.astype(np.float64)) > np.abs(x)), np.nextafter(y, np.float32(0)), y)
        x = (y.view(np.uint32) | inexact.astype(np.uint32)).view(np.float32)
    return narrow(x, dtype)


def encode(x, dtype):
    """The elements' bits."""
    if dtype in FLOAT8:
        return encode8(x, dtype)
    if dtype == "BF16":
        return (x.astype(np.float32).view(np.uint32) >> np.uint32(16)).astype("<u2")
    kinds = {"F32": "<f4", "F64": "<f8", "F16": "<f2", "BOOL": "?"}
    return x.astype(kinds.get(dtype) or f"<{dtype[0].lower()}{int(dtype[1:]) // 8}")


def encode8(x, dtype):
    """The codes of the nearest values: ties to even codes, in F8_E8M0 upwards."""
    fraction, bias, last = FLOAT8[dtype]
    code = np.arange(last + 1)
    e, f = code >> fraction, code & (1 << fraction) - 1
    subnormal = (e == 0) & (fraction > 0)
    values = np.ldexp(np.where(subnormal, f, f + (1 << fraction)).astype(np.float64), np.where(subnormal, 1, e) - bias - fraction)
    middle = (values[1:] + values[:-1]) / 2
    code = np.searchsorted(middle, np.abs(x), side="left")
    tie = middle[np.minimum(code, last - 1)] == np.abs(x)
    code = code + (tie & ((code & 1 == 1) | (fraction == 0)))
    minus = np.signbit(x) & ((code > 0) | ("FNUZ" not in dtype))
    return (code | minus * 128).astype(np.uint8)


def bound(x, dtype, up):
    """The first value of the dtype above x for up, else below."""
    v = float(narrow(np.array(x), dtype))
    while not (v > x if up else v < x):
        v = neighbour(v, dtype, up)
    return v


def neighbour(v, dtype, up):
    """The neighbour of a value of the dtype. Only -0 comes from below and +0 from above."""
    bits = {"F32": 32, "F64": 64}.get(dtype, 16)
    n = int.from_bytes(encode(np.array([v]), dtype).tobytes(), "little")
    n = (1 << bits - 1) - n if n >> bits - 1 else n
    n += 1 if up else -1
    code = n if n > 0 or n == 0 and not up else (1 << bits - 1) - n
    if dtype == "BF16":
        bits, code = 32, code << 16
    return struct.unpack({16: "<e", 32: "<f", 64: "<d"}[bits], code.to_bytes(bits // 8, "little"))[0]


def clamp(x, dtype, closed, interval=(-INF, INF)):
    """Moves elements into the dtype's outermost values in a closed and in an open interval."""
    for up, end in ((True, 0), (False, 1)):
        beyond = math.nextafter(closed[end], -INF if up else INF)
        for e in (beyond, interval[end]):
            if abs(e) < INF:
                v = bound(e, dtype, up)
                x = np.where(x < v if up else x > v, v, x)
    return x


# --- elementary functions, correctly rounded by decimal and integer arithmetic

def pi_bits(n):
    one = 1 << n + 20
    def atan(k):
        term, total, i = one // k, 0, 1
        while term:
            total, term, i = total + (term // i if i % 4 == 1 else -(term // i)), term // (k * k), i + 2
        return total
    return 4 * (4 * atan(5) - atan(239)) >> 20


pi_bits = functools.lru_cache(None)(pi_bits)


def turned(x, n, quarter):
    """sin(x / 2^n) of an integer x, moved by quarters of a turn."""
    half = pi_bits(n) >> 1
    k = (2 * x + half) // (2 * half)
    x, k = x - k * half, (k + quarter) % 4
    term, i = (x, 1) if k % 2 == 0 else (1 << n, 0)
    total = 0
    while term:
        total, term, i = total + term, -(term * x * x >> 2 * n) // ((i + 1) * (i + 2)), i + 2
    return (-total if k > 1 else total) / (1 << n)


def angle(quarter):
    def f(x):
        if x == 0:
            return math.copysign(0.0, x) if quarter == 0 else 1.0
        n = (340 + abs(math.frexp(x)[1]) + 255) // 256 * 256
        return turned(math.floor(Fraction(x) * (1 << n)), n, quarter)
    return f


def precise(digits, f):
    context = decimal.Context(prec=digits, Emax=10**9, Emin=-(10**9))
    def g(*x):
        with decimal.localcontext(context):
            return rounded(f(*map(decimal.Decimal, x)))
    return g


def rounded(v):
    """To float64; a small number as two, which are scaled before they are added."""
    if v < 0:
        return -rounded(-v)
    if not 0 < v < decimal.Decimal("1e-280"):
        return float(v)
    k = int((v.ln() / decimal.Decimal(2).ln()).to_integral_value())
    m = v / decimal.Decimal(2) ** k
    hi = float(m)
    return sum(x * 2.0 ** (k // 2) * 2.0 ** (k - k // 2) for x in (float(m - decimal.Decimal(hi)), hi))


def power(x, y):
    if y in (0.5, 1.0, 2.0):
        return {0.5: math.sqrt(x) if x >= 0 else math.nan, 1.0: x, 2.0: x * x}[y]
    if x == 0 or x == 1 or y == 0 or not math.isfinite(x * y):
        return x**y if x != 0 or y >= 0 else math.nan
    if y == int(y) and abs(y) <= 64 and 1e-280 < abs(Fraction(x) ** int(y)) < 2**1024:
        return float(Fraction(x) ** int(y))
    return math.nan if x < 0 and y != int(y) else precise(60, lambda a, b: a**b)(x, y)


EXACT = {
    "exp": lambda x: precise(60, lambda a: a.exp())(x) if abs(x) < INF else math.exp(x),
    "log": lambda x: precise(60, lambda a: a.ln())(x) if 0 < x < INF else math.nan,
    "log2": lambda x: float(math.frexp(x)[1] - 1) if math.frexp(x)[0] == 0.5
    else precise(60, lambda a: a.ln() / decimal.Decimal(2).ln())(x) if 0 < x < INF else math.nan,
    "sin": angle(0), "cos": angle(1), "pow": power}
MAPS = {
    "log": EXACT["log"], "exp": EXACT["exp"], "sqrt": math.sqrt, "reciprocal": lambda x: 1 / x,
    "softplus": precise(800, lambda a: (1 + a.exp()).ln()), "inverse_softplus": precise(800, lambda a: (a.exp() - 1).ln()),
    "logit": precise(800, lambda a: (a / (1 - a)).ln()), "sigmoid": precise(800, lambda a: 1 / (1 + (-a).exp())),
    "tanh": precise(800, lambda a: 1 - 2 / ((2 * a).exp() + 1))}


def each(f, *x):
    x = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in x))
    f = functools.lru_cache(None)(f)
    return np.array([f(*v) if any(v) else f.__wrapped__(*v) for v in zip(*(v.ravel().tolist() for v in x))]).reshape(x[0].shape)
