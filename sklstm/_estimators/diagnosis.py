"""Warnings of X on an unsuitable scale, and of training that learned nothing."""

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..core.messages import shorten
from ..core.user_warnings import warn_user
from .blas_threads import one_blas_thread

# Maximum number of sequences examined: enough for a mean, without a second pass over millions of
# windows.
_MAX_SEQUENCES = 1000
# Limits beyond which six data sets were learned clearly worse (benchmarks/README.rst): a mean of 10
# standard deviations (or of 10, for a constant), which saturates the gates; a standard deviation of
# 0.03, which hardly changes them; and one of 100.
_FAR, _FLAT, _WIDE = 10.0, 0.03, 100.0
# Minimum share of the best constant's loss that training has to remove. A network with hundreds of
# weights removes far more if any gradient reaches them, if only by memorising noise.
_MIN_GAIN = 0.01
# After more steps the last state may have lost the first ones; fewer updates may be too few.
_MANY_STEPS, _FEW_UPDATES = 50, 100


class InputScaleWarning(UserWarning):
    """The scale of X keeps the network from learning."""


class NothingLearnedWarning(ConvergenceWarning):
    """The training loss is hardly below that of the best constant."""


def warn_of_scale(X, names):
    """Warn of channels whose location or scale keeps a network from learning.

    Parameters
    ----------
    X : ndarray of shape (n, T) or (n, T, C), or list of n ndarrays of shape (T_i, C)
        Sequences.
    names : sequence of C str, or None

    Warns
    -----
    InputScaleWarning
    """
    some = X[:: -(-len(X) // _MAX_SEQUENCES)]
    if isinstance(some, list):
        steps = np.concatenate(some)
    else:
        steps = some.reshape(-1, some.shape[2] if some.ndim == 3 else 1)
    with np.errstate(over="ignore", invalid="ignore"):  # NaN and infinity are not usable
        mean, deviation = steps.mean(axis=0, dtype=float), steps.std(axis=0, dtype=float)
        # The deviation of rare events and constants is not meaningful: only their size is checked.
        varies = np.mean(steps == np.median(steps, axis=0), axis=0) < 0.5
    usable = np.abs(mean) < _FAR * np.where(varies, deviation, 1.0)
    usable &= (deviation > _FLAT) & (deviation < _WIDE) | ~varies
    if usable.all():
        return
    channels = [_describe(c, names, mean[c], deviation[c]) for c in np.flatnonzero(~usable)]
    more = f", and {len(channels) - 3} more" if len(channels) > 3 else ""
    warn_user(
        f"X is on a scale on which a network learns badly: {', '.join(channels[:3])}{more}. "
        "Standardise it: StandardScaler() for a table whose columns have different units, "
        "sklstm.preprocessing.TimeDistributed(StandardScaler()) for sequences, in a pipeline.",
        InputScaleWarning,
    )


def _describe(channel, names, mean, deviation):
    name = "" if names is None else f" ({shorten(names[channel], 60)})"
    return f"channel {channel}{name} has mean {mean:.3g} and standard deviation {deviation:.3g}"


def warn_if_nothing_was_learned(estimator, problem):
    """Warn if the network's training loss is hardly below that of the best constant.

    Parameters
    ----------
    estimator : NetworkEstimator
    problem : Problem
        After training.

    Warns
    -----
    NothingLearnedWarning
    """
    objective, examples = problem.objective, problem.examples
    every = -(-len(examples) // _MAX_SEQUENCES)
    some = examples.take(np.arange(0, len(examples), every))
    if not some.mean_weight:
        return
    constant, lowest = objective.constant_loss(some), objective.lowest_loss(some)
    if not constant > lowest or _all_equal(some):  # there is nothing to learn
        return
    # X may be so large that products overflow: that was said before training.
    with np.errstate(over="ignore", invalid="ignore"), one_blas_thread():
        if some.per_step:
            loss = objective.mean_loss(problem.state.params, some)
        else:
            loss, _ = objective.evaluate(problem.state.params, some)
    # A density has no lowest loss; one nat is much for it.
    possible = constant - lowest if np.isfinite(lowest) else 1.0
    if constant - loss >= _MIN_GAIN * possible:
        return
    advice = _advice(estimator, objective, examples)
    warn_user(
        f"Training learned nothing: the training loss is {loss:.4g}, that of the best constant "
        f"prediction {constant:.4g}. What may help: {'; '.join(advice)}.",
        NothingLearnedWarning,
    )


def _all_equal(examples):
    targets = examples.targets
    targets = targets if examples.weights is None else targets[examples.weights > 0]
    return (targets == targets[0]).all()


def _advice(estimator, objective, examples):
    """Advice on parameters and data that are likely to help, as a list of str."""
    advice = []
    n_updates = -(-len(examples) // estimator.batch_size_)
    if n_updates * estimator.max_iter < _FEW_UPDATES:
        advice.append(f"a larger max_iter (now {estimator.max_iter})")
    if objective.alpha:
        advice.append(f"a smaller alpha (now {objective.alpha:.3g})")
    advice.append(f"another learning_rate (now {shorten(estimator.learning_rate)})")
    if not examples.per_step:
        advice.append("scaling X to mean 0 and standard deviation 1")
        n_steps = examples.sequences.longest
        if n_steps > _MANY_STEPS:
            advice.append(
                f"a larger patch_length (the network reads {n_steps} steps now), pooling='max', or "
                "cell=sklstm.cells.LSTM(forget_bias='chrono')"
            )
    return advice
