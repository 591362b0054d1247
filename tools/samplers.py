"""Checks the samplers of several libraries and writes the tables of docs/samplers.md: python3 tools/samplers.py [--write] [ROW ...]

A ROW is part of a row's name, such as "NumPy" or "bfloat16". It needs NumPy, SciPy and PyTorch (in Debian: python3-numpy,
python3-scipy, python3-torch), and `dotnet build -c Release Benchmarks.CSharp`, whose `samples` command gives the elements of the
.NET libraries. The largest rows take 2^28 elements, of which no more than 2^22 are in memory.
"""

import subprocess
import sys

import numpy as np
import scipy
import torch
from scipy import special, stats

PAGE = "docs/samplers.md"
CHUNK = 1 << 22
MANY = 1 << 28
SOME = 1 << 24
GRID = 1 << 20
BELOW, WIDTH = special.ndtr(-2.0), special.ndtr(2.0) - special.ndtr(-2.0)
CDF = {
    "uniform": lambda x: x,
    "normal": special.ndtr,
    "truncated": lambda x: (special.ndtr(x) - BELOW) / WIDTH,
}
VARIANCE = {"uniform": 1 / 12, "normal": 1.0, "truncated": 0.7737412975}
MEAN = {"uniform": 0.5, "normal": 0.0, "truncated": 0.0}
# The fourth central moment divided by the square of the variance
KURTOSIS = {"uniform": 1.8, "normal": 3.0, "truncated": 2.3655497}


def of_bits(data, dtype):
    """float32 values of raw elements."""
    if dtype == "bfloat16":
        return (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)
    return np.frombuffer(data, np.float16 if dtype == "float16" else np.float32).astype(np.float32)


def dotnet(library):
    def values(distribution, dtype, count):
        program = ["dotnet", "Benchmarks.CSharp/bin/Release/net10.0/Initializers.Benchmarks.dll"]
        command = [*program, "samples", library, distribution, dtype, str(count)]
        size = CHUNK * (4 if dtype == "float32" else 2)
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            while data := process.stdout.read(size):
                yield of_bits(data, dtype)
        assert process.returncode == 0, command

    return values


def chunks(draw):
    def values(distribution, dtype, count):
        for done in range(0, count, CHUNK):
            yield draw(distribution, dtype, min(CHUNK, count - done))

    return values


def of_numpy():
    generator = np.random.Generator(np.random.PCG64(1))
    return chunks(
        lambda distribution, dtype, n: generator.random(n, np.float32)
        if distribution == "uniform"
        else generator.standard_normal(n, np.float32)
    )


def of_scipy():
    generator = np.random.Generator(np.random.PCG64(1))
    return chunks(lambda distribution, dtype, n: stats.truncnorm.rvs(-2, 2, size=n, random_state=generator).astype(np.float32))


def of_torch():
    torch.manual_seed(1)

    def draw(distribution, dtype, n):
        init = torch.nn.init
        if "," in distribution:
            name, mode, sizes = distribution.split(",")
            tensor = torch.empty([int(size) for size in sizes.split("x")])
            call = getattr(init, name + "_")
            call(tensor, mode=mode) if mode else call(tensor)
            return tensor.flatten().numpy()
        tensor = torch.empty(n, dtype=getattr(torch, dtype))
        call = {"uniform": init.uniform_, "normal": init.normal_, "truncated": init.trunc_normal_}
        return call[distribution](tensor).to(torch.float32).flatten().numpy()

    return chunks(draw)


OURS, SHARP, TORCH = "Initializers", "TorchSharp 0.107", f"PyTorch {torch.__version__}"
LIBRARIES = {
    OURS: lambda: dotnet("ours"),
    SHARP: lambda: dotnet("torchsharp"),
    "MathNet": lambda: dotnet("mathnet"),
    "System.Numerics.Tensors": lambda: dotnet("tensors"),
    f"NumPy {np.__version__}": of_numpy,
    f"SciPy {scipy.__version__}": of_scipy,
    TORCH: of_torch,
}
NUMPY, SCIPY = list(LIBRARIES)[4:6]
PLATFORM = ["MathNet", "System.Numerics.Tensors"]
TABLES = [
    ("Uniforms on [0, 1), float32", "uniform", "float32", MANY, [OURS, SHARP, *PLATFORM, NUMPY, TORCH]),
    ("Normals, float32", "normal", "float32", MANY, [OURS, SHARP, *PLATFORM, NUMPY, TORCH]),
    ("Normals truncated at ±2, float32", "truncated", "float32", SOME, [OURS, SHARP, SCIPY, TORCH]),
    ("Normals, bfloat16", "normal", "bfloat16", SOME, [OURS, SHARP, TORCH]),
    ("Normals, float16", "normal", "float16", SOME, [OURS, SHARP, TORCH]),
]


# Functions of torch.nn.init that divide by fans, with their modes, and the shapes of a linear layer and of kernels of one and two axes.
FANS = [("xavier_normal", ""), ("xavier_uniform", "")] + [
    (f"kaiming_{law}", mode) for law in ("normal", "uniform") for mode in ("fan_in", "fan_out")
]
SHAPES = [(200, 800), (96, 48, 5), (64, 32, 3, 3)]
# Far from this in standard errors, or with a distribution whose probability is under 1e-6, a sampler is wrong.
FAR = 5


def fan_stddev(name, mode, shape):
    """Glorot and Bengio 2010, equations 12 and 16, and He et al. 2015, equations 10 and 14, by PyTorch's fans: an axis of outputs, one of
    inputs, and places of a kernel."""
    places = int(np.prod(shape[2:]))
    fan_in, fan_out = shape[1] * places, shape[0] * places
    return np.sqrt(2 / (fan_in + fan_out) if name.startswith("xavier") else 2 / (fan_out if mode == "fan_out" else fan_in))


def fan_cell(library, name, mode, shape):
    """The variance of a tensor over that of the formula, and what is wrong."""
    words = f"{name},{mode},{'x'.join(map(str, shape))}"
    count = int(np.prod(shape))
    (values,) = LIBRARIES[library]()(words, "float32", count)
    standard = values.astype(np.float64) / fan_stddev(name, mode, shape)
    ratio, is_uniform = np.mean(standard**2), name.endswith("uniform")
    z = (ratio - 1) * np.sqrt(count / ((1.8 if is_uniform else 3.0) - 1))
    law = stats.uniform(-np.sqrt(3), 2 * np.sqrt(3)) if is_uniform else stats.norm()
    p = stats.kstest(standard, law.cdf).pvalue
    if abs(z) > FAR:
        return f"{ratio:.4f}, z {z:.1f}"
    return f"{ratio:.4f}" + (f", not {name.split('_')[1]}" if p < 1e-6 else "")


def fans(asked):
    """The lines of the table of fans."""
    libraries = [library for library in (OURS, SHARP, TORCH) if not asked or any(word in f"Fans: {library}" for word in asked)]
    if not libraries:
        return []
    lines = ["", "## Fans, float32", "", f"| function | shape | {' | '.join(libraries)} |", "|---|---|" + "---:|" * len(libraries)]
    for name, mode in FANS:
        for shape in SHAPES:
            found = [fan_cell(library, name, mode, shape) for library in libraries]
            call = name + (f", {mode}" if mode else "")
            lines.append(f"| {call} | {' × '.join(map(str, shape))} | {' | '.join(found)} |")
    print("\n".join(lines), flush=True)
    return lines


def edges(values, dtype):
    """The upper ends of the cells of values that round to each value."""
    if dtype == "float16":
        upper = np.nextafter(values.astype(np.float16), np.float16(np.inf)).astype(np.float64)
        return (values + upper) / 2
    bits = values.view(np.uint32) >> 16
    # The next value upwards, by bits; that of -0 is the least positive one.
    step = np.where(values.view(np.int32) < 0, bits - 1, bits + 1).astype(np.uint32)
    upper = (np.where(bits == 0x8000, 1, step).astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return (values + upper) / 2


def cells(counts, values, distribution, dtype, n):
    """The probability of a chi-square statistic as large as that of the values of a 16-bit dtype, each value a cell."""
    values = values + np.float32(0)
    upper = CDF[distribution](edges(values, dtype))
    # Values that did not occur belong to the cell above, whose probability begins where that of the value below ends.
    expected = np.diff(np.concatenate(([0.0], upper[:-1], [1.0]))) * n
    groups = np.minimum(np.cumsum(expected) // 20, n)
    _, group = np.unique(groups, return_inverse=True)
    observed, wanted = np.bincount(group, counts), np.bincount(group, expected)
    return stats.chi2.sf(np.sum((observed - wanted) ** 2 / wanted), len(wanted) - 1)


def check(values, distribution, dtype, count):
    """The numbers of a row."""
    n, least, greatest = 0, np.inf, -np.inf
    sums = np.zeros(2)
    grid = np.zeros(GRID, np.int64)
    kept = []
    for chunk in values(distribution, dtype, count):
        least, greatest = min(least, chunk.min()), max(greatest, chunk.max())
        standard = (chunk.astype(np.float64) - MEAN[distribution]) / np.sqrt(VARIANCE[distribution])
        sums += standard.sum(), (standard**2).sum()
        place = CDF[distribution](chunk.astype(np.float64)) * GRID
        grid += np.bincount(np.clip(place, 0, GRID - 1).astype(np.int64), minlength=GRID)
        if n < SOME:
            kept.append(chunk)
        n += len(chunk)
    found, counts = np.unique(np.concatenate(kept), return_counts=True)
    distance = np.max(np.abs(np.cumsum(grid) / n - np.arange(1, GRID + 1) / GRID))
    if dtype == "float32":
        p = special.kolmogorov(distance * np.sqrt(n))
    else:
        p = cells(counts, found, distribution, dtype, counts.sum())
    return {
        "elements": f"2^{int(np.log2(n))}" if n & (n - 1) == 0 else f"{n:,}",
        "mean, z": f"{sums[0] / np.sqrt(n):.1f}",
        "variance, z": f"{(sums[1] - n) / np.sqrt(n * (KURTOSIS[distribution] - 1)):.1f}",
        "smallest": f"{least:.7g}",
        "largest": f"{greatest:.7g}",
        "distinct": f"{len(found):,}",
        "largest atom": f"{counts.max():,}",
        "KS" if dtype == "float32" else "cells": "< 1e-15" if p < 1e-15 else f"{p:.2g}",
    }


def main(words):
    write = "--write" in words
    asked = [word for word in words if word != "--write"]
    # The page's text stays; its tables are written again.
    page = [open(PAGE, encoding="utf-8").read().split("\n## Uniforms")[0].rstrip()]
    for title, distribution, dtype, count, libraries in TABLES:
        lines = []
        for library in libraries:
            name = f"{title}: {library}"
            if asked and not any(word in name for word in asked):
                continue
            row = check(LIBRARIES[library](), distribution, dtype, count)
            if not lines:
                lines = ["", f"## {title}", "", f"| sampler | {' | '.join(row)} |", "|---|" + "---:|" * len(row)]
            lines.append(f"| {library} | {' | '.join(row.values())} |")
            print("\n".join(lines[-5:] if len(lines) == 6 else lines[-1:]), flush=True)
        page += lines
    page += fans(asked)
    if write:
        open(PAGE, "w", encoding="utf-8").write("\n".join(page) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
