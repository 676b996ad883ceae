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


class ValidationScaleWarning(InputScaleWarning):
    """X_val is on another scale than X."""


class NothingLearnedWarning(ConvergenceWarning):
    """The training loss is hardly below that of the best constant."""


def warn_of_scale(estimator, X, X_val=None):
    """Warn of channels whose location or scale keeps a network from learning.

    Parameters
    ----------
    estimator : LSTMRegressor or LSTMClassifier
        Fitted to the form of X.
    X : Sequences
    X_val : Sequences or None
        Those of the validation data, which should be on the scale of X.

    Warns
    -----
    InputScaleWarning, ValidationScaleWarning
    """
    n_channels = 1 if estimator.x_ndim_ == 2 else estimator.n_features_in_
    names = None if estimator.x_ndim_ == 2 else getattr(estimator, "feature_names_in_", None)
    with np.errstate(over="ignore", invalid="ignore"):  # NaN and infinity are not usable
        mean, deviation, varies = _statistics(X, n_channels)
        usable = np.abs(mean) < _FAR * np.where(varies, deviation, 1.0)
        usable &= (deviation > _FLAT) & (deviation < _WIDE) | ~varies
    if not usable.all():
        warn_user(
            "X is on a scale on which a network learns badly: "
            f"{_describe(~usable, names, mean, deviation)}. Standardise it: StandardScaler() for a "
            "table whose columns have different units, "
            "sklstm.preprocessing.TimeDistributed(StandardScaler()) for sequences, in a pipeline.",
            InputScaleWarning,
        )
    if X_val is None:
        return
    with np.errstate(over="ignore", invalid="ignore"):
        mean_val, deviation_val, _ = _statistics(X_val, n_channels)
        unit = np.where(varies, deviation, np.maximum(deviation, 1.0))
        distance, ratio = np.abs(mean_val - mean) / unit, deviation_val / unit
        same = (distance < _FAR) & ((ratio < _WIDE) | ~varies)
        # Values near the mean may also be those of a few sequences that vary little.
        same &= (ratio > _FLAT) | (distance > _FLAT) | ~varies
    if not same[usable].all():
        warn_user(
            "X_val is on another scale than X: "
            f"{_describe(usable & ~same, names, mean_val, deviation_val, mean, deviation)}. "
            "Transform X_val by the transformer that was fitted on X. A pipeline does so only with "
            "transform_input=['X_val'] and metadata routing.",
            ValidationScaleWarning,
        )


def _statistics(X, n_channels):
    """Mean and standard deviation of each channel, and whether it varies.

    The deviation of rare events and constants is not meaningful: only their size is checked.
    """
    some = range(0, len(X), -(-len(X) // _MAX_SEQUENCES))
    steps = np.concatenate([X.values_of(i).reshape(-1, n_channels) for i in some])
    varies = np.mean(steps == np.median(steps, axis=0), axis=0) < 0.5
    return steps.mean(axis=0, dtype=float), steps.std(axis=0, dtype=float), varies


def _describe(is_bad, names, mean, deviation, other_mean=None, other_deviation=None):
    """The first channels that are bad, and their means and deviations, beside those of X."""
    channels = []
    for c in np.flatnonzero(is_bad):
        name = "" if names is None else f" ({shorten(names[c], 60)})"
        text = f"channel {c}{name} has mean {mean[c]:.3g} and standard deviation {deviation[c]:.3g}"
        if other_mean is not None:
            text += f" (in X: {other_mean[c]:.3g} and {other_deviation[c]:.3g})"
        channels.append(text)
    more = f", and {len(channels) - 3} more" if len(channels) > 3 else ""
    return ", ".join(channels[:3]) + more


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
