"""Meta-transformer that applies a scikit-learn transformer to every time step.

Notation: n sequences, T time steps, C channels per step, N the total number of steps.
"""

from collections.abc import Sequence
from typing import Any, Self, overload

import numpy as np
from scipy.sparse import issparse
from sklearn.base import OneToOneFeatureMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from .._estimators.documentation_links import LinksDocumentation
from .._typing import (
    Array,
    ArrayLike,
    BaseEstimator,
    HasArray,
    HasParams,
    Predictions,
    TransformerMixin,
    available_if,
)
from .._validation.containers import refuse_containers
from .._validation.numbers import refuse_masked
from .._validation.pairs import check_same_number
from .._validation.sequences import check_sequences, is_ragged, read_sequences
from ..core.messages import shorten
from ._names import names_of_input


def _stack(X):
    """Stack all steps of all sequences as rows (N, C). A table has one channel."""
    if isinstance(X, list):
        return np.concatenate(X)
    return X.reshape(-1, 1) if X.ndim == 2 else X.reshape(-1, X.shape[2])


def _dense_rows(function, rows):
    """Return function(rows) as a dense array of shape (len(rows), K) and the dtype of `rows`."""
    out = function(rows)
    out = out.toarray() if issparse(out) else np.asarray(out)
    if out.ndim == 0 or len(out) != len(rows):
        raise ValueError(
            f"The inner transformer turned {len(rows)} row(s) into an array of shape {out.shape};"
            " TimeDistributed needs a transformer that returns one row per input row."
        )
    return out.reshape(len(rows), -1).astype(rows.dtype, copy=False)


def _targets_of_rows(X, y):
    """Return a target for every step, or None. No tag tells reliably if a transformer needs y."""
    if y is None:
        return None
    refuse_containers(y, "y", "targets per sequence or per step", each="targets")
    refuse_masked(y, "y")
    check_same_number(X, y)
    if is_ragged(y):
        return np.concatenate([np.asarray(targets) for targets in y])
    y = np.asarray(y)
    if y.ndim == 3:
        return y.reshape(-1, y.shape[2]) if y.shape[2] > 1 else y.ravel()
    return np.repeat(y, [len(sequence) for sequence in X], axis=0)


def _inner_has(name):
    """Return a check for `available_if`: whether the inner transformer has the method."""

    def check(self):
        getattr(getattr(self, "transformer_", self.transformer), name)
        return True

    return check


def _gives_table(self):
    """Whether `transform` returns a table, or is not fitted yet. `set_output` needs a table."""
    return not hasattr(self, "transformer_") or (self.x_ndim_ == 2 and self.n_channels_out_ == 1)


class TimeDistributed(LinksDocumentation, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Apply a scikit-learn transformer to every time step.

    The inner transformer is fitted on all steps of all sequences, stacked as rows: an array of
    shape (N, C), with N the total number of steps. For example,
    ``TimeDistributed(StandardScaler())`` standardises every channel by its mean and standard
    deviation over all sequences and steps. A table (2-D X) has one channel: all columns have a
    common mean and standard deviation.

    Parameters
    ----------
    transformer : estimator with `fit` and `transform`
        Transformer that returns one row per input row. A clone of it is fitted.

    Attributes
    ----------
    transformer_ : estimator
        The fitted transformer.
    n_features_in_ : int
        Number of columns of a table, or number of channels C of a 3-D array or list.
    feature_names_in_ : ndarray of str
        Column names. Defined only if X is a DataFrame or a list of DataFrames.
    n_channels_out_ : int
        Number of output columns K of the inner transformer.
    x_ndim_ : int
        2 if fitted on a table, 3 if fitted on a 3-D array or a list.

    Notes
    -----
    NaN is allowed if the tags of the inner transformer allow it, as those of imputers and scalers
    do. Infinity is never allowed. Sparse output is converted to dense arrays.
    `get_feature_names_out`, and DataFrame output by `set_output`, are available only if the result
    is a table.

    Examples
    --------
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from sklstm.preprocessing import TimeDistributed
    >>> X = [[[1.0, 10.0], [2.0, 20.0]], [[3.0, 30.0]]]
    >>> scaler = TimeDistributed(MinMaxScaler()).fit(X)
    >>> [sequence.tolist() for sequence in scaler.transform(X)]
    [[[0.0, 0.0], [0.5, 0.5]], [[1.0, 1.0]]]
    """

    transformer_: Any
    n_features_in_: int
    feature_names_in_: Array
    n_channels_out_: int
    x_ndim_: int

    def __init__(self, transformer: HasParams) -> None:
        self.transformer = transformer

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Fit a clone of the transformer on all steps of all sequences.

        Parameters
        ----------
        X : (n, T) or (n, T, C) array-like, or list of n array-likes of shape (T_i,) or (T_i, C)
            Sequences, in chronological order. float32 is kept, other types become float64.
        y : (n,), (n, O) or (n, T, O) array-like, or list of (T_i,) or (T_i, O), default=None
            Targets, for supervised inner transformers. Targets per sequence, (n,) or (n, O), are
            repeated for every step. A 3-D array or a list contains targets per step.

        Returns
        -------
        TimeDistributed
            The fitted transformer.

        Raises
        ------
        TypeError
            If X is sparse, or `transformer` is not an instance with `fit` and `transform`.
        ValueError
            If X is empty or contains values that are not finite real numbers, or if the inner
            transformer raises an error or changes the number of rows.
        """
        inner = self.transformer
        if isinstance(inner, type) or not (hasattr(inner, "fit") and hasattr(inner, "transform")):
            raise TypeError(
                f"transformer={shorten(inner)} must be an instance with fit and transform, for "
                "example"
                " TimeDistributed(StandardScaler())."
            )
        X = check_sequences(self, X, reset=True, allow_nan=get_tags(self).input_tags.allow_nan)
        rows = _stack(X)
        self.transformer_ = clone(inner).fit(rows, _targets_of_rows(X, y))
        # No attribute common to all transformers has the number of outputs: transform one row.
        self.n_channels_out_ = _dense_rows(self.transformer_.transform, rows[:1]).shape[1]
        return self

    @overload
    def transform(self, X: Sequence[HasArray]) -> list[Array]: ...
    @overload
    def transform(self, X: ArrayLike) -> Predictions: ...
    def transform(self, X: ArrayLike) -> Predictions:
        """Transform every time step.

        Parameters
        ----------
        X : array-like or list, of the same form as in `fit`
            A table with the same columns, or a 3-D array or list with the same channels and any
            number of steps.

        Returns
        -------
        ndarray of shape (n, T) or (n, T, K), or list of n ndarrays of shape (T_i, K)
            Transformed sequences, with K = `n_channels_out_` and the dtype of X. A list if X is a
            list; 2-D if X is a table and K is 1.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If fit has not been called.
        TypeError
            If X is sparse.
        ValueError
            If X has another form or width than in `fit`, or invalid values.
        """
        check_is_fitted(self)
        X = check_sequences(self, X, reset=False, allow_nan=get_tags(self).input_tags.allow_nan)
        return self._apply(self.transformer_.transform, X)

    @overload
    def inverse_transform(self, X: Sequence[HasArray]) -> list[Array]: ...
    @overload
    def inverse_transform(self, X: ArrayLike) -> Predictions: ...
    @available_if(_inner_has("inverse_transform"))
    def inverse_transform(self, X: ArrayLike) -> Predictions:
        """Apply the inverse transform to every time step.

        Available only if the inner transformer has an `inverse_transform`.

        Parameters
        ----------
        X : array-like or list, of the form that `transform` returns
            Sequences with K = `n_channels_out_` channels and any number of steps.

        Returns
        -------
        ndarray of shape (n, T) or (n, T, C), or list of n ndarrays of shape (T_i, C)
            Sequences with the original channels; 2-D if fitted on a table.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If fit has not been called.
        TypeError
            If X is sparse.
        ValueError
            If X has another number of channels than `transform` returns, or invalid values.
        """
        check_is_fitted(self)
        X = read_sequences(X, allow_nan=get_tags(self).input_tags.allow_nan)
        n_channels = 1 if X[0].ndim == 1 else X[0].shape[1]
        if n_channels != self.n_channels_out_:
            raise ValueError(
                f"X has {n_channels} channel(s) per step, but transform returns"
                f" {self.n_channels_out_}; inverse_transform expects what transform returns."
            )
        return self._apply(self.transformer_.inverse_transform, X)

    @available_if(_gives_table)
    def get_feature_names_out(self, input_features: Sequence[str] | Array | None = None) -> Array:
        """Return the column names of the output. Available only if the output is a table.

        Parameters
        ----------
        input_features : array-like of T str, default=None
            Names of the steps. Must be equal to `feature_names_in_` if that is defined.

        Returns
        -------
        ndarray of T str objects
            The names of the input columns.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If fit has not been called.
        ValueError
            If `input_features` does not match the columns seen in `fit`.
        """
        return super().get_feature_names_out(input_features)

    def _channel_names_out(self, input_features):
        """Names of the channels of the output, for pictures.

        `get_feature_names_out` would have scikit-learn make data frames of sequences.
        """
        names = ["x"] if self.x_ndim_ == 2 else names_of_input(self, input_features)
        return self.transformer_.get_feature_names_out(names)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Set the output container, if the output is a table. Sequences are always arrays.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            As in scikit-learn. Ignored if the transformer is fitted and its output is not a table.

        Returns
        -------
        TimeDistributed
            The transformer itself.
        """
        if _gives_table(self):
            super().set_output(transform=transform)
        return self

    def _apply(self, function, X):
        """Apply a function to the stacked steps, and restore the form of X."""
        out = _dense_rows(function, _stack(X))
        if isinstance(X, list):
            return np.split(out, np.cumsum([len(sequence) for sequence in X])[:-1])
        if self.x_ndim_ == 2 and out.shape[1] == 1:
            return out.reshape(X.shape[:2])
        return out.reshape(*X.shape[:2], out.shape[1])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        if isinstance(self.transformer, BaseEstimator):
            inner = get_tags(self.transformer)
            tags.input_tags.allow_nan = inner.input_tags.allow_nan
            tags.target_tags.required = inner.target_tags.required
            tags.non_deterministic = inner.non_deterministic
        return tags
