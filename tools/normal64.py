"""Writes what float64 normals rest on, from mpmath at 60 digits:

    python3 tools/normal64.py          (needs mpmath; about a minute)

Core.FSharp/Pure/Distributions/NormalTable64.fs         the octave table, a part of the bit contract
Properties.Tests/quantiles/octaves.txt    the quantile in each octave as a Chebyshev series of 48 terms, each of them an
                                          unevaluated sum of two float64 (106 bits): the tests' reference for any word
Properties.Tests/quantiles/words.txt      the quantile of single words likewise, straight from mpmath

A word W of 64 bits has the probability (W + 1/2) 2^-64. With m = min(W, ~W) and v = 2 m + 1 its octave e is the number of
v's leading zeros. For e >= 1 the variable is a = v 2^e / 2^63 in (1, 2) at tail probability a 2^(-2-e); for e = 0 it is
the distance from the median, a = (2^64 - v) / 2^63 in (0, 1), at probability 1/2 +- a/4.
"""

import os
import random
import struct
from fractions import Fraction
from statistics import NormalDist

import mpmath as mp

mp.mp.dps = 60
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
DEGREE = 17
TERMS = 48
HALF = mp.mpf(1) / 2


def upper(p):
    """The z with P(Z > z) = p, for p in (0, 1/2]."""
    if p == HALF:
        return mp.mpf(0)
    x = mp.mpf(-NormalDist().inv_cdf(float(p)))
    for _ in range(3):
        # Halley's steps on log-free residues.
        density = mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)
        u = (mp.erfc(x / mp.sqrt(2)) / 2 - p) / density
        x += u / (1 - x * u / 2)
    return x


def central(d):
    """The z with P(0 < Z < z) = d, for d in (0, 1/4], to full relative precision."""
    x = mp.mpf(NormalDist().inv_cdf(0.5 + float(d))) if d > mp.mpf("1e-6") else d * mp.sqrt(2 * mp.pi)
    for _ in range(4):
        density = mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)
        u = (mp.erf(x / mp.sqrt(2)) / 2 - d) / density
        x -= u / (1 + x * u / 2)
    return x


def value(octave, x):
    """What the octave's polynomial approximates, at x in [-1, 1]."""
    if octave == 0:
        a = mp.sqrt((x + 1) / 2)
        return central(a / 4) / a
    return upper((x + 3) / 2 * mp.mpf(2) ** (-2 - octave))


def chebyshev(octave):
    """Coefficients of the interpolating Chebyshev series of TERMS terms."""
    nodes = [mp.cos(mp.pi * (i + HALF) / TERMS) for i in range(TERMS)]
    values = [value(octave, x) for x in nodes]
    series = [
        sum(v * mp.cos(mp.pi * k * (i + HALF) / TERMS) for i, v in enumerate(values)) * 2 / TERMS for k in range(TERMS)
    ]
    series[0] /= 2
    return series


def monomials(series):
    """Coefficients in y = x/2 of the series' first DEGREE + 1 terms."""
    total = [mp.mpf(0)] * (DEGREE + 1)
    previous, current = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
    for k in range(DEGREE + 1):
        for power, c in enumerate(previous):
            total[power] += series[k] * c
        twice = [mp.mpf(0)] + [2 * c for c in current]
        for power, c in enumerate(previous):
            twice[power] -= c
        previous, current = current, twice
    return [c * 2**power for power, c in enumerate(total)]


def fma(a, b, c):
    return float(Fraction(a) * Fraction(b) + Fraction(c))


def evaluate(table, word):
    """|z| of a word, as the kernels compute it."""
    m = min(word, 2**64 - 1 - word)
    v = 2 * m + 1
    e = 64 - v.bit_length()
    a = float(Fraction(2**64 - v if e == 0 else v << e)) * 2.0**-63
    r, y = (a, fma(a, a, -0.5)) if e == 0 else (1.0, a - 1.5)
    c = table[e]
    q = c[DEGREE]
    for power in range(DEGREE - 1, 0, -1):
        q = fma(q, y, c[power])
    return fma(r, c[0], (r * y) * q)


def settle(table):
    """From the median outwards, moves c0 of an octave until |z| does not decrease where it meets the one within."""
    moves = 0
    for e in range(63):
        inner = 2 ** (62 - e)  # the outermost word of octave e
        while evaluate(table, inner) > evaluate(table, inner - 1):
            distance = evaluate(table, inner) - evaluate(table, inner - 1)
            before = table[e + 1][0]
            table[e + 1][0] = before + distance
            moves += 1
            assert moves < 500
    print("moves at seams:", moves)


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def pair(x):
    high = float(x)
    return f"{bits(high):016x} {bits(float(x - mp.mpf(high))):016x}"


def exact(word):
    m = min(word, 2**64 - 1 - word)
    v = 2 * m + 1
    if v >= 2**63:
        z = central(mp.mpf(2**64 - v) / mp.mpf(2**65))
    else:
        z = upper(mp.mpf(v) / mp.mpf(2**65))
    return z if word >= 2**63 else -z


def words():
    """Both tails, every seam of octaves with its neighbours, the median, and random words of every octave."""
    rng = random.Random(64)
    chosen = set()
    for m in list(range(32)) + [2**63 - 1 - i for i in range(32)]:
        chosen.add(m)
    for e in range(63):
        for step in (-2, -1, 0, 1):
            chosen.add(max(0, 2 ** (62 - e) + step))
    for e in range(64):
        low = 0 if e == 63 else 2 ** (62 - e)
        for _ in range(24):
            chosen.add(rng.randrange(low, max(low + 1, 2 * low)))
    for _ in range(500):
        chosen.add(rng.getrandbits(63))
    # Closer and closer to the median.
    for e in range(1, 63):
        chosen.add(2**63 - 1 - rng.randrange(2 ** (e - 1), 2**e))
    lower = sorted(chosen)
    return lower + [2**64 - 1 - m for m in reversed(lower) if rng.random() < 0.25]


def main():
    series = [chebyshev(e) for e in range(64)]
    table = [[float(c) for c in monomials(s)] for s in series]
    settle(table)

    with open(os.path.join(ROOT, "Properties.Tests/quantiles/octaves.txt"), "w", newline="\n") as f:
        for s in series:
            for c in s:
                f.write(pair(c) + "\n")

    worst = 0
    with open(os.path.join(ROOT, "Properties.Tests/quantiles/words.txt"), "w", newline="\n") as f:
        for w in words():
            z = exact(w)
            f.write(f"{w:016x} {pair(z)}\n")
            worst = max(worst, abs(mp.mpf(evaluate(table, w)) / abs(z) - 1))
    print("largest relative error over the words:", mp.nstr(worst, 4))

    rows = "\n".join(" ".join(f"{bits(c):016X}" for c in row[i : i + 6]) for row in table for i in range(0, 18, 6))
    reach = repr(evaluate(table, 0))
    with open(os.path.join(ROOT, "Core.FSharp/Pure/Distributions/NormalTable64.fs"), "w", newline="\n") as f:
        f.write(HEAD.replace("REACH", reach) + rows + TAIL)


HEAD = """namespace Initializers.FSharp

open System
open System.Globalization

/// The octave table of the standard normal quantile in float64, a part of the bit contract; written by
/// tools/normal64.py.
///
/// Octave e >= 1 approximates z at tail probability a 2^(-2-e), a in [1, 2], by a polynomial of degree 17 in
/// y = a - 3/2; octave 0 approximates z/a, a = 4 |p - 1/2|, by one in y = a^2 - 1/2. Chebyshev series of 48 terms at
/// 60 digits, cut after the 18th, coefficients rounded to float64; then a few c0 were moved by last places, so that the
/// quantile does not decrease where octaves meet.
module internal NormalTable64 =
    /// The largest |z|, the quantile of word 0.
    let reach = REACH

    let octaves = 64
    let powers = 18

    /// Three lines an octave, c0 to c17, as float64 bits.
    let private rows =
        \"\"\"
"""

TAIL = """
\"\"\"

    /// Coefficient `power` of octave `octave` at index power * 64 + octave, as look-ups across lanes want it.
    let coefficients: float[] =
        let bits =
            rows.Split([| ' '; '\\n'; '\\r' |], StringSplitOptions.RemoveEmptyEntries)
            |> Array.map (fun digits -> UInt64.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture))

        Array.init (powers * octaves) (fun i ->
            BitConverter.UInt64BitsToDouble bits[(i % octaves) * powers + i / octaves])
"""

if __name__ == "__main__":
    main()
