"""One workload in PyTorch: eager, checkpoint or compile.

A workload in bfloat16 keeps its parameters in float32, by autocast, as bptrain does; as narrow or narrow-compile they
are in bfloat16 too, with their gradients and the optimizer's state.
"""

import math
import pathlib
import sys

import numpy
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint_sequential

from measurement import measure
from workload import Workload, read_safetensors


class Skip(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.layers = body

    def forward(self, x):
        return x + self.layers(x)


def module(layer, width):
    match layer["type"]:
        case "linear":
            return nn.Linear(width, width)
        case "relu":
            return nn.ReLU()
        case "tanh":
            return nn.Tanh()
        case "gelu":
            return nn.GELU()
        case "layerNorm":
            return nn.LayerNorm(width)
        case "dropout":
            return nn.Dropout(layer["rate"])
    raise ValueError(layer["type"])


def network(workload):
    entries = []
    for _ in range(workload.depth):
        body = [module(layer, workload.width) for layer in workload.body]
        entries += [Skip(nn.Sequential(*body))] if workload.is_residual else body
    return nn.Sequential(*entries, nn.Linear(workload.width, workload.classes))


def stages(workload, layers):
    """As checkpoint_sequential is to cut them: a product and what follows it together."""
    if workload.is_residual:
        return layers
    size = len(workload.body)
    bodies = [nn.Sequential(*layers[i * size:(i + 1) * size]) for i in range(workload.depth)]
    return nn.Sequential(*bodies, layers[-1])


def main():
    path, folder, variant, iterations, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    workload, folder = Workload(path), pathlib.Path(folder)
    layers = network(workload)
    values = read_safetensors(folder / "weights.safetensors")
    layers.load_state_dict({name.removeprefix("layers."): torch.from_numpy(value) for name, value in values.items()})
    del values
    x = torch.from_numpy(numpy.load(folder / "features.npy"))
    narrow = variant.startswith("narrow")
    if narrow:
        layers, x = layers.to(torch.bfloat16), x.to(torch.bfloat16)
    y = torch.from_numpy(numpy.load(folder / "targets.npy"))
    if workload.is_classification:
        y = y.long()
    loss_of = nn.CrossEntropyLoss() if workload.is_classification else nn.MSELoss()
    options = workload.optimizer
    if options["type"] == "adam":
        optimizer = torch.optim.Adam(layers.parameters(), lr=options["learningRate"])
    else:
        optimizer = torch.optim.SGD(layers.parameters(), lr=options["learningRate"], momentum=options.get("momentum", 0))
    chain = stages(workload, layers)
    segments = round(math.sqrt(workload.depth))
    if variant == "checkpoint":
        forward = lambda: checkpoint_sequential(chain, segments, x, use_reentrant=False)
    else:
        whole = torch.compile(layers) if variant.endswith("compile") else layers
        forward = lambda: whole(x)

    def step():
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=workload.is_bfloat16 and not narrow):
            output = forward()
        loss = loss_of(output.float(), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    measure(step, int(iterations))


main()
