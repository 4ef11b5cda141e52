"""A workload: a configuration of bptrain as the peers see it, with data and initial weights that all share.

Only what the workloads of this folder's neighbour need is read: a `repeat` of layers of equal width, or of residual
blocks, and a linear layer after it.
"""

import json
import math
import pathlib
import re
import struct

import numpy


class Workload:
    def __init__(self, path):
        text = re.sub(r"^\s*//.*$", "", pathlib.Path(path).read_text(), flags=re.MULTILINE)
        self.configuration = json.loads(text)
        self.name = self.configuration["name"]
        repeat, head = self.configuration["model"]["layers"]
        self.depth = repeat["count"]
        body = repeat["layers"]
        self.is_residual = body[0]["type"] == "residual"
        self.body = body[0]["layers"] if self.is_residual else body
        self.classes = head["units"]
        data = self.configuration["data"]
        self.rows = data["samples"]
        self.width = data["features"]
        self.is_classification = self.configuration["loss"] == "softmaxCrossEntropy"
        self.optimizer = self.configuration["optimizer"]
        self.is_bfloat16 = self.configuration.get("precision") == "bfloat16"

    def make_files(self, folder):
        """Writes features, targets and initial weights, the same in every run."""
        folder.mkdir(parents=True, exist_ok=True)
        random = numpy.random.default_rng(1)
        numpy.save(folder / "features.npy", random.standard_normal((self.rows, self.width), numpy.float32))
        if self.is_classification:
            targets = random.integers(0, self.classes, self.rows).astype(numpy.float32)
        else:
            targets = random.standard_normal((self.rows, self.classes), numpy.float32)
        numpy.save(folder / "targets.npy", targets)
        write_safetensors(folder / "weights.safetensors", self.initial_parameters(random))

    def initial_parameters(self, random):
        """By the name that each has in files of weights."""
        parameters = {}

        def linear(name, outputs, inputs, gain):
            deviation = math.sqrt(gain / inputs)
            parameters[f"{name}.weight"] = random.standard_normal((outputs, inputs), numpy.float32) * numpy.float32(deviation)
            parameters[f"{name}.bias"] = numpy.zeros(outputs, numpy.float32)

        for block in range(self.depth):
            for index, layer in enumerate(self.body):
                name = f"layers.{block}.layers.{index}" if self.is_residual else f"layers.{block * len(self.body) + index}"
                if layer["type"] == "linear":
                    following = self.body[index + 1]["type"] if index + 1 < len(self.body) else ""
                    linear(name, self.width, self.width, 1 if following in ("tanh", "dropout") else 2)
                elif layer["type"] == "layerNorm":
                    parameters[f"{name}.weight"] = numpy.ones(self.width, numpy.float32)
                    parameters[f"{name}.bias"] = numpy.zeros(self.width, numpy.float32)
        entries = self.depth * (1 if self.is_residual else len(self.body))
        linear(f"layers.{entries}", self.classes, self.width, 1)
        return parameters


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + tensor.nbytes]}
        offset += tensor.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(numpy.ascontiguousarray(tensor).tobytes())


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        bytes_ = file.read()
    return {
        name: numpy.frombuffer(bytes_[entry["data_offsets"][0]:entry["data_offsets"][1]], numpy.float32)
        .reshape(entry["shape"]).copy()
        for name, entry in header.items()
    }
