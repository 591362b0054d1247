"""Writes Properties.Tests/quantiles/bounded.txt, values of truncated normals of all widths and offsets, from mpmath at 150
digits:

    python3 tools/bounded64.py         (needs mpmath; some minutes)

A line `SPEC MEAN STDDEV LOW HIGH` has a spec's numbers as float64 bits in hexadecimal; the lines behind it have a word W of
64 bits each and the value at probability (W + 1/2) 2^-64, as an unevaluated sum of two float64.
"""

import os
import struct

import mpmath as mp

import normal64

mp.mp.dps = 150

# All but the outermost lie in the middle of the cell of their upper half, which is where a float32 is.
MIDDLE = 2**31
WORDS = [0, 2**64 - 1] + [
    (w << 32) + MIDDLE
    for w in [0, 2, 2**18 + 5, 2**28 - 1, 2**30 + 2**25, 2**31 - 1, 2**31, 3 * 2**30 + 98765, 2**32 - 2**13, 2**32 - 1]
]
WIDTHS = [1e-30, 1e-20, 1e-12, 1e-8, 1e-6, 1e-4, 0.01, 0.3, 0.9, 1.5, 4.0, 30.0, 1e4, 1e12, 1e30]
# Where the interval's low end lies, in standard deviations from the mean; None is an interval around the mean.
OFFSETS = [None, 0.0, 0.5, 3.0, 5.0, 20.0, 31.5, 33.0, 1e3, 1e10, 1e30]


def tail(x):
    """P(Z > x)."""
    return mp.erfc(x / mp.sqrt(2)) / 2


def quantile(lower, upper, below, above):
    """The x in (lower, upper) with that part of the mass below and above it."""
    if lower + upper < 0:
        return -quantile(-upper, -lower, above, below)
    target = above * tail(lower) + below * tail(upper)
    low = max(lower, mp.mpf(-40))
    # No word of 64 bits lies further out.
    high = min(upper, low + (100 / lower if lower > 1 else 100))
    x = low + (high - low) * (below if upper - lower < 1 else mp.mpf("0.5"))
    for _ in range(600):
        f = tail(x) - target
        if f > 0:
            low = x
        else:
            high = x
        following = x + f * mp.sqrt(2 * mp.pi) * mp.exp(x * x / 2)
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) <= (upper - lower) * mp.mpf(10) ** -45 or following == x:
            return following
        x = following
    raise ArithmeticError("no convergence")


def bits(x):
    return struct.pack(">d", x).hex()


def specs():
    for width in WIDTHS:
        for offset in OFFSETS:
            for side in (1, -1):
                if offset is None:
                    low, high = -0.25 * width, 0.75 * width
                else:
                    low, high = offset, offset + width
                if side < 0:
                    low, high = -high, -low
                if low < high:
                    yield "truncated_normal", 0.0, 1.0, low, high
                    yield "truncated_normal", 1.0, 0.125, low, high
                # Absolute: an interval of width 1 that begins at 0, ends there, or holds it, and one of width 0.01 at 3.
                for a, b in [(0.0, 1.0), (-0.5, 0.5), (3.0, 3.01)]:
                    stddev = (b - a) / width
                    start = -0.25 * width if offset is None else offset
                    # The end that is nearer to the mean.
                    mean = a - start * stddev if side > 0 else b + start * stddev
                    yield "trunc_normal", mean, stddev, a, b


def main():
    path = os.path.join(normal64.ROOT, "Properties.Tests/quantiles/bounded.txt")
    with open(path, "w", newline="\n") as f:
        for number, (name, mean, stddev, low, high) in enumerate(dict.fromkeys(specs())):
            f.write(f"{name} {bits(mean)} {bits(stddev)} {bits(low)} {bits(high)}\n")
            m, s, a, b = (mp.mpf(x) for x in (mean, stddev, low, high))
            lower, upper = (a, b) if name == "truncated_normal" else ((a - m) / s, (b - m) / s)
            # Four words a spec, each spec others.
            for i in range(4):
                word = WORDS[(5 * number + 3 * i) % len(WORDS)]
                below = mp.mpf(2 * word + 1) / mp.mpf(2**65)
                above = mp.mpf(2 * (2**64 - 1 - word) + 1) / mp.mpf(2**65)
                value = m + s * quantile(lower, upper, below, above)
                f.write(f"{word:016x} {normal64.pair(value)}\n")


if __name__ == "__main__":
    main()
