"""What is asked: the text of specs, requests, numbers and distributions under maps, tables, and files' metadata."""
import ast, base64, functools, hashlib, json, math, os, re, struct, sys
from dataclasses import dataclass
from typing import Any
import numpy as np
from arithmetic import INF, MAPS, clamp, each, fma1, fma64, largest, narrow, power

# Every initializer with its parameters, and their defaults.
PARAMETERS = """constant value|uniform low=0 high=1|normal mean=0 stddev=1|variance_scaling scale=1 mode=fan_in
distribution=truncated_normal mean=0|fan_uniform numerator mode power gain=1|glorot_normal gain=1|glorot_uniform
gain=1|xavier_normal gain=1|xavier_uniform gain=1|he_normal mode=fan_in negative_slope=0 mean=0|he_uniform mode=fan_in
negative_slope=0 mean=0|kaiming_normal mode=fan_in negative_slope=0 mean=0|kaiming_uniform mode=fan_in
negative_slope=0 mean=0|siren w0=30|scale factor inner|shift offset inner|clip low=-inf high=inf inner|mask keep inner
shape=0|literal values shape=0|stacked axis=0 parts|sum parts|batched axes=1 inner|repeat axis=0 times inner
|normalized axis=-1 inner|padding index=0 inner|default_layout layout inner|axis_fans input_axes output_axes inner
|residual layers inner|width_scaled multiplier inner|orthogonal gain=1|delta_orthogonal gain=1|dirac groups=1|identity
gain=1|sparse sparsity inner=normal(mean=0,stddev=0.01)|lstm_bias forget=1|formula expression|randint low=0 high
|bernoulli p=0.5|stft side=real window=hann scaling=density periodic=false|zeros|ones|lecun_normal|lecun_uniform
|first_layer_siren|bilinear|permutation|log inner|exp inner|sqrt inner|reciprocal inner|softplus inner
|inverse_softplus inner|logit inner|sigmoid inner|tanh inner|truncated_normal mean=0 stddev=0.05 lower=-2 upper=2
|trunc_normal_tf mean=0 stddev=1 a=-2 b=2|trunc_normal mean=0 stddev=1 a=-2 b=2|triangular low=-1 mode=0 high=1
|logistic loc=0 scale=1|laplace loc=0 scale=1|gumbel loc=0 scale=1|cauchy loc=0 scale=1|exponential loc=0 scale=1
|log_uniform low high"""
PARAMETERS = {p.split()[0]: [x.partition("=")[::2] for x in p.split()[1:]] for p in PARAMETERS.split("|")}


class Unsupported(Exception):
    """A request that this reference does not compute."""


@functools.lru_cache(None)
def tree(text):
    """A spec as a syntax tree. Its syntax is Python's except for ^, and(, or( and the colons of stacked parts."""
    text = re.sub(r"\b(and|or)\(", r"\1_(", text.replace("^", "**"))
    return ast.parse(re.sub(r"(\d+)\s*:", r"\1 @", text).strip(), mode="eval").body


def parse(spec):
    """The name of a spec, which is a text or a syntax tree, and its parameters as syntax trees."""
    node = tree(spec) if isinstance(spec, str) else spec
    name = (node.func if isinstance(node, ast.Call) else node).id
    if name not in PARAMETERS:
        raise Unsupported(f"{name}: not an initializer of this reference")
    values = {key: tree(default) for key, default in PARAMETERS[name] if default}
    if isinstance(node, ast.Call):
        values.update(zip((key for key, _ in PARAMETERS[name]), node.args))
        values.update((k.arg, k.value) for k in node.keywords)
    return name, values


def number(e):
    return -number(e.operand) if isinstance(e, ast.UnaryOp) else math.inf if isinstance(e, ast.Name) else float(e.value)


def integer(e):
    return -integer(e.operand) if isinstance(e, ast.UnaryOp) else int(e.value)


def child(stream, name):
    return int.from_bytes(hashlib.sha256(struct.pack("<Q", stream) + str(name).encode()).digest()[:8], "little")


def pluses(spec):
    """How many sums draw from the stream of a spec, inside each other."""
    name, v = parse(spec)
    if name == "sum":
        return 1 + pluses(v["parts"].elts[0])
    if name == "stacked":
        return max(pluses(part.right) for part in v["parts"].elts)
    return pluses(v["inner"]) if "inner" in v else 0


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

    def roles(self):
        if not self.fan.startswith("layout"):
            return (["out", "in"] + ["spatial"] * len(self.shape))[: len(self.shape)]
        text, space = self.fan[7:], ["spatial"] * (len(self.shape) - 2)
        named = {"oi": ["out", "in"], "io": ["in", "out"], "oihw": ["out", "in"] + space, "hwio": space + ["in", "out"]}
        return named.get(text) or [r for r in text.split(",") if r in ("out", "in", "spatial", "stack")]

    def by_role(self, at):
        """The indices of out, in and stack axes together, their sizes, and index and size of each spatial axis."""
        roles, i, index, size = self.roles(), self.indices(at), {}, {}
        for r in ("out", "in", "stack"):
            axes = [a for a, s in enumerate(roles) if s == r]
            size[r] = math.prod(self.shape[a] for a in axes)
            index[r] = np.ravel_multi_index([i[a] for a in axes], [self.shape[a] for a in axes]) if axes else 0 * at
        return index, size, [(i[a], self.shape[a]) for a, s in enumerate(roles) if s == "spatial"]

    def fan_of(self, mode):
        if self.fan.startswith("layout"):
            sizes = lambda role: float(math.prod(d for d, r in zip(self.shape, self.roles()) if r == role))
            a, b = (sizes(r) * sizes("spatial") for r in ("in", "out"))
            divide = float(math.prod(int(n) for n in re.findall(r"(?:groups|stride):(\d+)", self.fan)))
            a, b = (a / divide, b) if "transposed" in self.fan else (a, b / divide)
        else:
            given = dict(re.findall(r"(in|out)[ =]([^, ]+)", self.fan))
            a, b = (float(given.get(k, "nan")) for k in ("in", "out"))
        return {"in": a, "out": b, "sum": a + b, "avg": (a + b) / 2, "geo": math.sqrt(a * b)}[mode.replace("fan_", "")]

    def indices(self, at):
        return np.unravel_index(at, self.shape) if self.shape else ()


# --- scale, shift, clip and maps around a spec: tuples (factor, offset, low, high) and names, outermost first

IDENTITY = (1.0, 0.0, -INF, INF)

# One step of each spec around another, by its numbers.
STEPS = {"scale": lambda n: (n("factor"), 0.0, -INF, INF), "shift": lambda n: (1.0, n("offset"), -INF, INF),
         "clip": lambda n: (1.0, 0.0, n("low"), n("high")),
         "residual": lambda n: (1 / math.sqrt(2 * n("layers")), 0.0, -INF, INF),
         "width_scaled": lambda n: (1 / math.sqrt(n("multiplier")), 0.0, -INF, INF)}


def unwrapped(spec, steps=()):
    """What is inside scale, shift, clip and maps, and the steps with theirs."""
    name, v = parse(spec)
    while name in STEPS or name in MAPS:
        steps += (STEPS[name](lambda key: number(v[key])) if name in STEPS else name,)
        name, v = parse(v["inner"])
    return name, v, steps


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


def clip_of(name, low, high):
    """The image of a closed interval under a map; an end that has none bounds nothing."""
    f, contains = MAPS[name]
    low, high = (high, low) if name == "reciprocal" else (low, high)
    has = lambda x: abs(x) < INF and contains(x)
    return 1.0, 0.0, f(low) if has(low) else -INF, f(high) if has(high) else INF


# --- distributions: a name with numbers

# What a map without a clip does to each number: L, to the number itself; S, the factor alone; -, nothing.
FOLDED = {"uniform": "LL", "normal": "LS", "truncated_normal": "LS--LL-", "triangular": "LLL", "logistic": "LS",
          "laplace": "LS", "gumbel": "LS", "cauchy": "LS", "exponential": "LS", "log_uniform": "--"}


def counted(stddev, lower, upper, width):
    """Whether a truncated normal is counted from an end."""
    near = max(0.0, lower, -upper)
    unit = stddev / near if near >= 32 else stddev
    return width < INF and (near < 32 and (width < 0.001 or near > 2 * width) or unit < 1.17549435e-38)


def distribution(name, v, t=None):
    """A spec as a distribution; None for another spec."""
    if name in ("truncated_normal", "trunc_normal_tf"):
        mean, s, lower, upper = (number(e) for e in v.values())
        at = (lambda x: fma1(x, s, mean)) if counted(s, lower, upper, upper - lower) else (lambda x: mean + x * s)
        return "truncated_normal", (mean, s, lower, upper, at(lower), at(upper), upper - lower)
    if name == "trunc_normal":
        mean, s, a, b = (number(e) for e in v.values())
        def sigmas(x):
            z = (x - mean) / s if abs(x - mean) < INF else (0.5 * x - 0.5 * mean) / s * 2.0
            return x if abs(x) == INF else max(-1e300, min(1e300, z))
        return "truncated_normal", (mean, s, sigmas(a), sigmas(b), a, b, (b - a) / s)
    if name in FOLDED:
        return name, tuple(number(e) for e in v.values())
    family = re.fullmatch("variance_scaling|(he|kaiming|glorot|xavier|lecun)_(normal|uniform)", name)
    if family:
        slope, gain = (number(v[k]) if k in v else x for k, x in (("negative_slope", 1.0), ("gain", 1.0)))
        scale = number(v["scale"]) if "scale" in v else 2 / (1 + slope**2) if "negative_slope" in v else gain * gain
        fan = t.fan_of(v["mode"].id if "mode" in v else "fan_in" if family[1] == "lecun" else "fan_avg")
        kind, mean = family[2] or v["distribution"].id, number(v["mean"]) if "mean" in v else 0.0
        if kind == "uniform":
            limit = math.sqrt(3 * scale / fan)
            return "uniform", (mean - limit, mean + limit)
        s = math.sqrt(scale / fan)
        if kind == "normal":
            return "normal", (mean, s)
        s /= 0.87962566103423978
        return "truncated_normal", (mean, s, -2.0, 2.0, mean - 2 * s, mean + 2 * s, 4.0)
    if name in ("fan_uniform", "siren", "first_layer_siren"):
        given = {"siren": lambda: (6.0, "fan_in", 0.5, 1 / number(v["w0"])),
                 "first_layer_siren": lambda: (1.0, "fan_in", 1.0, 1.0),
                 "fan_uniform": lambda: (number(v["numerator"]), v["mode"].id, number(v["power"]), number(v["gain"]))}
        numerator, mode, exponent, gain = given[name]()
        limit = gain * float(power(numerator / t.fan_of(mode), exponent))
        return "uniform", (-limit, limit)


@functools.lru_cache(None)
def sampled(element):
    """The distribution that a table has, location, scale and the open interval."""
    name, p = element
    if name == "truncated_normal":
        mean, s, lower, upper, low, high, width = p
        if counted(s, lower, upper, width):
            half = 0.5 * high - 0.5 * low if width < 1e-290 else s * (0.5 * width)
            flat = (max(abs(lower), abs(upper)) + width) * width < 1e-17
            if lower == -upper and low == -high:
                return ("centre", 0.0 if flat else upper), mean, half, low, high
            near, table, location = (lower, "low_end", low) if abs(low) <= abs(high) else (-upper, "high_end", high)
            return (table,) + ((0.0, 0.0) if flat else (near, width)), location, half, low, high
        if lower >= 32:
            return ("tail_above", lower, lower * width), low, s / lower, low, high
        if upper <= -32:
            return ("tail_below", -upper, -upper * width), high, s / -upper, low, high
        return (name, lower, upper), mean, s, low, high
    if name == "triangular":
        low, mode, high = p
        return (name, (mode - low) / (high - low)), mode, high - low, low, high
    if name == "uniform":
        low, high = p
        half, middle = (high - low) / 2, (low + high) / 2
        half = half if abs(half) < INF else high / 2 - low / 2
        return (name,), middle if abs(middle) < INF else low / 2 + high / 2, half, low, high
    if name == "log_uniform":
        return element, 0.0, 1.0, *p
    if name in MAPS:
        low, high = sorted(line(p[:2], x) for x in sampled(p[2])[3:])
        if name == "reciprocal":
            low, high = -INF if high == 0 else 1 / high, INF if low == 0 else 1 / low
        else:
            low, high = (MAPS[name][0](x) for x in (low, high))
        return (name, p[:2], sampled(p[2])), 0.0, 1.0, *((-high, -low) if falls(name, p[0]) else (low, high))
    return (name,), *p, p[0] if name == "exponential" else -INF, INF


def falls(name, factor):
    return (factor < 0) != (name == "reciprocal")


def text_of(element, steps):
    """A spec of a distribution under steps. A truncated normal is written by the bounds that give its numbers."""
    name, p = element
    texts = [f"{name}({', '.join(map(str, p))})"]
    if name == "truncated_normal":
        texts = [f"{name}({p[0]}, {p[1]}, {p[2]}, {p[3]})", f"trunc_normal({p[0]}, {p[1]}, {p[4]}, {p[5]})"]
    text = min(texts, key=lambda text: distribution(*parse(text)) != element)
    for s in reversed(steps):
        if isinstance(s, str):
            text = f"{s}({text})"
        elif s[2:] != IDENTITY[2:]:
            text = f"clip({s[2]}, {s[3]}, {text})"
        else:
            text = f"shift({s[1]}, {text})" if s[1] != 0 else f"scale({s[0]}, {text})"
    return text


def settled(element, steps):
    """A distribution and the map that is left of steps. None where they leave one number: a number and steps follow."""
    todo, m = list(reversed(steps)), IDENTITY
    for i, s in enumerate(todo):
        if isinstance(s, str):
            # The elements of a map that falls are negated, so that they rise with their words. A clip goes outwards.
            todo[i + 1 : i + 1] = [(-1.0 if falls(s, m[0]) else 1.0,) + IDENTITY[1:], clip_of(s, *m[2:])]
            if element[0] == "normal" and element[1][1] == 0:
                return None, element[1][0], tuple(reversed(todo[i + 3 :])) + (s, m)
            element, m = (s, (m[0], m[1], element)), IDENTITY
            continue
        m = compose(s, m)
        rest, (low, high) = tuple(reversed(todo[i + 1 :])), sampled(element)[3:]
        if m[0] == 0 or m[2] == m[3]:
            return None, 0.0, rest + (m,)
        low, high = sorted((line(m, low), line(m, high)))
        if m[3] <= low or m[2] >= high:
            return None, m[3] if m[3] <= low else m[2], rest + (IDENTITY[:2] + m[2:],)
        folded = FOLDED.get(element[0], "--")
        if m != IDENTITY and m[2:] == IDENTITY[2:] and m[0] > 0 and folded != "--":
            p = (line(m, x) if r == "L" else m[0] * x if r == "S" else x for r, x in zip(folded, element[1]))
            element, m = (element[0], tuple(p)), IDENTITY
    return element, m


def numbers(x, t, steps, once=False, limited=False):
    """Given numbers: mapped one step at a time in float64, then rounded to the dtype and clamped."""
    x, ends = np.asarray(x, np.float64), (-INF, INF)
    for m in reversed(steps):
        if isinstance(m, str):
            x, ends = each(MAPS[m][0], x), clip_of(m, *ends)[2:]
        else:
            f, o = m[:2]
            x = np.full_like(x, o) if f == 0 else x * f if o == 0 else fma64(x, f, o)
            x, ends = inside(*m[2:], x), compose(m, IDENTITY[:2] + ends)[2:]
    if limited:
        x = np.clip(x, -largest(t.dtype), largest(t.dtype))
    return clamp(narrow(x, t.dtype, once), t.dtype, ends)


# --- tables and files

@functools.lru_cache(None)
def tables():
    """The tables of all files: S (None for one side) and coefficients in float64, by distribution and dtype."""
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tables.json")
    found = {}
    for path in [here] + [p for p in os.environ.get("INITIALIZERS_TABLES", "").split(":") if p]:
        with open(path, encoding="utf-8") as file:
            for entry in json.load(file)["tables"]:
                name, v, steps = unwrapped(entry["spec"], ())
                key = sampled(settled(distribution(name, v), steps)[0])[0]
                for dtype, kind, shape in (("float32", "<f4", (-1, 8, 32)), ("float64", "<f8", (-1, 18, 64))):
                    if dtype in entry:
                        c = np.frombuffer(base64.b64decode(entry[dtype]["coefficients"]), kind).reshape(shape)
                        split = entry[dtype].get("split")
                        c = c.astype(np.float64).transpose(1, 0, 2).reshape(shape[1], -1)
                        found[key, dtype == "float64"] = split and int(split, 16), c
    return found


def needs(spec, t, steps=()):
    """Specs of the distributions of a spec that have no table, by distribution."""
    name, v, steps = unwrapped(spec, steps)
    element = distribution(name, v, t)
    if element:
        key = sampled(settled(element, steps)[0] or ("uniform", (0.0, 1.0)))[0]
        return {} if key == ("uniform",) or (key, t.dtype == "F64") in tables() else {key: text_of(element, steps)}
    parts = v["parts"].elts if "parts" in v else [v["inner"]] if "inner" in v else []
    parts = [e.right for e in parts] if name == "stacked" else parts
    steps = () if name in ("sum", "normalized") else steps
    return {key: text for part in parts for key, text in needs(part, t, steps).items()}


def read_files(path):
    """The metadata of one safetensors file or several, their tensors in the order of their data, and their data."""
    paths = [path]
    if os.path.isdir(path) or path.endswith(".index.json"):
        folder = path if os.path.isdir(path) else os.path.dirname(path)
        index = path if path != folder else os.path.join(path, "model.safetensors.index.json")
        names = {"model.safetensors"}
        if os.path.exists(index):
            with open(index, encoding="utf-8") as file:
                names = set(json.load(file)["weight_map"].values())
        paths = [os.path.join(folder, name) for name in sorted(names)]
    for path in paths:
        with open(path, "rb") as file:
            (n,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(n))
        data = np.memmap(path, np.uint8, "r") if os.path.getsize(path) > 8 + n else np.zeros(8 + n, np.uint8)
        metadata = header.pop("__metadata__", {})
        if metadata.get("bits") != "1" or "seed" not in metadata:
            sys.exit(f"{path}: not compared: its metadata lack a seed, or `bits` is not 1")
        yield path, metadata, sorted(header.items(), key=lambda item: item[1]["data_offsets"]), data[8 + n :]


def request(metadata, name, entry):
    """What the metadata say of a tensor: its spec, the request, and the indices of its elements in the whole tensor."""
    name = metadata.get(f"tie:{name}", name)
    get = lambda key, default: metadata.get(f"{key}:{name}", default)
    stream, shape = int(get("stream", f"{child(0, name):x}"), 16), tuple(entry["shape"])
    whole = tuple(int(d) for d in get("shape", "").split(",")) if get("shape", "") else shape
    fan = get("fan", "none").replace("layout=", "layout ").replace("fan_", "")
    index = np.arange(math.prod(shape)) + int(get("offset", 0))
    if get("box", ""):
        axes = [np.arange(*map(int, r.split(":"))) for r in get("box", "").split(",")]
        index = np.ravel_multi_index(np.meshgrid(*axes, indexing="ij"), whole).ravel()
    seed = int(get("seed", metadata["seed"]))
    return get("spec", "none"), Request(seed, stream, stream, whole, fan, entry["dtype"]), index
