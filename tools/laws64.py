"""Writes Properties.Tests/quantiles/laws.txt, quantiles of the distributions that Core.FSharp fits, from mpmath at 50 digits:

    python3 tools/laws64.py            (needs mpmath; about a minute)

Each line has the distribution, a word W of 64 bits, and the standardized distribution's quantile at (W + 1/2) 2^-64 as an
unevaluated sum of two float64, all bits in hexadecimal.
"""

import os
import random

import mpmath as mp

import normal64

mp.mp.dps = 50
INF = float("inf")


def probability(word):
    """P below and P above, each to full relative precision."""
    below = mp.mpf(2 * word + 1) / mp.mpf(2**65)
    above = mp.mpf(2 * (2**64 - 1 - word) + 1) / mp.mpf(2**65)
    return below, above


def logistic(word):
    below, above = probability(word)
    return mp.log(below / above)


def laplace(word):
    below, above = probability(word)
    return mp.log(2 * below) if below < above else -mp.log(2 * above)


def gumbel(word):
    below, above = probability(word)
    return -mp.log(-(mp.log(below) if below < above else mp.log1p(-above)))


def cauchy(word):
    below, above = probability(word)
    return -mp.cot(mp.pi * below) if below < above else mp.cot(mp.pi * above)


def exponential(word):
    below, above = probability(word)
    return -mp.log1p(-below) if below < above else -mp.log(above)


def triangular(mode):
    def quantile(word):
        below, above = probability(word)
        m = mp.mpf(mode)
        return mp.sqrt(below * m) - m if below <= m else (1 - m) - mp.sqrt(above * (1 - m))

    return quantile


def tail(x):
    """P(Z > x)."""
    if x == INF:
        return mp.mpf(0)
    return mp.mpf(1) if x == -INF else mp.erfc(mp.mpf(x) / mp.sqrt(2)) / 2


def solve(lower, upper, below, above):
    """The x in (lower, upper) with P(Z > x) = above P(Z > lower) + below P(Z > upper)."""
    target = above * tail(lower) + below * tail(upper)
    mass = lambda x: tail(x) - target
    low, high = mp.mpf(max(lower, -12)), mp.mpf(min(upper, max(lower, 0) + 12))
    x = (low + high) / 2
    # Newton's steps inside a bracket that only shrinks.
    for _ in range(200):
        f = mass(x)
        if f > 0:
            low = x
        else:
            high = x
        step = f * mp.sqrt(2 * mp.pi) * mp.exp(x * x / 2)
        following = x + step
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) <= mp.mpf(10) ** -46 * max(1, abs(x)):
            return following
        x = following
    return x


def truncated(lower, upper):
    def quantile(word):
        below, above = probability(word)
        # Where the interval is on the negative side, mirrored, so that tails keep their digits.
        if upper <= 0 or (lower < 0 and below * tail(-upper) + above * tail(-lower) < mp.mpf("0.5")):
            return -solve(-upper, -lower, above, below)
        return solve(lower, upper, below, above)

    # Tails from 1 have lost digits to the leading 1, so a few more are carried.
    return quantile


def far(near, width):
    """near (Z - near) for a normal Z between near and near + width / near."""
    upper = INF if width == INF else mp.mpf(near) + mp.mpf(width) / near

    def quantile(word):
        below, above = probability(word)
        return near * (solve(near, upper, below, above) - near)

    return quantile


LAWS = {
    "logistic": logistic,
    "laplace": laplace,
    "gumbel": gumbel,
    "cauchy": cauchy,
    "exponential": exponential,
    **{f"triangular {m}": triangular(m) for m in (0.0, 0.3, 0.5, 0.9, 1.0)},
    **{
        f"truncated {lower} {upper}": truncated(lower, upper)
        for lower, upper in [
            (-2.0, 2.0),
            (-100.0, 100.0),
            (-1.0, INF),
            (-5.0, 5.01),
            (-3.0, -1.0),
            (0.1, 0.11),
            (5.25, INF),
            (13.0, INF),
            (30.0, INF),
        ]
    },
    **{f"tail {near} {width}": far(near, width) for near, width in [(40.0, INF), (1000.0, 5.0)]},
}


def words(rng):
    chosen = {0, 1, 2, 2**63 - 1, 2**63}
    for e in range(64):
        low = 0 if e == 63 else 2 ** (62 - e)
        chosen.add(low)
        for _ in range(1 if e > 8 else 6):
            n = rng.randrange(low, max(low + 1, 2 * low))
            chosen.add(n)
            chosen.add(2**64 - 1 - rng.randrange(low, max(low + 1, 2 * low)))
    for _ in range(40):
        chosen.add(rng.getrandbits(64))
    return sorted(chosen)


def main():
    path = os.path.join(normal64.ROOT, "Properties.Tests/quantiles/laws.txt")
    with open(path, "w", newline="\n") as f:
        for name, quantile in LAWS.items():
            for word in words(random.Random(name)):
                f.write(f"{name.replace(' ', '_')} {word:016x} {normal64.pair(quantile(word))}\n")


if __name__ == "__main__":
    main()
