"""One workload in JAX: unrolled, scan (over layers) or remat (a scan over segments that are computed again)."""

import functools
import math
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy

from measurement import measure
from workload import Workload, read_safetensors


def layer_forward(workload, parameters, x, key):
    """The repeated body, `parameters` by the index of their layer in it."""
    h = x
    for index, layer in enumerate(workload.body):
        kind = layer["type"]
        if kind == "linear":
            h = h @ parameters[f"{index}.weight"].T + parameters[f"{index}.bias"]
        elif kind == "layerNorm":
            h = (h - h.mean(-1, keepdims=True)) * jax.lax.rsqrt(h.var(-1, keepdims=True) + 1e-5)
            h = h * parameters[f"{index}.weight"] + parameters[f"{index}.bias"]
        elif kind == "dropout":
            mask = jax.random.bernoulli(key, 1 - layer["rate"], h.shape)
            h = jnp.where(mask, h / (1 - layer["rate"]), 0)
        else:
            h = {"relu": jax.nn.relu, "tanh": jnp.tanh, "gelu": functools.partial(jax.nn.gelu, approximate=False)}[kind](h)
    return x + h if workload.is_residual else h


def body_forward(workload, variant, stacked, x, keys):
    apply = lambda x, layer: (layer_forward(workload, layer[0], x, layer[1]), None)
    if variant == "unrolled":
        for parameters, key in zip(stacked, keys):
            x = layer_forward(workload, parameters, x, key)
        return x
    if variant == "scan":
        return jax.lax.scan(apply, x, (stacked, keys))[0]
    # The divisor nearest to the root cuts the layers into segments of equal length.
    depth = workload.depth
    length = min((n for n in range(1, depth + 1) if depth % n == 0), key=lambda n: abs(n - math.sqrt(depth)))
    segments = jax.tree.map(lambda leaf: leaf.reshape(depth // length, length, *leaf.shape[1:]), (stacked, keys))
    segment = jax.checkpoint(lambda x, layers: jax.lax.scan(apply, x, layers))
    return jax.lax.scan(segment, x, segments)[0]


def parameters_of(workload, variant, values):
    def body(block):
        if workload.is_residual:
            start = f"layers.{block}.layers."
            return {name.removeprefix(start): value for name, value in values.items() if name.startswith(start)}
        size = len(workload.body)
        return {
            f"{index}.{kind}": values[f"layers.{block * size + index}.{kind}"]
            for index in range(size) for kind in ("weight", "bias") if f"layers.{block * size + index}.{kind}" in values
        }

    bodies = [body(block) for block in range(workload.depth)]
    if variant != "unrolled":
        bodies = jax.tree.map(lambda *leaves: numpy.stack(leaves), *bodies)
    entries = workload.depth * (1 if workload.is_residual else len(workload.body))
    head = (values[f"layers.{entries}.weight"], values[f"layers.{entries}.bias"])
    return jax.tree.map(jnp.asarray, (bodies, head))


def main():
    path, folder, variant, iterations, _ = sys.argv[1:]
    workload, folder = Workload(path), pathlib.Path(folder)
    parameters = parameters_of(workload, variant, read_safetensors(folder / "weights.safetensors"))
    x = jnp.asarray(numpy.load(folder / "features.npy"))
    y = jnp.asarray(numpy.load(folder / "targets.npy"))
    options = workload.optimizer
    rate, momentum = options["learningRate"], options.get("momentum", 0)
    zeros = lambda: jax.tree.map(jnp.zeros_like, parameters)
    state = (zeros(), zeros()) if options["type"] == "adam" else (zeros(),) if momentum else ()

    def loss_of(parameters, x, y, key):
        if workload.is_bfloat16:
            parameters, x = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), (parameters, x))
        body, (weight, bias) = parameters
        output = body_forward(workload, variant, body, x, jax.random.split(key, workload.depth)) @ weight.T + bias
        output = output.astype(jnp.float32)
        if workload.is_classification:
            return -jnp.take_along_axis(jax.nn.log_softmax(output), y.astype(jnp.int32)[:, None], 1).mean()
        return jnp.square(output - y).mean()

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def update(parameters, state, count, x, y):
        loss, gradients = jax.value_and_grad(loss_of)(parameters, x, y, jax.random.key(count))
        if options["type"] == "adam":
            first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[0], gradients)
            second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, state[1], gradients)
            correct = lambda p, m, v: p - rate * (m / (1 - 0.9**count)) / (jnp.sqrt(v / (1 - 0.999**count)) + 1e-8)
            return jax.tree.map(correct, parameters, first, second), (first, second), loss
        if momentum:
            velocity = jax.tree.map(lambda v, g: momentum * v + g, state[0], gradients)
            return jax.tree.map(lambda p, v: p - rate * v, parameters, velocity), (velocity,), loss
        return jax.tree.map(lambda p, g: p - rate * g, parameters, gradients), (), loss

    count = 0

    def step():
        nonlocal parameters, state, count
        count += 1
        parameters, state, loss = jax.block_until_ready(update(parameters, state, count, x, y))
        return float(loss)

    measure(step, int(iterations))


main()
