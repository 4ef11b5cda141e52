#!/usr/bin/env python3
"""The roofline of every workload, and the tables of docs/speed.md, from what the benchmarks have measured.

    Benchmarks/speed_figures.py BENCH.json docs/figures [PEERS.json ...]

BENCH.json is the output of `bptrain-benchmarks --json --operators`, each PEERS.json that of `peers.py --json`. Writes
roofline.svg and shares.svg and prints the tables as Markdown. Needs nothing but Python's standard library.
"""

import json
import math
import os
import sys

COLOURS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#7f7f7f"]
PRODUCTS = {"linear": "forward products", "linearInputGradient": "input gradients",
            "linearWeightGradient": "weight gradients"}


def text(x, y, label, anchor="start", size=12, extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{extra}>{label}</text>'


def document(width, height, parts):
    start = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
             f'font-size="12"><rect width="{width}" height="{height}" fill="white"/>')
    return "\n".join([start, *parts, "</svg>"]) + "\n"


def intensity(step):
    """Operations for each byte that operators and update read or write, one by one."""
    return step["floorFlops"] / step["operandBytes"]


def rate(step):
    """GFLOP/s of the products that keep-all needs, over the whole iteration."""
    return step["floorFlops"] / step["iterationSeconds"] * 1e-9


def roofline(bench):
    """Rate against intensity, both logarithmic, below the machine's roof."""
    width, height, left, top, right, bottom = 760, 440, 70, 40, 30, 50
    peak, bandwidth = bench["limits"]["productGigaflops"], bench["limits"]["memoryGigabytesPerSecond"]
    steps = [step for step in bench["steps"] if step["strategy"] == "none"]
    low, high = 0, math.ceil(max(2, max(math.log10(intensity(step)) for step in steps)) * 2) / 2
    least, most = math.log10(bandwidth), math.log10(peak * 1.6)

    def x(value):
        return left + (math.log10(value) - low) / (high - low) * (width - left - right)

    def y(value):
        return height - bottom - (math.log10(value) - least) / (most - least) * (height - top - bottom)

    parts = [text(left, 22, "Roofline: rate of an iteration against operations per byte", size=14)]
    for tick in [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]:
        if low <= math.log10(tick) <= high:
            parts.append(f'<path d="M{x(tick):.1f} {top}V{height - bottom}" stroke="#ddd"/>'
                         + text(x(tick), height - bottom + 16, f"{tick:g}", "middle"))
        if least <= math.log10(tick) <= most:
            parts.append(f'<path d="M{left} {y(tick):.1f}H{width - right}" stroke="#ddd"/>'
                         + text(left - 6, y(tick) + 4, f"{tick:g}", "end"))
    ridge = peak / bandwidth
    parts.append(f'<polyline points="{x(10 ** low):.1f},{y(bandwidth * 10 ** low):.1f} {x(ridge):.1f},{y(peak):.1f} '
                 f'{x(10 ** high):.1f},{y(peak):.1f}" fill="none" stroke="black" stroke-width="1.5"/>')
    parts.append(text(width - right, y(peak) - 6, f"products {peak:.0f} GFLOP/s", "end"))
    parts.append(text(left + 8, y(bandwidth * 1.35), f"memory {bandwidth:.0f} GB/s"))
    for index, step in enumerate(steps):
        a, b = x(intensity(step)), y(rate(step))
        parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="5" fill="{COLOURS[index]}"/>'
                     + text(a + 8, b + 14, step["name"].upper()))
    parts.append(text((left + width - right) / 2, height - 12, "operations per byte that operators read and write, "
                      "as if no cache held anything between two of them", "middle"))
    parts.append(text(0, 0, "GFLOP/s", "middle", extra=f' transform="translate(18 {height / 2}) rotate(-90)"'))
    return document(width, height, parts)


def shares(step):
    """Milliseconds of an iteration by kind of work, products first."""
    result = dict.fromkeys([*PRODUCTS.values(), "recomputed products"], 0.0)
    other = {}
    for share in step["operators"]:
        name = share["operation"].split("+")[0]
        if name == "linear" and share["phase"] == "recompute":
            result["recomputed products"] += share["seconds"]
        elif name in PRODUCTS:
            result[PRODUCTS[name]] += share["seconds"]
        else:
            other[share["phase"]] = other.get(share["phase"], 0) + share["seconds"]
    result["element-wise and sums"] = sum(other.values())
    result["update"] = step["updateSeconds"]
    rest = step["iterationSeconds"] - sum(result.values())
    result["other"] = max(rest, 0)
    return {name: seconds for name, seconds in result.items() if seconds > 0}


def share_figure(bench):
    """One bar for each step, in units of its floor."""
    steps = bench["steps"]
    width, left, top, row = 760, 90, 44, 24
    height = top + row * len(steps) + 70
    names = []
    for step in steps:
        names += [name for name in shares(step) if name not in names]
    longest = max(step["ratioToFloor"] for step in steps)
    scale = (width - left - 30) / (math.ceil(longest * 4) / 4)
    parts = [text(left, 22, "An iteration in units of its floor, by kind of work", size=14)]
    for tick in range(0, math.ceil(longest * 2) + 1):
        place = left + tick / 2 * scale
        if place <= width - 20:
            parts.append(f'<path d="M{place:.1f} {top - 8}V{top + row * len(steps)}" stroke="#ddd"/>'
                         + text(place, top + row * len(steps) + 16, f"{tick / 2:.1f}", "middle"))
    for index, step in enumerate(steps):
        y, x = top + row * index, left
        parts.append(text(left - 6, y + 12, f"{step['name'].upper()} {step['strategy']}", "end"))
        for name, seconds in shares(step).items():
            length = seconds / step["floorSeconds"] * scale
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{length:.1f}" height="{row - 6}" '
                         f'fill="{COLOURS[names.index(name)]}"><title>{name}</title></rect>')
            x += length
    for index, name in enumerate(names):
        x, y = left + index % 4 * 165, top + row * len(steps) + 32 + index // 4 * 18
        parts.append(f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{COLOURS[index]}"/>' + text(x + 15, y, name))
    return document(width, height, parts)


def floor_table(bench):
    keep_all = {step["name"]: step["iterationSeconds"] for step in bench["steps"] if step["strategy"] == "none"}
    rows = ["| workload | strategy | ms | of the floor | of keep-all | forward | backward | update | arena MiB |",
            "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for step in bench["steps"]:
        ms = [f"{1000 * step[key + 'Seconds']:.2f}" for key in ("forward", "backward", "update")]
        rows.append(f"| {step['name'].upper()} | `{step['strategy']}` | {1000 * step['iterationSeconds']:.2f} | "
                    f"{step['ratioToFloor']:.2f} | {step['iterationSeconds'] / keep_all[step['name']]:.2f} | "
                    f"{' | '.join(ms)} | {step['arenaBytes'] / 2 ** 20:.1f} |")
    return "\n".join(rows)


def roofline_table(bench):
    peak, bandwidth = bench["limits"]["productGigaflops"], bench["limits"]["memoryGigabytesPerSecond"]
    rows = ["| workload | operations per byte | roof GFLOP/s | reached | products alone | the rest of the iteration |",
            "| --- | ---: | ---: | ---: | ---: | --- |"]
    for step in bench["steps"]:
        if step["strategy"] != "none":
            continue
        roof = min(peak, bandwidth * intensity(step))
        kinds = {name: seconds for name, seconds in shares(step).items() if name not in PRODUCTS.values()}
        rest = ", ".join(f"{name} {100 * seconds / step['iterationSeconds']:.0f} %"
                         for name, seconds in sorted(kinds.items(), key=lambda kind: -kind[1])
                         if seconds > 0.01 * step["iterationSeconds"])
        rows.append(f"| {step['name'].upper()} | {intensity(step):.1f} | {roof:.0f} | {rate(step):.0f} | "
                    f"{step['floorFlops'] / step['productSeconds'] * 1e-9:.0f} | {rest} |")
    return "\n".join(rows)


def peer_table(peers):
    titles = []
    for results in peers.values():
        titles += [title for title in results if title not in titles]
    rows = ["| ms (MiB) | " + " | ".join(name.upper() for name in sorted(peers)) + " |",
            "| --- |" + " ---: |" * len(peers)]
    for title in titles:
        cells = []
        for name in sorted(peers):
            figures = peers[name].get(title)
            if figures is None or "error" in figures:
                cells.append("-")
            else:
                seconds = figures["seconds"]
                digits = 2 if seconds < 0.01 else 1 if seconds < 0.1 else 0
                cells.append(f"{1000 * seconds:.{digits}f} ({figures['bytesAboveStart'] / 2 ** 20:.0f})")
        rows.append(f"| {title} | " + " | ".join(cells) + " |")
    for kind, recomputes in (("keep-all over the fastest peer that keeps all", False),
                             ("`sqrt` over the fastest peer that recomputes", True)):
        cells = []
        for name in sorted(peers):
            own = peers[name]["bptrain sqrt" if recomputes else "bptrain none"]["seconds"]
            others = [figures["seconds"] for title, figures in peers[name].items()
                      if not title.startswith("bptrain") and "error" not in figures
                      and (title in ("PyTorch checkpoint", "JAX scan remat")) == recomputes]
            cells.append(f"{own / min(others):.2f}" if others else "-")
        rows.append(f"| {kind} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        bench = json.load(file)
    folder = sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    for name, figure in (("roofline", roofline(bench)), ("shares", share_figure(bench))):
        with open(os.path.join(folder, f"{name}.svg"), "w", encoding="utf-8") as file:
            file.write(figure)
    limits = bench["limits"]
    print(f"{bench['library']}, {bench['instructionSet']}, {bench['threads']} threads: products "
          f"{limits['productGigaflops']:.0f} GFLOP/s, memory {limits['memoryGigabytesPerSecond']:.1f} GB/s, parallel "
          f"region {limits['barrierMicroseconds']:.1f} µs\n")
    print(floor_table(bench), roofline_table(bench), sep="\n\n")
    peers = {}
    for path in sys.argv[3:]:
        with open(path, encoding="utf-8") as file:
            peers |= json.load(file)
    if peers:
        print("\n" + peer_table(peers))


if __name__ == "__main__":
    main()
