#!/usr/bin/env python3
"""A second implementation of the bit contract, version 1, in NumPy.

It was written from docs/bits.md, shares no code with the library and needs Python 3.9 and NumPy only.

    python3 reference/initializers.py verify FILE    generates a safetensors file's tensors again and compares all bytes;
                                                     FILE may be a folder or an index of several files
    python3 reference/initializers.py golden FOLDER  compares the golden files in a folder

The exit code of both is 0 if everything that was compared is equal. A tensor that is not supported is printed, and makes
the exit code of `verify` 1.

Not in this reference yet: distributions with fitted tables (truncated normal, logistic, Laplace, Gumbel, Cauchy,
exponential, triangular, log-uniform, and log, exp, … of a distribution). `tables.json` has the two tables of the standard
normal.
"""
import hashlib, json, math, os, re, struct, sys
from dataclasses import replace
from fractions import Fraction
import numpy as np
from arithmetic import FLOAT8, MAPS, U, encode, fma64, power
from specs import Request, Unsupported, contains, listed, normally, numbers, parse, split, step, uniform
from structures import formula, kernel, orthogonal, permuted, pluses, stft
from words import AUX, child, times, wide, words

INF = math.inf
MATRICES = ("orthogonal", "sparse", "permutation", "normalized", "bilinear", "stft")


def elements(text, t, at, steps=()):
    """The elements `at` flat indices, as float64 values of the dtype. `steps` are maps around the spec, outermost first."""
    name, v = parse(text)
    number = lambda key: float(v[key])
    inner = lambda s=(), **changes: elements(v["inner"], replace(t, **changes), at, steps + tuple(s))
    zero = lambda: numbers(np.zeros(1), t, steps)
    if name in ("scale", "shift", "clip"):
        return inner([step(name, *(number(k) for k in ("factor", "offset", "low", "high") if k in v))])
    if name in ("residual", "width_scaled"):
        return inner([step("scale", 1 / math.sqrt(2 * number("layers") if name == "residual" else number("multiplier")))])
    if name in MAPS:
        return inner([name])
    if name in ("zeros", "ones", "constant"):
        return numbers(np.full(at.size, {"zeros": 0.0, "ones": 1.0}.get(name) if name != "constant" else number("value")), t, steps)
    if name == "uniform":
        return uniform(t, at, number("low"), number("high"), steps)
    if name == "normal":
        return normally(t, at, number("mean"), number("stddev"), steps)
    family = re.fullmatch("(?:variance_scaling|(he|kaiming|glorot|xavier|lecun)_(normal|uniform))", name)
    if family:
        gain = number("gain") if "gain" in v else 1.0
        scale = number("scale") if "scale" in v else 2 / (1 + number("negative_slope") ** 2) if "negative_slope" in v else gain * gain
        mode = v.get("mode") or ("fan_in" if family[1] == "lecun" else "fan_avg")
        kind, mean, fan = family[2] or v["distribution"], float(v.get("mean", 0)), t.fan_of(mode)
        if kind == "uniform":
            limit = math.sqrt(3 * scale / fan)
            return uniform(t, at, mean - limit, mean + limit, steps)
        if kind != "normal":
            raise Unsupported(f"{kind}: not in this reference yet")
        return normally(t, at, mean, math.sqrt(scale / fan), steps)
    if name in ("fan_uniform", "siren", "first_layer_siren"):
        given = {"siren": (6.0, "fan_in", 0.5, 1 / float(v.get("w0", 1))), "first_layer_siren": (1.0, "fan_in", 1.0, 1.0)}.get(name)
        numerator, mode, exponent, gain = given or (number("numerator"), v["mode"], number("power"), number("gain"))
        limit = gain * power(numerator / t.fan_of(mode), exponent)
        return uniform(t, at, -limit, limit, steps)
    if name == "default_layout":
        return inner(fan=f"layout {v['layout']}" if t.fan in ("", "none") else t.fan)
    if name == "axis_fans":
        a, b = (math.prod(t.shape[i] for i in listed(v[k], int)) for k in ("input_axes", "output_axes"))
        return inner(fan=f"in {a}, out {b}")
    if name in ("mask", "literal"):
        x = np.array(listed(v["keep" if name == "mask" else "values"]))[at % len(split(v["keep" if name == "mask" else "values"][1:-1]))]
        return np.where(x == 0, zero(), inner()) if name == "mask" else numbers(x, t, steps)
    if name == "padding":
        row = int(v["index"]) % t.shape[0]
        return np.where(t.indices(at)[0] == row, zero(), inner())
    if name in ("stacked", "batched", "repeat"):
        i, n = list(t.indices(at)), len(t.shape)
        result = np.zeros(at.size)
        if name == "batched":
            axes = int(v["axes"])
            shape, each_size = t.shape[axes:], math.prod(t.shape[axes:])
            roles = t.fan[7:].split(",") if t.fan.startswith("layout") and "," in t.fan else []
            fan = "layout " + ",".join(roles[axes:]) if len(t.roles()) == n and roles else t.fan
            for b in np.unique(at // each_size):
                here = at // each_size == b
                part = replace(t, shape=shape, fan=fan, aux=child(t.aux, b), place=lambda j, b=b: t.place(j + b * each_size))
                result[here] = elements(v["inner"], part, at[here] - b * each_size, steps)
            return result
        axis = int(v["axis"]) % n
        resized = lambda size: tuple(size if a == axis else d for a, d in enumerate(t.shape))
        if name == "repeat":
            shape = resized(t.shape[axis] // int(v["times"]))
            i[axis] = i[axis] // int(v["times"])
            part = replace(t, shape=shape, stream=t.aux, place=lambda j: j)
            j, back = np.unique(np.ravel_multi_index(i, shape), return_inverse=True)
            return elements(v["inner"], part, j, steps)[back]
        start = 0
        for b, text in enumerate(split(v["parts"][1:-1])):
            size, _, spec = text.partition(":")
            shape = resized(int(size))
            def place(j, shape=shape, start=start):
                whole = list(np.unravel_index(j, shape))
                whole[axis] = whole[axis] + start
                return t.place(np.ravel_multi_index(whole, t.shape))
            here = (i[axis] >= start) & (i[axis] < start + int(size))
            if here.any():
                local = [x[here] - start * (a == axis) for a, x in enumerate(i)]
                part = replace(t, shape=shape, aux=child(t.aux, b), place=place)
                result[here] = elements(spec, part, np.ravel_multi_index(local, shape), steps)
            start += int(size)
        return result
    if name == "sum":
        work = t if t.dtype == "F64" else replace(t, dtype="F32")
        total = np.zeros(at.size)
        parts = split(v["parts"][1:-1])
        mark = "+" * (1 + pluses(parts[0]))
        for k, part in enumerate(parts):
            own = work if k == 0 else replace(work, stream=child(t.stream, f"{mark}{k}"), aux=child(t.aux, f"{mark}{k}"))
            x = elements(part, own, at)
            total = x if k == 0 else total + x
        return numbers(total, t, steps, limited=True)
    if name == "normalized":
        work, axis = t if t.dtype == "F64" else replace(t, dtype="F32"), int(v["axis"]) % len(t.shape)
        x = np.moveaxis(elements(v["inner"], work, np.arange(t.size)).reshape(t.shape), axis, 0)
        y = np.ldexp(x, 1 - np.frexp(np.abs(x).max(0))[1])
        s = np.zeros(y.shape[1:])
        for row in y:
            s = fma64(row, row, s)
        y = np.moveaxis(y / np.sqrt(np.where(s == 0, 1, s)), 0, axis).ravel()
        return numbers(y, t, steps)[at]
    if name == "sparse":
        rows, columns = t.shape
        zeros = math.ceil(number("sparsity") * rows)
        w = words(t.key, t.aux, np.arange(t.size), AUX).reshape(t.shape)
        off = np.zeros(t.shape, bool)
        np.put_along_axis(off, np.argsort(w, axis=0, kind="stable")[:zeros], True, axis=0)
        return np.where(off.ravel()[at], zero(), inner(aux=child(t.aux, 0)))
    if name == "orthogonal":
        return orthogonal(t, number("gain"), steps)[at]
    if name in ("dirac", "identity", "delta_orthogonal", "bilinear"):
        return kernel(t, at, name, v, steps)
    if name == "lstm_bias":
        return numbers(np.where((at >= t.size // 4) & (at < t.size // 2), number("forget"), 0.0), t, steps)
    if name == "stft":
        return numbers(stft(t, v), t, steps)[at]
    if name == "formula":
        return numbers(formula(v["expression"], t, at), t, steps, once=True)
    if name == "permutation":
        return numbers(permuted(t), t, steps, once=True)[at]
    if name in ("randint", "bernoulli"):
        w = wide(t.key, t.stream, t.place(at))
        if name == "bernoulli":
            edge = math.ceil(Fraction(number("p")) * 2**64)
            return numbers(w < U(edge) if edge < 2**64 else np.ones(at.size), t, steps, once=True)
        low, n = int(v["low"]), int(v["high"]) - int(v["low"])
        if n <= 2**32:
            x = times(w, U(n)).astype(np.int64) + low
        else:
            a = wide(t.key, t.aux, at, AUX)
            x = np.array([low + ((int(h) << 64 | int(l)) * n >> 128) for h, l in zip(w, a)], object)
        return numbers(x.astype(np.float64), t, steps, once=True)
    raise Unsupported(f"{name}: not in this reference yet")


# --- files


def fill(spec, shape, key, stream="", fan="none", dtype="F32"):
    """A tensor as an array, of bits where NumPy lacks the dtype: fill("he_normal", (256, 128), 42, "fc.weight", "layout oi")."""
    stream = child(0, stream) if stream else 0
    t = Request(key, stream, stream, tuple(shape), fan, dtype)
    return np.concatenate([x for _, x in chunks(spec, t, np.arange(t.size))] or [encode(np.zeros(0), dtype)]).reshape(shape)


def chunks(spec, t, index):
    """The bits of the elements at some indices, with the place of the first of each chunk."""
    step = max(index.size, 1) if contains(spec, MATRICES) else 1 << 18
    work = t if t.dtype in ("F32", "F16", "BF16", "F64") else replace(t, dtype="F32" if t.dtype in FLOAT8 else "F64")
    for start in range(0, index.size, step):
        yield start, encode(elements(spec, work, index[start : start + step]), t.dtype)


def read_file(path):
    """A safetensors file's metadata, its tensors in the order of their data, and their data."""
    with open(path, "rb") as file:
        (n,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(n))
    data = np.memmap(path, np.uint8, "r") if os.path.getsize(path) > 8 + n else np.zeros(8 + n, np.uint8)
    metadata = header.pop("__metadata__", {})
    return metadata, sorted(header.items(), key=lambda item: item[1]["data_offsets"]), data[8 + n :]


def request(metadata, name, entry):
    """What the metadata say of a tensor: its spec, the request, and the indices of its elements in the whole tensor."""
    name = metadata.get(f"tie:{name}", name)
    get = lambda key, default: metadata.get(f"{key}:{name}", default)
    stream = int(get("stream", f"{child(0, name):x}"), 16)
    shape, kind = tuple(entry["shape"]), entry["dtype"]
    whole = tuple(int(d) for d in get("shape", "").split(",")) if get("shape", "") else shape
    fan = get("fan", "none").replace("layout=", "layout ").replace("fan_", "")
    index = np.arange(math.prod(shape)) + int(get("offset", 0))
    if get("box", ""):
        axes = [np.arange(*map(int, r.split(":"))) for r in get("box", "").split(",")]
        index = np.ravel_multi_index(np.meshgrid(*axes, indexing="ij"), whole).ravel()
    return get("spec", "none"), Request(int(get("seed", metadata["seed"])), stream, stream, whole, fan, kind), index


def verify(path):
    """Generates a file's tensors again and compares all bytes; prints a line for each tensor that differs."""
    if os.path.isdir(path) or path.endswith(".index.json"):
        folder = path if os.path.isdir(path) else os.path.dirname(path)
        index = path if path != folder else os.path.join(path, "model.safetensors.index.json")
        files = {"model.safetensors"}
        if os.path.exists(index):
            with open(index, encoding="utf-8") as file:
                files = set(json.load(file)["weight_map"].values())
        return max([verify(os.path.join(folder, name)) for name in sorted(files)])
    metadata, tensors, data = read_file(path)
    if metadata.get("bits") != "1" or "seed" not in metadata:
        print(f"{path}: not compared: its metadata lack a seed, or `bits` is not 1")
        return 1
    count = {"equal": 0, "different": 0, "absent": 0, "not supported": 0, "not generated": 0}
    for name in sorted(key[5:] for key in metadata if key.startswith("spec:") and key[5:] not in dict(tensors)):
        count["absent"] += 1
        print(f"{name}: not in the file")
    for name, entry in tensors:
        found = data[slice(*entry["data_offsets"])]
        try:
            spec, t, index = request(metadata, name, entry)
            different, first = 0, None
            for start, x in () if spec == "none" else chunks(spec, t, index):
                was = found[start * x.itemsize : (start + x.size) * x.itemsize]
                if x.tobytes() != was.tobytes():
                    bad = (x.view(np.uint8).reshape(x.size, -1) != was.reshape(x.size, -1)).any(axis=1)
                    first = start + int(np.argmax(bad)) if first is None else first
                    different += int(bad.sum())
            state = "not generated" if spec == "none" else "different" if different else "equal"
            if different:
                at = [int(i) for i in np.unravel_index(first, entry["shape"])]
                print(f"{name}: {different} of {index.size} elements differ, the first at {at}")
        except Unsupported as reason:
            state = "not supported"
            print(f"{name}: not supported: {reason}")
        count[state] += 1
    print(f"{path}: {len(tensors)} tensors: " + ", ".join(f"{n} {state}" for state, n in count.items() if n or state == "equal"))
    return 1 if count["different"] or count["absent"] or count["not supported"] or not count["equal"] else 0


def golden(folder):
    """Compares every golden case; the last line counts them."""
    supported = equal = total = 0
    for dtype, kind in (("float32", "F32"), ("float16", "F16"), ("bfloat16", "BF16"), ("float64", "F64")):
        for case in json.load(open(os.path.join(folder, dtype + ".json"), encoding="utf-8"))["cases"]:
            total += 1
            stream = 0 if case["stream"] is None else child(0, case["stream"])
            shape = tuple(int(d) for d in case["shape"].split(","))
            t = Request(case["seed"], stream, stream, shape, case["fan"], kind)
            bits = lambda index: np.concatenate([x for _, x in chunks(case["spec"], t, index)])
            try:
                x = bits(np.arange(t.size if "sha256" in case else 1 << 20))
                digest = case.get("sha256") or case["sha256 of elements 0 to 2^20"]
                same = hashlib.sha256(x.tobytes()).hexdigest() == digest
                for key in filter(lambda key: key.startswith("elements from "), case):
                    wanted = " ".join(case[key]).split()
                    base, _, exponent = key.split()[-1].partition("^")
                    start = int(base) ** int(exponent or 1)
                    y = x[start : start + len(wanted)] if start < x.size else bits(np.arange(start, start + len(wanted)))
                    same &= [e[::-1].tobytes().hex() for e in y.view(np.uint8).reshape(y.size, -1)] == wanted
            except Unsupported:
                continue
            supported += 1
            equal += same
            if not same:
                print(f"{dtype}, {case['name']}: differs ({case['spec']})")
    print(f"{equal} of {supported} supported golden cases are equal, of {total} in all")
    return 0 if equal == supported else 1


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("verify", "golden"):
        sys.exit(__doc__)
    sys.exit({"verify": verify, "golden": golden}[sys.argv[1]](sys.argv[2]))
