#!/usr/bin/env python3
"""Draws memory against predicted time for every checkpointing strategy, from runs of `bptrain plan`.

    Benchmarks/schedule_figures.py .build/release/bptrain docs/figures

Plans a chain of equal stages (64 units, tanh, batch 128) at n = 100 and n = 1,000 under each strategy, with costs from
operation counts, so that the figures are the same on every machine. Writes one SVG for each n and prints the numbers
as a Markdown table. Needs nothing but Python's standard library.
"""

import json
import math
import os
import subprocess
import sys
import tempfile

COLOURS = {
    "segments:K": "#1f77b4", "revolve:S": "#d62728", "mixed:S": "#2ca02c", "greedy:SIZE": "#9467bd",
    "optimal": "#111111", "recursive": "#ff7f0e", "sqrt": "#17becf", "none": "#7f7f7f",
}


def configuration(stages):
    return {
        "data": {"type": "synthetic", "samples": 128, "features": 64, "outputs": 64, "task": "regression"},
        "model": {"layers": [{"type": "repeat", "count": stages,
                              "layers": [{"type": "linear", "units": 64}, {"type": "tanh"}]}]},
        "training": {"batchSize": 128, "epochs": 1},
        "costs": "flops",
        "threads": 2,
    }


def plan(program, config, *options):
    """Peak bytes, time over keep-all's and executions of a plan; None where it is refused."""
    run = subprocess.run([program, "plan", "--config", config, "--json", *options], capture_output=True, text=True)
    if run.returncode == 69 or "which is the limit" in run.stderr:
        return None
    if run.returncode != 0:
        sys.exit(f"{' '.join(options)}: {run.stderr}")
    report = json.loads(run.stdout)
    memory = report["memory"]["activations"]
    return {"bytes": memory["plannedPeakBytes"], "keepAll": memory["keepAllBytes"],
            "slowdown": report["certificate"]["slowdown"], "executions": report["schedule"]["forwardExecutions"]}


def measure(program, stages):
    """Points by strategy family, each a list of (label, plan)."""
    counts = sorted({max(2, round(2 ** (i / 2))) for i in range(2, 2 * int(math.log2(stages)) + 1)})
    budgets = [0.6, 0.8, 1, 1.5, 2, 3, 4, 5, 7, 10, 14, 20, 28, 40, 60, 80, 100]
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "chain.json")
        with open(config, "w", encoding="utf-8") as file:
            json.dump(configuration(stages), file)

        def family(spellings):
            found = [(text, plan(program, config, "--checkpoint", text)) for text in spellings]
            return [(text, point) for text, point in found if point]

        points = {
            "none": family(["none"]), "sqrt": family(["sqrt"]), "recursive": family(["recursive"]),
            "segments:K": family(f"segments:{k}" for k in counts),
            "revolve:S": family(f"revolve:{s}" for s in counts),
            "mixed:S": family(f"mixed:{s}" for s in counts),
            "greedy:SIZE": family(f"greedy:{b}%" for b in budgets if b >= 1),
        }
        optimal = [(f"optimal at {b}", plan(program, config, "--activation-budget", b))
                   for b in ["min"] + [f"{x}%" for x in budgets]]
        points["optimal"] = [(text, point) for text, point in optimal if point]
    return points


def draw(points, stages):
    """The SVG: bytes as a share of keep-all on a logarithmic axis, time over keep-all's."""
    width, height, left, top, right, bottom = 760, 460, 60, 40, 150, 50
    lowest = min(p["bytes"] / p["keepAll"] for family in points.values() for _, p in family)
    least, most = math.log10(lowest * 0.85), math.log10(1.15)
    high = 2.2

    def x(share):
        return left + (math.log10(share) - least) / (most - least) * (width - left - right)

    def y(slowdown):
        return height - bottom - (min(slowdown, high) - 0.95) / (high - 0.95) * (height - top - bottom)

    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
           f'font-size="12"><rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="{left}" y="22" font-size="14">{stages:,} equal stages: predicted time against planned bytes'
           '</text>']
    for share in [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]:
        if share >= 10 ** least:
            svg.append(f'<path d="M{x(share):.1f} {top}V{height - bottom}" stroke="#ddd"/><text x="{x(share):.1f}" '
                       f'y="{height - bottom + 16}" text-anchor="middle">{share * 100:g} %</text>')
    for tick in range(10, 23, 2):
        svg.append(f'<path d="M{left} {y(tick / 10):.1f}H{width - right}" stroke="#ddd"/><text x="{left - 6}" '
                   f'y="{y(tick / 10) + 4:.1f}" text-anchor="end">{tick / 10:.1f}</text>')
    svg.append(f'<text x="{(left + width - right) / 2}" y="{height - 12}" text-anchor="middle">planned peak of the '
               'activation arena, of keeping everything</text>')
    svg.append(f'<text transform="translate(16 {height / 2}) rotate(-90)" text-anchor="middle">predicted time, of '
               'keeping everything</text>')
    for row, (name, family) in enumerate(points.items()):
        places = sorted((x(p["bytes"] / p["keepAll"]), y(p["slowdown"]), text) for text, p in family
                        if p["slowdown"] <= high)
        colour = COLOURS[name]
        if len(places) > 1:
            line = " ".join(f"{a:.1f},{b:.1f}" for a, b, _ in places)
            svg.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        size = 3 if len(places) > 1 else 5
        svg += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{size}" fill="{colour}"><title>{text}</title></circle>'
                for a, b, text in places]
        label = top + 20 * row + 10
        svg.append(f'<circle cx="{width - right + 20}" cy="{label}" r="5" fill="{colour}"/>'
                   f'<text x="{width - right + 32}" y="{label + 4}">{name}</text>')
    return "\n".join(svg + ["</svg>"]) + "\n"


def table(points, shown):
    """Markdown rows of the plans named."""
    rows = ["| plan | executions | bytes | of keep-all | time |", "| --- | ---: | ---: | ---: | ---: |"]
    for family in points.values():
        for text, p in family:
            if text in shown:
                rows.append(f"| `{text}` | {p['executions']:,} | {p['bytes']:,} | "
                            f"{100 * p['bytes'] / p['keepAll']:.1f} % | {p['slowdown']:.3f} |")
    return "\n".join(rows)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    shown = {"none", "sqrt", "recursive", "segments:4", "segments:16", "revolve:4", "revolve:8", "revolve:32",
             "mixed:4", "mixed:8", "mixed:32", "greedy:5%", "optimal at min", "optimal at 2%", "optimal at 5%",
             "optimal at 10%", "optimal at 20%", "optimal at 40%"}
    for stages in (100, 1000):
        points = measure(program, stages)
        with open(os.path.join(folder, f"schedules-{stages}.svg"), "w", encoding="utf-8") as file:
            file.write(draw(points, stages))
        print(f"{stages:,} stages\n\n{table(points, shown)}\n")


if __name__ == "__main__":
    main()
