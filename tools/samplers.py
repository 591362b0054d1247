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
GLOROT = np.sqrt(2 / 1000)  # of a matrix of 200 by 800
BELOW, WIDTH = special.ndtr(-2.0), special.ndtr(2.0) - special.ndtr(-2.0)
CDF = {
    "uniform": lambda x: x,
    "normal": special.ndtr,
    "truncated": lambda x: (special.ndtr(x) - BELOW) / WIDTH,
    "glorot": lambda x: special.ndtr(x / GLOROT),
}
VARIANCE = {"uniform": 1 / 12, "normal": 1.0, "truncated": 0.7737412975, "glorot": GLOROT**2}
MEAN = {"uniform": 0.5, "normal": 0.0, "truncated": 0.0, "glorot": 0.0}
# The fourth central moment divided by the square of the variance
KURTOSIS = {"uniform": 1.8, "normal": 3.0, "truncated": 2.3655497, "glorot": 3.0}


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
        tensor = torch.empty((200, 800) if distribution == "glorot" else n, dtype=getattr(torch, dtype))
        init = torch.nn.init
        call = {
            "uniform": init.uniform_,
            "normal": init.normal_,
            "truncated": init.trunc_normal_,
            "glorot": init.xavier_normal_,
        }
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
    ("Glorot normals, a matrix of 200 by 800", "glorot", "float32", 160_000, [OURS, SHARP, TORCH]),
    ("Normals, bfloat16", "normal", "bfloat16", SOME, [OURS, SHARP, TORCH]),
    ("Normals, float16", "normal", "float16", SOME, [OURS, SHARP, TORCH]),
]


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
    if write:
        open(PAGE, "w", encoding="utf-8").write("\n".join(page) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
