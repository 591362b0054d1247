"""Seeds, random words and the standard normal."""
import functools, hashlib, json, os, struct
import numpy as np
from arithmetic import U, f32, fma32, fma64

AUX, COMPANION = 1 << 62, 1 << 63


def child(stream, name):
    return int.from_bytes(hashlib.sha256(struct.pack("<Q", stream) + str(name).encode()).digest()[:8], "little")


def philox(key, stream, block):
    low, m = U(32), U(0xFFFFFFFF)
    k0, k1 = key & 0xFFFFFFFF, key >> 32
    x0, x1, x2, x3 = block & m, block >> low, np.full_like(block, stream & 0xFFFFFFFF), np.full_like(block, stream >> 32)
    for _ in range(10):
        p, q = x0 * U(0xD2511F53), x2 * U(0xCD9E8D57)
        x0, x1, x2, x3 = (q >> low) ^ x1 ^ U(k0), q & m, (p >> low) ^ x3 ^ U(k1), p & m
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return x0, x1, x2, x3


def words(key, stream, index, flags=0):
    """The words of elements, as uint64; `flags` are the bits of auxiliary and companion blocks."""
    index = np.asarray(index).astype(U)
    n = index.size
    if n == 0 or n > 1 and not (index[1:] - index[:-1] == 1).all():
        return np.choose((index & U(3)).astype(int), philox(key, stream, (index >> U(2)) | U(flags)))
    first = int(index[0]) >> 2
    block = np.arange(first, (int(index[0]) + n - 1 >> 2) + 1, dtype=U) | U(flags)
    skip = int(index[0]) & 3
    return np.stack(philox(key, stream, block), axis=1).reshape(-1)[skip : skip + n]


def wide(key, stream, index, flags=0):
    """The 64-bit words: each word above its companion."""
    return words(key, stream, index, flags) << U(32) | words(key, stream, index, flags | COMPANION)


def times(w, n):
    """floor(W n / 2^64) for n up to 2^32."""
    return ((w >> U(32)) * n + ((w & U(0xFFFFFFFF)) * n >> U(32))) >> U(32)


# --- the standard normal

@functools.lru_cache(None)
def table(bits):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tables.json"), encoding="ascii") as file:
        rows = json.load(file)[f"normal{bits}"]
    kind, size = ("<u4", "<f4") if bits == 32 else ("<u8", "<f8")
    return np.array([[int(c, 16) for c in row] for row in rows], kind).view(size).astype(np.float64).T.copy()


def zeros_before(v):
    """Leading zeros of 32-bit words that are not 0."""
    return 1054 - (v.astype(np.float64).view(U) >> U(52)).astype(np.int64)


def normal(w, double):
    bits, fma, rounded = (64, fma64, lambda x: x) if double else (32, fma32, f32)
    mask = U(2**bits - 1)
    v = np.minimum(w, w ^ mask) * U(2) + U(1)
    if double:
        e = np.where(v >> U(32) > 0, zeros_before(np.maximum(v >> U(32), U(1))), 32 + zeros_before(np.maximum(v & U(2**32 - 1), U(1))))
    else:
        e = zeros_before(v)
    a = rounded(np.where(e > 0, v << e.astype(U), (U(0) - v) & mask).astype(np.float64)) * 2.0 ** (1 - bits)
    y, r = a - 1.5, np.where(e > 0, 1.0, a)
    centre = np.nonzero(e == 0)[0]
    y[centre] = fma(a[centre], a[centre], -0.5)
    c = table(bits)
    q = c[-1][e]
    for k in range(len(c) - 2, 0, -1):
        q = fma(q, y, c[k][e])
    z = fma(r, c[0][e], rounded(rounded(r * y) * q))
    return np.where(w < U(2 ** (bits - 1)), -z, z)
