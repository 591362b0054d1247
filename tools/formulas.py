"""Writes Properties.Tests/elementary/formulas.txt, the numbers of the examples in docs/formulas.md:

    python3 tools/formulas.py

Each tensor is computed from its definition in the source that the page names, step by step with lists and Python's own
float64, not by the page's formula. A line has the name, the dtype, the shape, and all numbers, row-major.
"""

import math
import os

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def rope(dim, base):
    """Su et al. 2021, section 3.2.2: theta_i = base^(-2(i-1)/d)."""
    return [1.0 / base ** (k / dim) for k in range(0, dim, 2)]


def llama3(dim, base, factor, low, high, old):
    """Wavelengths above old/low are divided by the factor, those below old/high are kept, and the others interpolated."""
    scaled = []
    for frequency in rope(dim, base):
        wavelength = 2 * math.pi / frequency
        if wavelength < old / high:
            scaled.append(frequency)
        elif wavelength > old / low:
            scaled.append(frequency / factor)
        else:
            smooth = (old / wavelength - low) / (high - low)
            scaled.append((1 - smooth) * frequency / factor + smooth * frequency)
    return scaled


def yarn(dim, base, factor, old, fast, slow):
    """Peng et al. 2023, section 3.2, with the limits of the ramp as the authors round them."""

    def turns(count):
        return dim * math.log(old / (count * 2 * math.pi)) / (2 * math.log(base))

    low, high = max(math.floor(turns(fast)), 0), min(math.ceil(turns(slow)), dim - 1)
    mixed = []
    for i, frequency in enumerate(rope(dim, base)):
        ramp = min(max((i - low) / (high - low), 0.0), 1.0)
        mixed.append(frequency / factor * ramp + frequency * (1 - ramp))
    return mixed


def sinusoids(positions, dim):
    """Vaswani et al. 2017, section 3.5."""
    table = []
    for position in range(positions):
        for i in range(dim // 2):
            angle = position / 10000 ** (2 * i / dim)
            table += [math.sin(angle), math.cos(angle)]
    return table


def alibi(heads):
    """Press et al. 2022, section 3, and for other numbers of heads the authors' code: every second slope of twice as many."""

    def powers(n):
        start = 2 ** (-8 / n)
        return [start**k for k in range(1, n + 1)]

    n = 2 ** int(math.log2(heads))
    return powers(n) + powers(2 * n)[0::2][: heads - n]


def swin(window):
    """Liu et al. 2021: offsets along both axes, counted from 0, as one number."""
    places = [(y, x) for y in range(window) for x in range(window)]
    return [
        (y - v + window - 1) * (2 * window - 1) + (x - u + window - 1) for y, x in places for v, u in places
    ]


def legs(n):
    """Gu et al. 2020, theorem 2, with both sides scaled by the lengths sqrt(2k + 1) as in S4 (Gu et al. 2022)."""
    a = []
    for row in range(n):
        for column in range(n):
            below = (2 * row + 1) ** 0.5 * (2 * column + 1) ** 0.5
            a.append(-below if row > column else -(row + 1) if row == column else 0.0)
    return a, [(2 * row + 1) ** 0.5 for row in range(n)]


def hadamard(n):
    """Sylvester's doubling: H, H over H, -H."""
    rows = [[1]]
    while len(rows) < n:
        rows = [row + row for row in rows] + [row + [-x for x in row] for row in rows]
    return sum(rows, [])


def main():
    inf = math.inf
    a, b = legs(8)
    heads = 8
    tensors = [
        ("Rotary frequencies", "F64", [64], rope(128, 10000.0)),
        ("Llama 3.1", "F64", [64], llama3(128, 500000.0, 8, 1, 4, 8192)),
        ("YaRN", "F64", [64], yarn(128, 10000.0, 4, 4096, 32, 1)),
        ("Sinusoidal positions", "F64", [40, 32], sinusoids(40, 32)),
        ("ALiBi", "F64", [12], alibi(12)),
        ("Position ids", "I64", [1, 512], list(range(512))),
        ("Swin", "I64", [49, 49], swin(7)),
        ("S4D-Lin, logarithm of the real part", "F64", [3, 32], [math.log(0.5)] * 96),
        ("S4D-Lin, imaginary part", "F64", [3, 32], [math.pi * n for _ in range(3) for n in range(32)]),
        ("S4D-Inv, imaginary part", "F64", [3, 32], [64 / math.pi * (64 / (2 * n + 1) - 1) for _ in range(3) for n in range(32)]),
        ("HiPPO-LegS, A", "F64", [8, 8], a),
        ("HiPPO-LegS, B", "F64", [8, 1], b),
        ("Hadamard", "F64", [8, 8], hadamard(8)),
        ("Causal mask", "BOOL", [6, 6], [int(k <= q) for q in range(6) for k in range(6)]),
        ("Additive causal mask", "F64", [6, 6], [0.0 if k <= q else -inf for q in range(6) for k in range(6)]),
        ("Evenly spaced numbers", "F64", [9], [-1 + 2 * k / 8 for k in range(9)]),
        ("RetNet", "F64", [heads], [math.log(1 - 2.0 ** (-5 - h)) for h in range(heads)]),
    ]
    path = os.path.join(ROOT, "Properties.Tests/elementary/formulas.txt")
    with open(path, "w", newline="\n") as f:
        for name, dtype, shape, numbers in tensors:
            assert len(numbers) == math.prod(shape), name
            f.write(f"{name}|{dtype}|{','.join(map(str, shape))}|{' '.join(map(repr, numbers))}\n")


if __name__ == "__main__":
    main()
