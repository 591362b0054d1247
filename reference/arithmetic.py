"""Fused operations, dtypes, elementary functions, formulas and the STFT: all that is computed from given numbers."""
import ast, decimal, functools, math
from fractions import Fraction
import numpy as np

U, INF = np.uint64, math.inf


def f32(x):
    return np.asarray(x, np.float64).astype(np.float32).astype(np.float64)


def two_sum(a, b):
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def odd_sum(a, b):
    """a + b in float64, an inexact sum rounded to the neighbour whose last bit is 1."""
    s, e = two_sum(a, b)
    even = (e != 0) & ((s.view(U) & U(1)) == 0)
    return np.where(even, np.nextafter(s, np.where(e > 0, INF, -INF)), s)


def fma32(a, b, c):
    """fma of float32: the product is exact in float64, and the sum rarely is next to the middle of two float32."""
    p = np.asarray(a * b)
    s = p + c
    middle = ((s.view(U) & U(0x1FFFFFFF)) == U(0x10000000)) | (np.abs(s) < 2.0**-126)
    return f32(np.where(middle, odd_sum(p, c), s) if middle.any() else s)


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
        large = (np.abs(a) > 2.0**500) | (np.abs(b) > 2.0**500) | (np.abs(c) > 2.0**990)
        far = large | ((np.abs(p) < 2.0**-900) & (a != 0) & (b != 0))
        for i in zip(*np.nonzero(far)) if far.any() else ():
            s[i] = fma1(a[i], b[i], c[i])
    return s


def fma1(a, b, c):
    a, b, c = float(a), float(b), float(c)
    if not all(map(math.isfinite, (a, b, c))) or 0 in (a, b, c):
        return a * b + c
    return float(Fraction(a) * Fraction(b) + Fraction(c))


# --- dtypes: values are arrays of float64

# Bits of the fraction, bias, and the code of infinity or else of the largest value.
SMALL = {"F16": (10, 15, 0x7C00), "BF16": (7, 127, 0x7F80), "F8_E4M3": (3, 7, 126), "F8_E5M2": (2, 15, 123),
         "F8_E4M3FNUZ": (3, 8, 127), "F8_E5M2FNUZ": (2, 16, 127), "F8_E8M0": (0, 127, 254)}
FLOAT8 = [name for name in SMALL if name.startswith("F8")]


@functools.lru_cache(None)
def codes(dtype):
    """The values of the codes from +0 on, and what is in the middle of two."""
    fraction, bias, last = SMALL[dtype]
    code = np.arange(last + 1)
    e, f = code >> fraction, code & (1 << fraction) - 1
    subnormal = (e == 0) & (fraction > 0)
    x = np.ldexp(np.where(subnormal, f, f + (1 << fraction)).astype(float), np.where(subnormal, 1, e) - bias - fraction)
    return x, (x[1:] + x[:-1]) / 2


def encode(x, dtype):
    """The bits of the nearest values, ties to even, in F8_E8M0 upwards."""
    if dtype not in SMALL:
        kinds = {"F32": "<f4", "F64": "<f8", "BOOL": "?"}
        with np.errstate(over="ignore"):
            return np.asarray(x).astype(kinds.get(dtype) or f"<{dtype[0].lower()}{int(dtype[1:]) // 8}")
    middle, magnitude = codes(dtype)[1], np.abs(x)
    code = np.searchsorted(middle, magnitude, side="left")
    tie = middle[np.minimum(code, middle.size - 1)] == magnitude
    code = code + (tie & ((code & 1 == 1) | (SMALL[dtype][0] == 0)))
    minus = np.signbit(x) & ((code > 0) | ("FNUZ" not in dtype))
    return (code | minus * 128).astype(np.uint8) if dtype in FLOAT8 else (code | minus * 32768).astype("<u2")


def narrow(x, dtype, once=False):
    """To the nearest float32, unless the number is rounded once, and then to the nearest value of the dtype."""
    if dtype not in SMALL:
        return encode(x, dtype).astype(np.float64)
    code, values = encode(x if once else encode(x, "F32"), dtype), codes(dtype)[0]
    magnitude = code & 0x7FFF
    magnitude = np.where(magnitude == SMALL[dtype][2], INF, values[magnitude])
    return np.where(code >> 15, -magnitude, magnitude)


def largest(dtype):
    return codes(dtype)[0][-2] if dtype in SMALL else float(np.finfo(encode(0, dtype).dtype).max)


def bound(x, dtype, up):
    """The first value of the dtype above x for up, else below. Only -0 comes from below and +0 from above."""
    if dtype in SMALL:
        values = codes(dtype)[0][:-1]
        values = np.concatenate([-values[::-1], values])
        return values[np.searchsorted(values, x, "right") if up else np.searchsorted(values, x, "left") - 1]
    v = encode(x, dtype)[()]
    return float(v if (v > x if up else v < x) else np.nextafter(v, v.dtype.type(INF if up else -INF)))


def clamp(x, dtype, closed, interval=(-INF, INF)):
    """Moves elements into the dtype's outermost values in a closed and in an open interval."""
    for up, end in ((True, 0), (False, 1)):
        for e in (math.nextafter(closed[end], -INF if up else INF), interval[end]):
            if abs(e) < INF:
                v = bound(e, dtype, up)
                x = np.where(x < v if up else x > v, v, x)
    return x


# --- exp, log and pow in double-doubles: "Operations of exp, log and pow" in docs/bits.md

LN2 = (0.69314718055994530942, 2.3190468138462996e-17)


def quick(a, b):
    s = a + b
    return s, b - (s - a)


def add(a, b):
    (sh, sl), (th, tl) = two_sum(a[0], b[0]), two_sum(a[1], b[1])
    h, l = quick(sh, sl + th)
    return quick(h, l + tl)


def mul(a, b):
    p = a[0] * b[0]
    return quick(p, fma64(a[0], b[0], -p) + fma64(a[0], b[1], a[1] * b[0]))


def div(a, b):
    q = a[0] / b[0]
    r = add(a, [-x for x in mul(b, (q, 0.0))])
    q1 = r[0] / b[0]
    r = add(r, [-x for x in mul(b, (q1, 0.0))])
    return add(quick(q, q1), (r[0] / b[0], 0.0))


def log_parts(x):
    """The exponent e and log m of x = 2^e m, m in [sqrt 1/2, sqrt 2], for x above 0."""
    m, e = np.frexp(x)
    low = m <= 1.4142135623730951 / 2
    m, e = np.where(low, 2 * m, m), (e - low).astype(np.float64)
    s = div((m - 1, 0.0), two_sum(m, 1.0))
    square, series = mul(s, s), (0.0, 0.0)
    for i in range(21, -1, -1):
        series = add(mul(series, square), div((1.0, 0.0), (2.0 * i + 1, 0.0)))
    return e, [2 * part for part in mul(s, series)]


def log_pair(x):
    e, log = log_parts(x)
    return add(mul(LN2, (e, 0.0)), log)


def exp_pair(x):
    """e^x of a pair, rounded."""
    k = np.rint(np.clip(x[0], -1100, 1100) / LN2[0])
    r = [part / 64 for part in add(x, [-p for p in mul(LN2, (k, 0.0))])]
    term = total = r
    for i in range(2, 15):
        term = div(mul(term, r), (float(i), 0.0))
        total = add(total, term)
    for _ in range(6):
        total = mul(total, add(total, (2.0, 0.0)))
    hi, lo = (np.ldexp(part, k.astype(int)) for part in add(total, (1.0, 0.0)))
    return np.select([x[0] > 709.79, x[0] < -745.2], [INF, 0.0], hi + lo)


def positive(f):
    """f of finite numbers above 0, and the limits of a logarithm elsewhere."""
    def g(x):
        inside = (x > 0) & (x < INF)
        return np.select([inside, x == 0, x == INF], [f(np.where(inside, x, 1.0)), -INF, INF], np.nan)
    return g


def exp(x):
    return np.where(np.isnan(x), x, exp_pair((np.where(np.isfinite(x), x, np.where(x > 0, 2e3, -2e3)), 0.0)))


def log2(x):
    e, log = log_parts(x)
    return sum(add((e, 0.0), div(log, LN2)))


def power(x, y):
    x, y = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
    with np.errstate(all="ignore"):
        a = np.where(x < 0, -x, x)
        plain = (a > 0) & (a < INF) & np.isfinite(y)
        b, n = np.where(plain, a, 1.0), np.where(plain, y, 1.0)
        log = log_pair(b)
        far = np.where((log[0] > 0) == (n > 0), INF, 0.0)
        rest = np.where(np.abs(log[0] * n) > 1e4, far, exp_pair(mul(log, (n, 0.0))))
        r = np.select(
            [np.isnan(x) | np.isnan(y), (y == 0) | (a == 1), y == 1, y == 2, y == 0.5, a == 0, a == INF, np.isinf(y)],
            [np.nan, 1.0, a, a * a, np.sqrt(a), np.where(y > 0, 0.0, INF), np.where(y > 0, INF, 0.0),
             np.where((a > 1) == (y > 0), INF, 0.0)], rest)
        whole = (np.trunc(y) == y) & np.isfinite(y)
        return np.where(x < 0, np.where(whole, np.where(np.fmod(y, 2) == 0, r, -r), np.nan), r)


# --- sin and cos by integers, maps of numbers by decimals: correctly rounded

@functools.lru_cache(None)
def pi_bits(n):
    """pi 2^n as an integer (Machin)."""
    def atan(k):
        term, total, i = (1 << n + 20) // k, 0, 1
        while term:
            total, term, i = total + (term // i if i % 4 == 1 else -(term // i)), term // (k * k), i + 2
        return total
    return 4 * (4 * atan(5) - atan(239)) >> 20


def turned(x, n, quarter):
    """sin(x / 2^n) of an integer x, moved by quarters of a turn."""
    half = pi_bits(n) >> 1
    k = (2 * x + half) // (2 * half)
    x, k = x - k * half, (k + quarter) % 4
    term, i, total = (x, 1, 0) if k % 2 == 0 else (1 << n, 0, 0)
    while term:
        total, term, i = total + term, -(term * x * x >> 2 * n) // ((i + 1) * (i + 2)), i + 2
    return (-total if k > 1 else total) / (1 << n)


def angle(quarter):
    def f(x):
        if x == 0 or not math.isfinite(x):
            return math.nan if x != 0 else math.copysign(0.0, x) if quarter == 0 else 1.0
        n = (340 + abs(math.frexp(x)[1]) + 255) // 256 * 256
        return turned(math.floor(Fraction(x) * (1 << n)), n, quarter)
    return functools.partial(each, f)


def each(f, x):
    x, f = np.asarray(x, np.float64), functools.lru_cache(None)(f)
    return np.array([f(v) if v else f.__wrapped__(v) for v in x.ravel().tolist()]).reshape(x.shape)


def precise(f):
    """A function of decimals, rounded to float64: a small number as two, which are scaled before they are added."""
    def g(x):
        with decimal.localcontext(decimal.Context(prec=800, Emax=10**9, Emin=-(10**9), traps=[])):
            v = f(decimal.Decimal(x))
            if not 0 < abs(v) < decimal.Decimal("1e-280"):
                return float(v)
            k = int((abs(v).ln() / decimal.Decimal(2).ln()).to_integral_value())
            m = v / decimal.Decimal(2) ** k
            return math.ldexp(float(m - decimal.Decimal(float(m))), k) + math.ldexp(float(m), k)
    return g


EXACT = {"exp": exp, "log": positive(lambda x: sum(log_pair(x))), "log2": positive(log2), "pow": power, "sin": angle(0),
         "cos": angle(1)}

# A map of a number, and where it has a value.
MAPS = {name: (precise(f), contains) for name, f, contains in (
    ("log", lambda a: a.ln(), lambda x: x > 0),
    ("exp", lambda a: a.exp(), lambda x: True),
    ("sqrt", lambda a: a.sqrt(), lambda x: x >= 0),
    ("reciprocal", lambda a: 1 / a, lambda x: x != 0),
    ("softplus", lambda a: (1 + a.exp()).ln(), lambda x: True),
    ("inverse_softplus", lambda a: (a.exp() - 1).ln(), lambda x: x > 0),
    ("logit", lambda a: (a / (1 - a)).ln(), lambda x: 0 < x < 1),
    ("sigmoid", lambda a: 1 / (1 + (-a).exp()), lambda x: True),
    ("tanh", lambda a: 1 - 2 / ((2 * a).exp() + 1), lambda x: True))}


# --- formulas

def whole(f):
    return lambda *x: f(*(np.asarray(v).astype(np.int64) for v in x)).astype(float)


def mod(x, y):
    r = np.fmod(x, y)
    return np.where(r == 0, 0.0, np.where((r < 0) != (np.asarray(y) < 0), r + y, r))


def parity(x):
    for s in (32, 16, 8, 4, 2, 1):
        x = x ^ x >> s
    return x & 1


FUNCTIONS = {
    "sqrt": np.sqrt, "abs": np.abs, "floor": np.floor, "ceil": np.ceil, "round": np.rint, "mod": mod,
    "min": lambda *x: functools.reduce(lambda a, b: np.where(b < a, b, a), x),
    "max": lambda *x: functools.reduce(lambda a, b: np.where(b > a, b, a), x),
    "where": lambda c, x, y: np.where(c != 0, x, y), "and_": whole(np.bitwise_and), "or_": whole(np.bitwise_or),
    "xor": whole(np.bitwise_xor), "parity": whole(parity), **EXACT,
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: power, ast.Eq: np.equal,
    ast.NotEq: np.not_equal, ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal}


def formula(e, shape, indices):
    """The values of a formula, which is a syntax tree, at indices of a tensor."""
    names = {"pi": math.pi, "inf": INF, "rank": len(shape), "size": math.prod(shape)}
    for n, (d, i) in enumerate(zip(shape, indices)):
        names.update({f"i{n}": i.astype(float), f"j{len(shape) - 1 - n}": i.astype(float), f"d{n}": d})
    def value(e):
        if isinstance(e, ast.Constant):
            return np.float64(e.value)
        if isinstance(e, ast.Name):
            return np.asarray(names[e.id], np.float64)
        if isinstance(e, ast.UnaryOp):
            return -value(e.operand) if isinstance(e.op, ast.USub) else value(e.operand)
        if isinstance(e, ast.Call):
            return FUNCTIONS[e.func.id](*map(value, e.args))
        a, op, b = (e.left, e.op, e.right) if isinstance(e, ast.BinOp) else (e.left, e.ops[0], e.comparators[0])
        return np.asarray(FUNCTIONS[type(op)](value(a), value(b)), np.float64)
    with np.errstate(all="ignore"):
        return value(e)


def stft(shape, side, window, scaling, periodic):
    """A kernel of the short-time Fourier transform, row-major."""
    frame, _, bins = shape
    n, m = 2 * (bins - 1), frame if periodic == "true" else frame - 1
    @functools.lru_cache(None)
    def turn(p, q, quarter):
        exact = [0.0, 1.0, 0.0, -1.0][(p * 4 // q + quarter) % 4]
        return turned(2 * pi_bits(512) * p // q, 512, quarter) + 0.0 if p * 4 % q else exact
    cosine = lambda i: [turn(i * a % m, m, 1) for a in range(frame)]
    windows = {
        "hann": lambda: [0.5 - 0.5 * c for c in cosine(1)], "hamming": lambda: [0.54 - 0.46 * c for c in cosine(1)],
        "blackman": lambda: [(0.42 + 0.08 * b) - 0.5 * c for b, c in zip(cosine(2), cosine(1))],
        "bartlett": lambda: [2 * min(a, m - a) / m for a in range(frame)]}
    w, norm = windows[window]() if frame > 1 and window in windows else [1.0] * frame, 0.0
    for x in w:
        norm = fma1(x, x, norm) if scaling == "density" else norm + x
    norm = 1.0 if scaling == "none" or window == "none" else math.sqrt(norm) if scaling == "density" else norm
    part = lambda p: turn(p, n, 1) if side == "real" else -turn(p, n, 0)
    x = np.array([[part(a * k % n) * w[a] / norm + 0.0 for k in range(bins)] for a in range(frame)])
    return np.broadcast_to(x[:, None], shape).ravel()
