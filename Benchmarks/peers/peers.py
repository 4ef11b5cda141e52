"""bptrain beside PyTorch and JAX: the same networks, data and initial weights, each in a fresh process, in turn.

    peers.py PROGRAM [--workloads w1,w2] [--without "PyTorch compile"] [--iterations 9] [--rounds 2] [--json FILE]

Every figure is the median over the rounds of each process's median iteration, its first two left out. Losses of the
first and the last iteration are compared: another loss would be another computation. Dropout's masks differ from peer
to peer and so does rounding in bfloat16, so that those losses may differ by more.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

from workload import Workload

HERE = pathlib.Path(__file__).resolve().parent
PEERS = [
    ("PyTorch eager", "torch_peer.py", "eager"), ("PyTorch checkpoint", "torch_peer.py", "checkpoint"),
    ("PyTorch compile", "torch_peer.py", "compile"), ("JAX unrolled", "jax_peer.py", "unrolled"),
    ("JAX scan", "jax_peer.py", "scan"), ("JAX scan remat", "jax_peer.py", "remat"),
]
# Only of workloads in bfloat16: parameters, gradients and the optimizer's state in bfloat16 as well.
NARROW_PEERS = [
    ("PyTorch narrow", "torch_peer.py", "narrow"), ("PyTorch narrow compile", "torch_peer.py", "narrow-compile"),
]
RECOMPUTING = {"bptrain sqrt", "PyTorch checkpoint", "JAX scan remat"}
WARM_UP = 2


def run_bptrain(program, path, folder, workload, strategy, iterations, threads):
    data = {"type": "npy", "features": str(folder / "features.npy"), "targets": str(folder / "targets.npy"),
            "task": "classification" if workload.is_classification else "regression"}
    output = subprocess.run(
        [program, "train", "--config", str(path), "--checkpoint", strategy, "--set", f"data={json.dumps(data)}",
         "--weights", str(folder / "weights.safetensors"), "--iterations", str(iterations), "--warmup", str(WARM_UP),
         "--threads", str(threads), "--json", "--quiet"],
        stdout=subprocess.PIPE, check=True).stdout
    report = json.loads(output)
    memory = report["memory"]
    above = memory["activations"]["measuredPeakBytes"] + memory["gradientsBytes"] + memory["optimizerBytes"]
    return {
        "seconds": report["time"]["iterationSeconds"]["median"], "bytesAboveStart": above,
        "losses": [report["training"]["initialLoss"], report["training"]["finalLoss"]],
    }


def run_peer(script, variant, path, folder, iterations, threads):
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), JAX_PLATFORMS="cpu")
    process = subprocess.run(
        [sys.executable, str(HERE / script), str(path), str(folder), variant, str(iterations), str(threads)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    if process.returncode != 0:
        message = process.stderr.decode(errors="replace").strip().splitlines()
        return {"error": message[-1] if message else f"ended with {process.returncode}"}
    figures = json.loads(process.stdout.splitlines()[-1])
    losses = figures["losses"]
    return {
        "seconds": statistics.median(figures["seconds"][WARM_UP:]), "bytesAboveStart": figures["bytesAboveStart"],
        "losses": [losses[0], losses[-1]],
    }


def summary(runs):
    good = [run for run in runs if "error" not in run]
    if not good:
        return runs[0]
    return {
        "seconds": statistics.median(run["seconds"] for run in good),
        "bytesAboveStart": max(run["bytesAboveStart"] for run in good), "losses": good[0]["losses"],
    }


def table(workload, results):
    ours = {name: figures["seconds"] for name, figures in results.items() if name.startswith("bptrain")}
    lines = ["", f"{workload.name}: {workload.depth} x {workload.width}, batch {workload.rows}",
             f"{'':22}{'ms':>10}{'MiB':>8}{'first loss':>13}{'last loss':>13}{'bptrain/it':>12}"]
    for name, figures in results.items():
        if "error" in figures:
            lines.append(f"{name:22}{figures['error'][:78]}")
            continue
        own = ours["bptrain sqrt" if name in RECOMPUTING else "bptrain none"]
        lines.append(
            f"{name:22}{1000 * figures['seconds']:10.2f}{figures['bytesAboveStart'] / 2**20:8.0f}"
            f"{figures['losses'][0]:13.6f}{figures['losses'][1]:13.6f}{own / figures['seconds']:12.2f}")
    best = {
        kind: min((figures["seconds"] for name, figures in results.items()
                   if name not in ours and "error" not in figures and (name in RECOMPUTING) == kind), default=None)
        for kind in (False, True)
    }
    fastest = min((seconds for seconds in best.values() if seconds), default=None)
    if fastest:
        lines.append(
            f"of the best peer's time: keep-all {ours['bptrain none'] / fastest:.2f}, sqrt {ours['bptrain sqrt'] / fastest:.2f}"
            + (f"; sqrt of the best that recomputes {ours['bptrain sqrt'] / best[True]:.2f}" if best[True] else ""))
    return "\n".join(lines)


def differing(workload, results):
    """Peers whose losses are not ours."""
    expected = results["bptrain none"]["losses"]
    is_loose = workload.is_bfloat16 or any(layer["type"] == "dropout" for layer in workload.body)
    tolerance = 0.1 if is_loose else 1e-2
    return [
        name for name, figures in results.items()
        if "error" not in figures
        and any(abs(a - b) > tolerance * max(abs(b), 1e-3) for a, b in zip(figures["losses"], expected))
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--workloads", default="w1,w2,w3,w4,w5,w6")
    parser.add_argument("--without", default="", help="titles of peers to leave out, with commas between")
    parser.add_argument("--iterations", type=int, default=9)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(".build/peers-data"))
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.iterations <= WARM_UP:
        parser.error(f"--iterations has to be above {WARM_UP}, which are left out")
    without = [title.strip() for title in arguments.without.split(",") if title.strip()]
    for title in without:
        if title not in [peer[0] for peer in PEERS + NARROW_PEERS]:
            parser.error(f"--without {title}: the peers are {', '.join(peer[0] for peer in PEERS + NARROW_PEERS)}")
    program = str(pathlib.Path(arguments.program).resolve())
    everything, failed = {}, False
    for name in arguments.workloads.split(","):
        path = HERE.parent / "workloads" / f"{name}.json"
        workload, folder = Workload(path), (arguments.folder / name).resolve()
        workload.make_files(folder)
        contenders = {f"bptrain {strategy}": strategy for strategy in ("none", "sqrt")}
        peers = PEERS + NARROW_PEERS if workload.is_bfloat16 else PEERS
        contenders |= {title: (script, variant) for title, script, variant in peers if title not in without}
        runs = {title: [] for title in contenders}
        for number in range(arguments.rounds):
            # There and back, so that a drift of the machine hits all alike.
            for title in list(contenders) if number % 2 == 0 else reversed(contenders):
                print(f"{name}, round {number + 1} of {arguments.rounds}: {title}", file=sys.stderr)
                contender = contenders[title]
                runs[title].append(
                    run_bptrain(program, path, folder, workload, contender, arguments.iterations, arguments.threads)
                    if isinstance(contender, str)
                    else run_peer(*contender, path, folder, arguments.iterations, arguments.threads))
        results = {title: summary(of_title) for title, of_title in runs.items()}
        print(table(workload, results), flush=True)
        for title in differing(workload, results):
            failed = True
            print(f"{title}: its losses are not bptrain's", flush=True)
        everything[name] = results
    print("\nMiB: peak above the state before the first iteration (bptrain: arena, gradients, optimizer state)")
    print("bptrain/it: our time over its, keep-all with keep-all and recomputing with recomputing")
    if arguments.json:
        arguments.json.write_text(json.dumps(everything, indent=2) + "\n")
    sys.exit(1 if failed else 0)


main()
