"""Matrices, kernels, permutations and formulas."""
import ast, functools, math, re
from dataclasses import replace
import numpy as np
from arithmetic import EXACT, INF, U, clamp, each, f32, fma1, fma32, fma64, narrow, pi_bits, turned
from specs import numbers, parse, settled, split
from words import AUX, child, normal, times, wide, words


def matrix(t, rows, columns, gain):
    """An orthogonal matrix from the auxiliary words of a request."""
    n, p = max(rows, columns), min(rows, columns)
    double = t.dtype == "F64"
    work = (lambda x: x) if double else f32
    fma, exact = (fma64, fma64) if double else (fma32, lambda a, b, c: a * b + c)
    k, r = np.arange(p), np.arange(n)
    x = np.zeros((n, p))
    lower = r[:, None] >= k
    index = (k * n + r[:, None]).T[lower.T]
    x.T[lower.T] = normal((wide if double else words)(t.key, t.aux, index, AUX), double)
    s = np.zeros(p)
    for row in x:
        s = exact(row, row, s)
    top = x[k, k]
    sign = np.where(top >= 0, 1.0, -1.0)
    v = work(x * work(1 / (top + sign * np.sqrt(s))))
    v[~lower] = 0
    v[k, k] = 1
    d = -sign
    if n == p:
        v[:, -1], d[-1] = 0, sign[-1]
    q = np.eye(n, p)
    for k0 in range((p - 1) // 64 * 64, -1, -64):
        panel = v[k0:, k0 : k0 + 64]
        m = panel.shape[1]
        g, triangle = np.zeros((m, m)), np.zeros((m, m))
        for row in panel:
            g = exact(row[:, None], row, g)
        for i in range(m):
            tau = 2 / g[i, i] if g[i, i] else 0.0
            s = np.zeros(i)
            for l in range(i):
                s[: l + 1] = fma64(triangle[: l + 1, l], g[l, i], s[: l + 1])
            triangle[:i, i], triangle[i, i] = -tau * s, tau
        triangle = work(triangle)
        part = q[k0:, k0:]
        w, u = np.zeros((m, p - k0)), np.zeros((m, p - k0))
        for row, old in zip(panel, part):
            w = fma(row[:, None], old, w)
        for l in range(m):
            u[: l + 1] = fma(triangle[: l + 1, l, None], w[l], u[: l + 1])
        for i in range(m):
            part = fma(-panel[:, i, None], u[i], part)
        q[k0:, k0:] = part
    q = work(q * work(d * gain))
    return q.T if rows < columns else q


def by_roles(t, others_first, fill):
    """A whole tensor from its matrices: `fill(request of matrix b, rows, columns)`, by the roles of axes."""
    roles = t.roles()
    axes = {r: [i for i, s in enumerate(roles) if s == r] for r in ("stack", "out")}
    rest = [i for i, s in enumerate(roles) if s not in axes]
    sides = [rest, axes["out"]] if others_first(roles) else [axes["out"], rest]
    order = axes["stack"] + sides[0] + sides[1]
    counts = [math.prod(t.shape[i] for i in s) for s in [axes["stack"]] + sides]
    stacked = [replace(t, aux=child(t.aux, b)) for b in range(counts[0])] if axes["stack"] else [t]
    x = np.array([fill(s, *counts[1:]) for s in stacked])
    return x.reshape([t.shape[i] for i in order]).transpose(np.argsort(order)).ravel()


def orthogonal(t, gain, steps):
    p, m = settled(steps, gain, lambda m, gain: m[0] * gain if m[1] == 0 else None)
    if m is None:
        return numbers(np.full(t.size, p[0]), t, p[1])
    def others_first(roles):
        rest, out = ([i for i, s in enumerate(roles) if s != "stack" and (s == "out") == b] for b in (False, True))
        return bool(rest and out and max(rest) < min(out))
    x = by_roles(t, others_first, lambda s, rows, columns: matrix(s, rows, columns, m[0] * p))
    return clamp(narrow(x if m[1] == 0 else x + m[1], t.dtype), t.dtype, m[2:])


def kernel(t, at, name, v, steps):
    """Kernels of the roles out, in and spatial."""
    roles, i = t.roles(), t.indices(at)
    index, size = {}, {}
    for r in ("out", "in", "stack"):
        axes = [a for a, s in enumerate(roles) if s == r]
        index[r], size[r] = np.zeros(at.size, np.int64), math.prod(t.shape[a] for a in axes)
        for a in axes:
            index[r] = index[r] * t.shape[a] + i[a]
    space = [(i[a], t.shape[a]) for a, s in enumerate(roles) if s == "spatial"]
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
        first = [r for r in dict.fromkeys(roles) if r != "stack"] == ["spatial", "in", "out"]
        shape = (size["stack"], size["in"], size["out"]) if first else (size["stack"], size["out"], size["in"])
        layout = "layout stack,in,out" if first else "layout stack,out,in"
        if "stack" not in roles:
            shape, layout = shape[1:], layout.replace("stack,", "")
        x = orthogonal(replace(t, shape=shape, fan=layout), float(v["gain"]), steps).reshape((-1,) + shape[-2:])
        x = x[index["stack"], index["in"], index["out"]] if first else x[index["stack"], index["out"], index["in"]]
        return np.where(centre, x, numbers(np.zeros(1), t, steps))
    groups = int(v.get("groups", 1))
    outs = size["out"] // groups
    d = index["out"] % outs if outs else index["out"]
    one = centre & (index["in"] == d) & (d < min(outs, size["in"])) & (index["out"] < groups * outs)
    return numbers(np.where(one, float(v.get("gain", 1)), 0.0), t, steps)


def permuted(t):
    n = t.size
    a = wide(t.key, t.aux, np.arange(n), AUX)
    if n <= 65536:
        to, x = times(a, np.arange(1, n + 1, dtype=U)).tolist(), list(range(n))
        for i in range(n - 1, 0, -1):
            x[i], x[to[i]] = x[to[i]], x[i]
        return np.array(x, np.float64)
    def f(x):
        x = (x ^ x >> U(30)) * U(0xBF58476D1CE4E5B9)
        x = (x ^ x >> U(27)) * U(0x94D049BB133111EB)
        return x ^ x >> U(31)
    bits = (n - 1).bit_length()
    half, x = U((bits + 1) // 2), np.arange(n, dtype=U)
    low, high = U((1 << (bits + 1) // 2) - 1), U((1 << bits // 2) - 1)
    todo = np.arange(n)
    while todo.size:
        l, h = x[todo] & low, x[todo] >> half
        for r in range(0, 12, 2):
            h = (h ^ f(l + a[r])) & high
            l = (l ^ f(h + a[r + 1])) & low
        x[todo] = h << half | l
        todo = todo[x[todo] >= n]
    return x.astype(np.float64)


def stft(t, v):
    frame, _, bins = t.shape
    n, m = 2 * (bins - 1), frame if v["periodic"] == "true" else frame - 1
    turn = functools.lru_cache(None)(lambda p, q, quarter: turned(2 * pi_bits(512) * p // q, 512, quarter) + 0.0 if p * 4 % q else
                                     [0.0, 1.0, 0.0, -1.0][(p * 4 // q + quarter) % 4])
    cosine = lambda i: [turn(i * a % m, m, 1) for a in range(frame)]
    window = {
        "hann": lambda: [0.5 - 0.5 * c for c in cosine(1)], "hamming": lambda: [0.54 - 0.46 * c for c in cosine(1)],
        "blackman": lambda: [(0.42 + 0.08 * b) - 0.5 * c for b, c in zip(cosine(2), cosine(1))],
        "bartlett": lambda: [2 * min(a, m - a) / m for a in range(frame)]}.get(v["window"], lambda: [1.0] * frame)
    w, norm = window() if frame > 1 else [1.0], 0.0
    for x in w:
        norm = fma1(x, x, norm) if v["scaling"] == "density" else norm + x
    norm = 1.0 if v["scaling"] == "none" or v["window"] == "none" else math.sqrt(norm) if v["scaling"] == "density" else norm
    part = lambda p: turn(p, n, 1) if v["side"] == "real" else -turn(p, n, 0)
    x = np.array([[part(a * k % n) * w[a] / norm + 0.0 for k in range(bins)] for a in range(frame)])
    return np.broadcast_to(x[:, None], t.shape).ravel()


def formula(text, t, at):
    """A formula's values; its syntax is Python's but for ^, `and` and `or`."""
    text = re.sub(r"\b(and|or)\(", r"\1_(", text.removeprefix("'").removesuffix("'").strip('"').replace("^", "**"))
    i = t.indices(at)
    names = {"pi": math.pi, "inf": INF, "rank": len(t.shape), "size": t.size}
    for n, d in enumerate(t.shape):
        names.update({f"i{n}": i[n].astype(float), f"j{len(t.shape) - 1 - n}": i[n].astype(float), f"d{n}": d})
    whole = lambda f: lambda *x: f(*(np.asarray(v).astype(np.int64) for v in x)).astype(float)
    def mod(x, y):
        r = np.fmod(x, y)
        return np.where(r == 0, 0.0, np.where((r < 0) != (np.asarray(y) < 0), r + y, r))
    def parity(x):
        for s in (32, 16, 8, 4, 2, 1):
            x = x ^ x >> s
        return x & 1
    functions = {
        "sqrt": np.sqrt, "abs": np.abs, "floor": np.floor, "ceil": np.ceil, "round": np.rint, "mod": mod,
        "min": lambda *x: functools.reduce(lambda a, b: np.where(b < a, b, a), x), "where": lambda c, x, y: np.where(c != 0, x, y),
        "max": lambda *x: functools.reduce(lambda a, b: np.where(b > a, b, a), x), "and_": whole(np.bitwise_and),
        "or_": whole(np.bitwise_or), "xor": whole(np.bitwise_xor), "parity": whole(parity)}
    functions.update({k: functools.partial(each, f) for k, f in EXACT.items()})
    operators = {
        ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: functions["pow"], ast.Eq: np.equal,
        ast.NotEq: np.not_equal, ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal}
    def value(e):
        if isinstance(e, ast.Constant):
            return np.float64(e.value)
        if isinstance(e, ast.Name):
            return np.asarray(names[e.id], np.float64)
        if isinstance(e, ast.UnaryOp):
            return -value(e.operand) if isinstance(e.op, ast.USub) else value(e.operand)
        if isinstance(e, ast.Call):
            return functions[e.func.id](*map(value, e.args))
        a, op, b = (e.left, e.op, e.right) if isinstance(e, ast.BinOp) else (e.left, e.ops[0], e.comparators[0])
        return np.asarray(operators[type(op)](value(a), value(b)), np.float64)
    with np.errstate(all="ignore"):
        return np.broadcast_to(value(ast.parse(text.strip(), mode="eval").body), at.shape)


def pluses(text):
    """How many sums draw from the stream of a spec, inside each other."""
    name, v = parse(text)
    if name == "sum":
        return 1 + pluses(split(v["parts"][1:-1])[0])
    if name == "stacked":
        return max(pluses(part.partition(":")[2]) for part in split(v["parts"][1:-1]))
    return pluses(v["inner"]) if "inner" in v else 0
