"""Writes Properties.Tests/quantiles/maps.txt, quantiles of distributions under monotone maps, from mpmath at 50 digits:

    python3 tools/maps64.py            (needs mpmath; about a minute)

Each line has the text of a spec, a word W of 64 bits, and the quantile at (W + 1/2) 2^-64 as an unevaluated sum of two
float64, all bits in hexadecimal.
"""

import os
import random

import mpmath as mp

import laws64
import normal64

mp.mp.dps = 60


def uniform(low, high):
    low, high = mp.mpf(low), mp.mpf(high)
    return lambda below, above: low + (high - low) * below if below < above else high - (high - low) * above


def normal(stddev):
    return lambda below, above: (-1 if below < above else 1) * stddev * normal64.upper(min(below, above))


def log_uniform(low, high):
    exponent = uniform(mp.log(mp.mpf(low)), mp.log(mp.mpf(high)))
    return lambda below, above: mp.exp(exponent(below, above))


def exponential(below, above):
    return -mp.log1p(-below) if below < above else -mp.log(above)


def triangular(mode):
    m = mp.mpf(mode)
    return lambda below, above: mp.sqrt(below * m) if below <= m else 1 - mp.sqrt(above * (1 - m))


def truncated(below, above):
    """Normal with mean 0.5 and standard deviation 0.25 on (0, 1)."""
    return mp.mpf("0.5") + mp.mpf("0.25") * laws64.solve(-2.0, 2.0, below, above)


def mapped(f, inner):
    return lambda below, above: f(inner(below, above))


def softplus(x):
    return mp.log1p(mp.exp(x))


def inverse_softplus(x):
    return x + mp.log(-mp.expm1(-x))


def logit(x):
    return mp.log(x) - mp.log1p(-x)


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


LAWS = {
    "log(uniform(1,16))": mapped(mp.log, uniform(1, 16)),
    "log(uniform(0,16))": mapped(mp.log, uniform(0, 16)),
    "inverse_softplus(clip(low=1e-4,inner=log_uniform(0.001,0.1)))": mapped(inverse_softplus, log_uniform(0.001, 0.1)),
    "log_uniform(0.001,0.1)": log_uniform(0.001, 0.1),
    "log_uniform(1e-12,1)": log_uniform(1e-12, 1),
    "exp(normal())": mapped(mp.exp, normal(1)),
    "exp(log(uniform(1,2)))": uniform(1, 2),
    "sqrt(uniform(0,1))": mapped(mp.sqrt, uniform(0, 1)),
    "sqrt(trunc_normal(mean=0.5,stddev=0.25,a=0,b=1))": mapped(mp.sqrt, truncated),
    "reciprocal(uniform(1,2))": mapped(lambda x: 1 / x, uniform(1, 2)),
    "reciprocal(uniform(-2,-1))": mapped(lambda x: 1 / x, uniform(-2, -1)),
    "softplus(normal())": mapped(softplus, normal(1)),
    "logit(uniform(0,1))": mapped(logit, uniform(0, 1)),
    "sigmoid(normal(stddev=2))": mapped(sigmoid, normal(2)),
    "tanh(normal())": mapped(mp.tanh, normal(1)),
    "log(shift(1,exp(normal())))": mapped(lambda x: mp.log1p(mp.exp(x)), normal(1)),
    "log(triangular(0,0.3,1))": mapped(mp.log, triangular(0.3)),
    "log(exponential())": mapped(mp.log, exponential),
    "tanh(scale(-2,log(uniform(1,2))))": mapped(lambda x: mp.tanh(-2 * mp.log(x)), uniform(1, 2)),
}


def main():
    path = os.path.join(normal64.ROOT, "Properties.Tests/quantiles/maps.txt")
    with open(path, "w", newline="\n") as f:
        for text, quantile in LAWS.items():
            for word in laws64.words(random.Random(text)):
                f.write(f"{text} {word:016x} {normal64.pair(quantile(*laws64.probability(word)))}\n")


if __name__ == "__main__":
    main()
