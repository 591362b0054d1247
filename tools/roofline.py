"""Draws docs/performance.svg from a table of the benchmark: python3 tools/roofline.py docs/performance.json docs/performance.svg

Counts of 512-bit operations are those of the compiled loops (DOTNET_JitDisasm): six groups of Philox take 387 for 192 words, and
KERNELS has the count of each distribution for one vector of elements. The ceilings are of two Zen 5 cores at 3.4 GHz.
"""

import json
import math
import sys

GHZ, CORES = 3.4, 2
PEAK = 4.0  # vector operations a cycle
MIX = 3.24  # of multiply, shift and ternary logic in a row, measured in assembly
WORDS = 387 / 12  # operations for the 16 words of a vector

# line of the table: title, elements of a vector, operations including the words, bytes per element
KERNELS = {
    "uniform": ("uniform", 16, WORDS + 10, 4),
    "normal": ("normal", 16, WORDS + 41, 4),
    "truncated_normal": ("truncated ±2", 16, WORDS + 43, 4),
    "bfloat16_normal": ("bfloat16 normal", 16, WORDS + 47, 2),
    "float16_normal": ("float16 normal", 16, WORDS + 53, 2),
    "float64_normal": ("float64 normal", 8, WORDS + 83, 8),
    "constant": ("constant", 16, 1, 4),
}

W, H, LEFT, RIGHT, TOP, BOTTOM = 900, 540, 80, 30, 50, 70
X0, X1, Y0, Y1 = 0.01, 4.0, 0.5, 40.0


def x(v):
    return LEFT + (W - LEFT - RIGHT) * math.log(v / X0) / math.log(X1 / X0)


def y(v):
    return H - BOTTOM - (H - TOP - BOTTOM) * math.log(v / Y0) / math.log(Y1 / Y0)


def rate(text):
    value, unit = text.split()
    return float(value) * {"G/s": 1.0, "M/s": 1e-3}[unit]


def main(source, target):
    lines = {line["key"]: line for line in json.load(open(source, encoding="utf-8"))["lines"]}
    # The constant does nothing but store.
    store = 4 * rate(lines["constant"]["ours"])
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {W} {H}" font-family="sans-serif" font-size="14">',
        f'<rect width="{W}" height="{H}" fill="white"/>',
        f'<text x="{LEFT}" y="28" font-size="17">Roofline of the CPU kernels: two Zen 5 cores with AVX-512</text>',
    ]
    for v in (0.01, 0.03, 0.1, 0.3, 1, 3):
        out.append(f'<line x1="{x(v):.1f}" x2="{x(v):.1f}" y1="{TOP}" y2="{H - BOTTOM}" stroke="#ddd"/>')
        out.append(f'<text x="{x(v):.1f}" y="{H - BOTTOM + 20}" text-anchor="middle">{v:g}</text>')
    for v in (0.5, 1, 2, 5, 10, 20, 40):
        out.append(f'<line x1="{LEFT}" x2="{W - RIGHT}" y1="{y(v):.1f}" y2="{y(v):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(v) + 5:.1f}" text-anchor="end">{v:g}</text>')
    out.append(f'<text x="{(LEFT + W) / 2}" y="{H - 18}" text-anchor="middle">512-bit operations a byte stored</text>')
    out.append(
        f'<text transform="translate(22 {(TOP + H - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">'
        "G operations/s, both cores</text>"
    )
    for ops, title, dash in ((PEAK, "4 operations a cycle", ""), (MIX, "3.24 a cycle: Philox's mix in assembly", "6 4")):
        top = ops * GHZ * CORES
        knee = top / store
        out.append(
            f'<polyline fill="none" stroke="#444" stroke-width="2" stroke-dasharray="{dash}" points="'
            f'{x(Y0 / store) if Y0 / store > X0 else x(X0):.1f},{y(max(Y0, X0 * store)):.1f} {x(knee):.1f},{y(top):.1f} '
            f'{x(X1):.1f},{y(top):.1f}"/>'
        )
        out.append(f'<text x="{x(knee) + 4:.1f}" y="{y(top) + (-8 if ops == PEAK else 15):.1f}" fill="#444">{title}</text>' if ops == PEAK else f'<text x="{x(knee) - 12:.1f}" y="{y(top) + 5:.1f}" text-anchor="end" fill="#444">{title}</text>')
    out.append(f'<text x="{x(0.03):.1f}" y="{y(0.03 * store) - 12:.1f}" text-anchor="end" fill="#444">{store:.0f} GB/s of stores</text>')
    for i, (key, (title, lanes, ops, size)) in enumerate(KERNELS.items()):
        speed = rate(lines[key]["ours"]) * ops / lanes
        share = f"{size * lanes * speed / ops / store:.0%} of stores" if key == "constant" else f"{speed / (MIX * GHZ * CORES):.0%} of the mix"
        letter = "ABCDEFG"[i]
        px, py = x(ops / (lanes * size)), y(speed)
        row = H - BOTTOM - 190 + 24 * i
        out.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="#c33"/>')
        # One below the other where points are close.
        low = 17 if letter in "ACEF" else 33 if letter == "B" else -9
        out.append(f'<text x="{px:.1f}" y="{py + low:.1f}" text-anchor="middle" font-size="13">{letter}</text>')
        out.append(f'<text x="{x(0.42):.1f}" y="{row}">{letter}  {title}</text>')
        out.append(f'<text x="{W - RIGHT - 6}" y="{row}" text-anchor="end">{share}</text>')
        print(f"{title}: {speed:.1f} G operations/s, {share}")
    out.append("</svg>")
    open(target, "w", encoding="utf-8").write("\n".join(out) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
