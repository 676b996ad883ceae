"""Importance of channels, steps and blocks of steps, by permuting them between sequences."""

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.utils import Bunch, check_random_state
from sklearn.utils.parallel import Parallel, delayed

from .._estimators.scorers import score_with_weights
from .._typing import Array
from .._validation.nested import channel_names
from .._validation.random_state import check_seed
from .._validation.scoring import read_scorer
from .._validation.sequences import is_ragged, read_sequences
from ..core.checks import check_choice, check_integer, check_n_jobs
from ..core.messages import shorten
from ..core.user_warnings import warn_user
from ._unwrap import check_estimator, unwrap

if TYPE_CHECKING:

    class Importances(Bunch):
        """What `permutation_importance` returns."""

        importances: Array
        importances_mean: Array
        importances_std: Array
        baseline_score: float
        scoring: str
        unit: str
        names: list[str]
        positions: Array


_UNITS = ("channel", "step", "block")
_MANY_BLOCKS = 10


def permutation_importance(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    unit: str = "channel",
    block_length: int | None = None,
    align: str = "end",
    n_repeats: int = 5,
    scoring: Any = None,
    n_jobs: int | None = None,
    random_state: Any = None,
    sample_weight: Any = None,
) -> "Importances":
    """Permutation importance of the channels or steps of sequences.

    The importance of a unit is the decrease of a score when its values are exchanged between the
    sequences, so that they do not belong to their targets any more [1]_.

    Parameters
    ----------
    estimator : estimator
        Fitted; any that reads sequences, also a pipeline or a search.
    X : array-like of shape (n, T) or (n, T, C), or list of n array-likes (T_i,) or (T_i, C)
        Sequences, in the form that the estimator was fitted on. Use data that it was not fitted on:
        otherwise the importance is that for what it has memorised, too.
    y : array-like
        True targets.
    unit : {"channel", "step", "block"}, default="channel"
        What is exchanged at once: the whole series of a channel, all channels of a step, or all
        channels of `block_length` consecutive steps.
    block_length : int, default=None
        Number of steps in a block; only with ``unit="block"``. None makes about ten blocks.
    align : {"end", "start"}, default="end"
        From which end steps and blocks are counted. If lengths differ, "end" exchanges last steps
        with last steps.
    n_repeats : int, default=5
        Number of permutations of each unit.
    scoring : str or callable, default=None
        A scorer or its name; None is the method `score` of the estimator. For targets at every step
        see `sklstm.metrics.over_steps`.
    n_jobs : int, default=None
        Number of processes; None is 1, -1 all processors. The result is the same.
    random_state : int, RandomState instance or None, default=None
        Seed of the permutations.
    sample_weight : array-like, default=None
        Sample weights, passed to the scorer.

    Returns
    -------
    Bunch
        A dict with attributes:

        importances : ndarray of shape (n_units, n_repeats)
            Decrease of the score by each permutation. NaN for a step that fewer than two sequences
            have.
        importances_mean, importances_std : ndarray of shape (n_units,)
            Their mean and standard deviation.
        baseline_score : float
            The score before anything is permuted.
        scoring : str
            The argument, or what the method `score` of the estimator computes, such as "r2".
        unit : str
            The argument.
        names : list of str
            Names of the units: of channels, or the steps that they consist of.
        positions : ndarray of shape (n_units, 2)
            First and last channel, or step, of each unit. Steps of sequences of different lengths
            that are aligned at their ends are counted from there: -1 is the last one.

    Raises
    ------
    NotFittedError, ValueError, TypeError
        If the estimator is not fitted, an argument is not valid, or the scorer fails or returns
        anything but a finite number; a note says for which unit.

    Warns
    -----
    UserWarning
        With ``unit="channel"``, if there is only one channel: its importance is that of X.

    See Also
    --------
    sklearn.inspection.permutation_importance : The same for the columns of a table.
    saliency : Gradients of the output by X.
    ImportanceDisplay : The result as a picture.

    Notes
    -----
    *Sequences of different lengths* cannot just exchange their series. All series of the channel
    are put one after the other in a random order, and cut again at the lengths of the sequences.
    Each value is then used exactly once, and neighbours stay neighbours, except at the seams. If
    all lengths are equal, whole series are exchanged. The rule has limits: a sequence may consist
    of parts of several others, with a jump where they meet; and what was at the beginning or end of
    a series may now be in the middle of one. Blocks that are cut by the beginning of a sequence
    follow the same rule.

    *What is not measured*: the length of the sequences, which stays, and what two channels, or two
    neighbouring steps, both tell. Exchanging one of them leaves the other, and the importance of
    both is low. Use larger blocks then, or leave a channel out and fit again.

    References
    ----------
    .. [1] L. Breiman. "Random forests." Machine Learning 45, 2001.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.inspection import permutation_importance
    >>> X = np.random.default_rng(0).standard_normal((200, 6, 3))
    >>> y = X[:, -1, 1]  # the second channel of the last step
    >>> model = LSTMRegressor(8, max_iter=40, random_state=0).fit(X[:100], y[:100])
    >>> result = permutation_importance(model, X[100:], y[100:], random_state=0)
    >>> int(result.importances_mean.argmax())
    1
    >>> result = permutation_importance(model, X[100:], y[100:], unit="step", random_state=0)
    >>> int(result.importances_mean.argmax()), result.names[-1]
    (5, '5')
    """
    check_choice(unit, "unit", _UNITS)
    check_choice(align, "align", ("end", "start"))
    check_integer(n_repeats, "n_repeats", 1)
    check_seed(random_state)
    check_n_jobs(n_jobs)
    if block_length is not None:
        check_integer(block_length, "block_length", 1, " or None")
        if unit != "block":
            raise ValueError(f"block_length={block_length} is for unit='block', but unit={unit!r}.")
    _check_estimator(estimator)
    scorer = _Scorer(scoring, sample_weight)
    sequences = _Sequences(X)
    units = sequences.units(unit, block_length, align)
    seeds = check_random_state(random_state).randint(np.iinfo(np.int32).max, size=n_repeats)
    baseline = scorer(estimator, X, y, "X as it was passed, before anything is permuted")
    rows = Parallel(n_jobs=n_jobs)(
        delayed(_scores)(scorer, estimator, sequences, y, each, seeds, unit) for each in units
    )
    importances = baseline - np.array(rows)
    return Bunch(
        importances=importances,
        importances_mean=importances.mean(axis=1),
        importances_std=importances.std(axis=1),
        baseline_score=baseline,
        scoring=_name_of(scoring, estimator),
        unit=unit,
        names=[each.name for each in units],
        positions=np.array([each.position for each in units]),
    )


def _check_estimator(estimator):
    check_estimator(estimator, ("predict",), "a fitted estimator that reads sequences")
    if hasattr(estimator, "forecast"):
        raise TypeError(
            f"{type(estimator).__name__} is a forecaster: the rows of its X are times, which "
            "cannot be exchanged. Pass its network, regressor_, with windows and targets such as "
            "those of sklstm.preprocessing.sliding_windows; or compare the backtests with and "
            "without a column of X."
        )


class _Scorer:
    """A scorer whose errors say on which data it failed.

    Parameters
    ----------
    scoring : str, callable or None
    sample_weight : array-like or None
    """

    def __init__(self, scoring, sample_weight):
        self._scorer = None if scoring is None else read_scorer(scoring)
        self._scoring = scoring
        self._weight = sample_weight

    def __call__(self, estimator, X, y, data):
        try:
            score = score_with_weights(self._scorer or _score, estimator, X, y, self._weight)
        except Exception as error:
            error.add_note(f"Raised by {self._name(estimator)} on {data}.")
            raise
        try:
            number = float(score)
        except (TypeError, ValueError):
            number = np.nan
        if not np.isfinite(number):
            raise ValueError(
                f"{self._name(estimator)} returned {shorten(score)} on {data}; expected a finite "
                "number, of which greater ones are better."
            )
        return number

    def _name(self, estimator):
        if self._scoring is None:
            return f"{type(estimator).__name__}.score"
        return f"scoring={shorten(self._scoring)}"


def _name_of(scoring, estimator):
    """The name of the score, for pictures."""
    if scoring is None and hasattr(estimator, "scorer_"):  # a search, which has its own scorer
        is_one = estimator.scoring is None or isinstance(estimator.scoring, str)
        scoring = estimator.scoring if is_one or callable(estimator.scoring) else estimator.refit
    if isinstance(scoring, str):
        return scoring
    if callable(scoring):
        return str(getattr(scoring, "__name__", shorten(scoring, 60)))
    last = unwrap(estimator)
    return "accuracy" if is_classifier(last) else "r2" if is_regressor(last) else "score"


def _score(estimator, X, y, **weights):
    return estimator.score(X, y, **weights)


class _Unit:
    """What is exchanged at once.

    Parameters
    ----------
    name : str
    position : tuple of int
        First and last channel or step.
    starts, stops : ndarray of int, shape (n,)
        The rows of each sequence that take part, among those of all sequences.
    columns : slice
        The channels that take part.
    """

    def __init__(self, name, position, starts, stops, columns):
        self.name = name
        self.position = position
        takes_part = stops > starts
        self.starts, self.stops = starts[takes_part], stops[takes_part]
        self.columns = columns

    def rows(self, order=slice(None)):
        """The rows that take part, with the sequences in this order."""
        lengths = (self.stops - self.starts)[order]
        ends = np.cumsum(lengths)
        return np.arange(ends[-1]) + np.repeat(self.starts[order] - ends + lengths, lengths)


class _Sequences:
    """Sequences in the form in which they were passed, and all of their steps in one array."""

    def __init__(self, X):
        self.X = X
        read = read_sequences(X, allow_nan=True)
        self.is_list = isinstance(read, list)
        if self.is_list:
            self.rows = np.concatenate(read)
            self.lengths = np.array([len(each) for each in read])
        else:
            self.rows = read.reshape(read.shape[0] * read.shape[1], -1)
            self.lengths = np.full(read.shape[0], read.shape[1])
        self.shape = None if self.is_list else read.shape
        self.offsets = np.concatenate([[0], np.cumsum(self.lengths)])
        if len(self.lengths) < 2:
            raise ValueError(
                "X has one sequence; expected at least two, to exchange values between."
            )

    def units(self, unit, block_length, align):
        """List the units."""
        if unit == "channel":
            return self._channels()
        longest = int(self.lengths.max())
        length = 1 if unit == "step" else block_length or -(-longest // _MANY_BLOCKS)
        borders = list(range(0, longest, length))
        bounds = [(first, min(first + length, longest)) for first in borders]
        if align == "end":
            bounds = [(longest - stop, longest - first) for first, stop in reversed(bounds)]
        return [self._block(first, stop, longest, align) for first, stop in bounds]

    def _channels(self):
        n_channels = self.rows.shape[1]
        if n_channels == 1:
            warn_user(
                "X has one channel, so that its importance is that of the whole X. See "
                "unit='step' or unit='block' for the importance of its steps. If the columns of X "
                "become channels in a pipeline, pass what its first steps return: "
                "permutation_importance(pipeline[1:], pipeline[:1].transform(X), y)."
            )
        names = self._names() or [str(c) for c in range(n_channels)]
        ends = self.offsets[:-1], self.offsets[1:]
        return [_Unit(names[c], (c, c), *ends, slice(c, c + 1)) for c in range(n_channels)]

    def _names(self):
        found = channel_names(self.X) if is_ragged(self.X) else None
        return None if found is None else list(found)

    def _block(self, first, stop, longest, align):
        """The steps `first` to `stop` of an axis on which the sequences are aligned."""
        shift = longest - self.lengths if align == "end" else 0 * self.lengths
        begins, ends = self.offsets[:-1], self.offsets[1:]
        starts = np.clip(begins + first - shift, begins, ends)
        stops = np.clip(begins + stop - shift, begins, ends)
        before = longest if self.is_list and align == "end" else 0
        position = first - before, stop - 1 - before
        name = str(position[0]) if stop - first == 1 else f"{position[0]} to {position[1]}"
        return _Unit(name, position, starts, stops, slice(None))

    def permuted(self, unit, rng):
        """X with the values of a unit exchanged between sequences."""
        rows, order = self.rows.copy(), rng.permutation(len(unit.starts))
        rows[unit.rows(), unit.columns] = self.rows[unit.rows(order), unit.columns]
        return self._in_form(rows)

    def _in_form(self, rows):
        if not self.is_list:
            return _like(self.X, rows.reshape(self.shape))
        parts = np.split(rows, self.offsets[1:-1])
        items = list(self.X)
        if len(items) != len(parts):
            return parts
        return [_like(item, part) for item, part in zip(items, parts, strict=True)]


def _like(item, values):
    """Values as a DataFrame if `item` is one, and as lists if it is lists."""
    if type(item).__module__.partition(".")[0] == "pandas" and hasattr(item, "columns"):
        return type(item)(values, index=item.index, columns=item.columns)
    return values.tolist() if isinstance(item, list) else values


def _scores(scorer, estimator, sequences, y, unit, seeds, kind):
    """The scores with each permutation of a unit."""
    if len(unit.starts) < 2:
        return [np.nan] * len(seeds)
    data = f"X with permuted {kind} {unit.name}"
    return [
        scorer(estimator, sequences.permuted(unit, np.random.RandomState(seed)), y, data)
        for seed in seeds
    ]
