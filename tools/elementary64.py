"""Writes Properties.Tests/elementary/values.txt, values of exp, log, log2, pow, sin and cos, from mpmath at 1500 bits:

    python3 tools/elementary64.py      (needs mpmath; some seconds)

A line has the function, its arguments as float64 bits in hexadecimal, and the value as an unevaluated sum of two float64, of
which the first is the correctly rounded value.
"""

import math
import os
import random

import mpmath as mp

import normal64

mp.mp.prec = 1500
COUNT = 250


def log_uniform(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def angles(rng):
    """Of every magnitude, next to multiples of pi/2, whole numbers and positions times frequencies."""
    # The float64 nearest to a multiple of pi/2 (Muller et al. 2010, section 11.2).
    yield math.ldexp(6381956970095103, 797)
    yield 1.7976931348623157e308
    yield 1e22
    for x in [1e-160, 1e-9, 0.5, 0.7853981633974483, 0.7853981633974484, 1.0, 2.0, 3.0, 131071.0, 2.0**53]:
        yield x
    for _ in range(COUNT):
        yield log_uniform(rng, 1e-12, 1e16) * rng.choice((1, -1))
    for _ in range(60):
        yield log_uniform(rng, 1e16, 1e308)
    for exponent in range(0, 960, 16):
        k = rng.getrandbits(60) >> rng.randrange(58)
        yield float(mp.ldexp(k or 1, exponent) * mp.pi / 2)
    for _ in range(COUNT):
        yield float(rng.randrange(131072)) * 10000.0 ** (-2 * rng.randrange(64) / 128)


def exponents(rng):
    for _ in range(COUNT):
        yield rng.uniform(-700, 709)
    for _ in range(COUNT):
        yield log_uniform(rng, 1e-18, 1) * rng.choice((1, -1))


def positives(rng):
    for _ in range(COUNT):
        yield log_uniform(rng, 1e-307, 1e308)
    for _ in range(COUNT):
        yield 1 + log_uniform(rng, 1e-15, 0.3) * rng.choice((1, -1))
    yield from (5e-324, 3e-320, 2.0**-30, 3.0, 10.0)


def powers(rng):
    for _ in range(COUNT):
        yield 10 ** rng.uniform(-10, 10), rng.uniform(-20, 20)
    for base in (10000.0, 500000.0, 2.0, 1.0 - 2.0**-5):
        for _ in range(60):
            yield base, -2 * rng.randrange(64) / rng.choice((64, 96, 128))
    for _ in range(60):
        yield 1 + log_uniform(rng, 1e-12, 1e-3) * rng.choice((1, -1)), rng.uniform(-1e5, 1e5)


def main():
    rng = random.Random(2)
    tasks = [
        ("sin", mp.sin, ((x,) for x in angles(rng))),
        ("cos", mp.cos, ((x,) for x in angles(rng))),
        ("exp", mp.exp, ((x,) for x in exponents(rng))),
        ("log", mp.log, ((x,) for x in positives(rng))),
        ("log2", lambda x: mp.log(x) / mp.log(2), ((x,) for x in positives(rng))),
        ("pow", mp.power, powers(rng)),
    ]
    path = os.path.join(normal64.ROOT, "Properties.Tests/elementary/values.txt")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", newline="\n") as f:
        for name, function, arguments in tasks:
            for given in dict.fromkeys(arguments):
                value = function(*(mp.mpf(x) for x in given))
                words = " ".join(f"{normal64.bits(x):016x}" for x in given)
                f.write(f"{name} {words} {normal64.pair(value)}\n")


if __name__ == "__main__":
    main()
