"""JAX: jit, lax.scan over the steps, and Adam by hand."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .cases import BATCH, CLIP, RATE, ROW, STEP
from .contestant import Contestant


class Jax(Contestant):
    packages = ("jax", "jaxlib")

    def prepare_network(self, case, fitted):
        X, y = (jnp.asarray(array) for array in case.arrays())
        ends = jnp.asarray(case.n_steps()) if case.lengths == "ragged" else None
        first = X[:1], None if ends is None else ends[:1]
        weights, predict = _arrays(fitted.weights), _predictor(case)
        return {
            STEP: _training_step(weights, X, ends, y, case),
            BATCH: lambda: np.asarray(predict(weights, X, ends)),
            ROW: lambda: np.asarray(predict(weights, *first)),
        }

    def outputs_after_step(self, case, weights):
        """Outputs with the weights and after one training step."""
        X, y = (jnp.asarray(array) for array in case.arrays())
        step, predict = _training_step(_arrays(weights), X, None, y, case), _predictor(case)
        before = np.asarray(predict(_arrays(weights), X, None))
        return before, np.asarray(predict(step(), X, None))

    def product(self, size):
        a, b = jnp.asarray(np.random.default_rng(0).random((2, size, size), dtype=np.float32))
        multiply = jax.jit(jnp.matmul)
        return lambda: multiply(a, b).block_until_ready()

    def tanh(self, size):
        x = jnp.asarray(np.random.default_rng(0).standard_normal(size, dtype=np.float32))
        tanh = jax.jit(jnp.tanh)
        return lambda: tanh(x).block_until_ready()


def _arrays(weights):
    return {name: jnp.array(array) for name, array in weights.items()}


def _lstm(weights, name):
    """One step of the LSTM; gates in PyTorch's order: input, forget, cell, output."""

    def step(state, projected):
        h, c = state
        gates = projected + h @ weights["weight_hh" + name].T
        i, f, g, o = jnp.split(gates, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c

    return step, 2


def _gru(weights, name):
    """One step of the GRU; gates in PyTorch's order: reset, update, new."""

    def step(state, projected):
        (h,) = state
        by_state = jnp.split(h @ weights["weight_hh" + name].T, 3, axis=1)
        r, z, n = jnp.split(projected, 3, axis=1)
        r, z = jax.nn.sigmoid(r + by_state[0]), jax.nn.sigmoid(z + by_state[1])
        n = jnp.tanh(n + r * (by_state[2] + weights["bias_hn" + name]))
        return ((1 - z) * n + z * h,)

    return step, 1


def _direction(weights, name, x, ends, case):
    """Hidden states (T, B, H) of one direction, and the last one (B, H)."""
    step, n_states = (_lstm if case.cell == "lstm" else _gru)(weights, name)
    projected = x @ weights["weight_ih" + name].T + weights["bias" + name]

    def body(state, now):
        t, inputs = now
        new = step(state, inputs)
        if ends is not None:  # a sequence that has ended, or not begun backwards, waits
            new = tuple(
                jnp.where((t < ends)[:, None], a, b) for a, b in zip(new, state, strict=True)
            )
        return new, new[0]

    zero = (jnp.zeros((x.shape[1], case.H), x.dtype),) * n_states
    times = jnp.arange(len(x))
    state, h = lax.scan(body, zero, (times, projected), reverse=name.endswith("_reverse"))
    return h, state[0]


def _raw(weights, X, ends, case):
    """Raw outputs (B, n_outputs)."""
    x = X.transpose(1, 0, 2)
    for k in range(case.layers):
        names = [f"_l{k}", f"_l{k}_reverse"][: case.directions]
        runs = [_direction(weights, name, x, ends, case) for name in names]
        x = jnp.concatenate([h for h, _ in runs], axis=2)
    last = jnp.concatenate([h for _, h in runs], axis=1)
    return last @ weights["head_weight"].T + weights["head_bias"]


def _predictor(case):
    @jax.jit
    def predict(weights, X, ends):
        raw = _raw(weights, X, ends, case)
        return jax.nn.softmax(raw) if case.classes else raw[:, 0]

    return predict


def _loss(weights, X, ends, y, case):
    raw = _raw(weights, X, ends, case)
    if case.classes:
        return -jnp.take_along_axis(jax.nn.log_softmax(raw), y[:, None], axis=1).mean()
    return ((raw[:, 0] - y) ** 2).mean()


def _training_step(weights, X, ends, y, case):
    """A function that makes one update and returns the weights."""

    def update(state, X, ends, y):
        weights, mean, square, t = state
        gradient = jax.grad(_loss)(weights, X, ends, y, case)
        norm = jnp.sqrt(sum((g**2).sum() for g in gradient.values()))
        shrink = jnp.minimum(1.0, CLIP / (norm + 1e-6))
        gradient = {name: g * shrink for name, g in gradient.items()}
        t = t + 1
        mean = {name: 0.9 * mean[name] + 0.1 * g for name, g in gradient.items()}
        square = {name: 0.999 * square[name] + 0.001 * g**2 for name, g in gradient.items()}
        rate = RATE * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        eps = 1e-8 * jnp.sqrt(1 - 0.999**t)
        weights = {
            name: w - rate * mean[name] / (jnp.sqrt(square[name]) + eps)
            for name, w in weights.items()
        }
        return weights, mean, square, t

    update = jax.jit(update, donate_argnums=0)  # the state is overwritten
    zeros = [{name: jnp.zeros_like(w) for name, w in weights.items()} for _ in range(2)]
    state = {name: jnp.array(w) for name, w in weights.items()}, *zeros, jnp.float32(0)

    def step():
        nonlocal state
        state = update(state, X, ends, y)
        return jax.block_until_ready(state)[0]

    return step


CONTESTANT = Jax
