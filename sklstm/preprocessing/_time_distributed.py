"""A scikit-learn transformer, applied to every time step.

n is the number of sequences, T the number of time steps, C the number of channels per step, N the
number of steps of all sequences together.
"""

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin, clone
from sklearn.utils import check_consistent_length, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .._validation.sequences import check_sequences, is_ragged, read_sequences


def _stack(X):
    """Stack all steps of all sequences as rows, (N, C); each step of a table has one channel."""
    if isinstance(X, list):
        return np.concatenate(X)
    return X.reshape(-1, 1) if X.ndim == 2 else X.reshape(-1, X.shape[2])


def _dense_rows(function, rows):
    """Call function(rows); return a dense (len(rows), K) array of the rows' own float type."""
    out = function(rows)
    out = out.toarray() if issparse(out) else np.asarray(out)
    if out.ndim == 0 or len(out) != len(rows):
        raise ValueError(
            f"The inner transformer turned {len(rows)} row(s) into an array of shape {out.shape};"
            " TimeDistributed needs one that gives one row for each row."
        )
    return out.reshape(len(rows), -1).astype(rows.dtype, copy=False)


def _targets_of_rows(X, y):
    """Give every step a target. Always, since no tag tells reliably which transformers want one."""
    if y is None:
        return None
    check_consistent_length(X, y)
    if is_ragged(y):
        return np.concatenate([np.asarray(targets) for targets in y])
    y = np.asarray(y)
    if y.ndim == 3:
        return y.reshape(-1, y.shape[2]) if y.shape[2] > 1 else y.ravel()
    return np.repeat(y, [len(sequence) for sequence in X], axis=0)


def _inner_has(name):
    """Make a method exist only if the inner transformer has it."""

    def check(self):
        getattr(getattr(self, "transformer_", self.transformer), name)
        return True

    return check


def _gives_table(self):
    """Tell whether transform returns a table, as far as known: set_output can only wrap tables."""
    return not hasattr(self, "transformer_") or (self.x_ndim_ == 2 and self.n_channels_out_ == 1)


class TimeDistributed(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Apply a scikit-learn transformer to every time step.

    The inner transformer sees all steps of all sequences stacked as rows: (N, C) with N the total
    number of steps. Thus `TimeDistributed(StandardScaler())` scales every channel by one mean and
    one deviation, over sequences and time. In a table (2-D X) each step has one channel, so all
    columns share them.

    Parameters
    ----------
    transformer : object with fit and transform
        Any scikit-learn transformer that gives one row per row. A clone of it is fitted.

    Attributes
    ----------
    transformer_ : object
        The fitted clone.
    n_features_in_ : int
        Number of columns of a table; number of channels C of a 3-D array or list.
    feature_names_in_ : ndarray of str
        Column names, if X is a DataFrame or a list of DataFrames.
    n_channels_out_ : int
        Number of columns K that the inner transformer gives.
    x_ndim_ : int
        2 if fitted on a table, else 3 (lists count as 3-D).

    Notes
    -----
    NaN is let through if the inner transformer's tags allow it (imputers and scalers do), and
    rejected otherwise; infinity never passes. Sparse output is made dense. `get_feature_names_out`,
    and with it the DataFrame output of `set_output`, exists only where the result is a table;
    sequences stay arrays.

    Examples
    --------
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from sklstm.preprocessing import TimeDistributed
    >>> X = [[[1.0, 10.0], [2.0, 20.0]], [[3.0, 30.0]]]
    >>> scaler = TimeDistributed(MinMaxScaler()).fit(X)
    >>> [sequence.tolist() for sequence in scaler.transform(X)]
    [[[0.0, 0.0], [0.5, 0.5]], [[1.0, 1.0]]]
    """

    def __init__(self, transformer):
        self.transformer = transformer

    def fit(self, X, y=None):
        """Fit a clone of the transformer on all steps of all sequences.

        Parameters
        ----------
        X : (n, T) or (n, T, C) array-like, or list of n array-likes of shape (T_i,) or (T_i, C)
            Sequences, oldest step first. float32 stays float32, all else becomes float64.
        y : (n,), (n, O) or (n, T, O) array-like, or list of (T_i,) or (T_i, O), default=None
            Targets, for inner transformers that learn from them: one (or O) per sequence, repeated
            at every step, or, as 3-D array or list, one (or O) per step.

        Returns
        -------
        TimeDistributed
            The fitted transformer itself.

        Raises
        ------
        TypeError
            If X is sparse, or `transformer` is not an instance with fit and transform.
        ValueError
            If X is empty or has values that are not finite real numbers, or if the inner
            transformer refuses the data or changes the number of rows.
        """
        inner = self.transformer
        if isinstance(inner, type) or not (hasattr(inner, "fit") and hasattr(inner, "transform")):
            raise TypeError(
                f"transformer={inner!r} must be an instance with fit and transform, for example"
                " TimeDistributed(StandardScaler())."
            )
        X = check_sequences(self, X, reset=True, allow_nan=get_tags(self).input_tags.allow_nan)
        rows = _stack(X)
        self.transformer_ = clone(inner).fit(rows, _targets_of_rows(X, y))
        # The inner transformer knows its width under no common name, so one row is sent through it.
        self.n_channels_out_ = _dense_rows(self.transformer_.transform, rows[:1]).shape[1]
        return self

    def transform(self, X):
        """Transform every time step.

        Parameters
        ----------
        X : array-like or list, in the form that fit has seen
            Tables need the same columns; 3-D arrays and lists the same channels, of any length.

        Returns
        -------
        ndarray of shape (n, T) or (n, T, K), or list of n ndarrays of shape (T_i, K)
            K is `n_channels_out_`. A list for a list; 2-D for a table if K is 1. The dtype is that
            of X.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If fit has not been called.
        TypeError
            If X is sparse.
        ValueError
            If X has another form or width than in fit, or invalid values.
        """
        check_is_fitted(self)
        X = check_sequences(self, X, reset=False, allow_nan=get_tags(self).input_tags.allow_nan)
        return self._apply(self.transformer_.transform, X)

    @available_if(_inner_has("inverse_transform"))
    def inverse_transform(self, X):
        """Undo `transform`. Exists if the inner transformer has an `inverse_transform`.

        Parameters
        ----------
        X : array-like or list, in the form that transform returns
            Sequences with K = `n_channels_out_` channels, of any length.

        Returns
        -------
        ndarray of shape (n, T) or (n, T, C), or list of n ndarrays of shape (T_i, C)
            The sequences in their original channels; 2-D if fitted on a table.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If fit has not been called.
        TypeError
            If X is sparse.
        ValueError
            If X has another number of channels than transform returns, or invalid values.
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
    def get_feature_names_out(self, input_features=None):
        """Return the column names of the output. Exists where the output is a table.

        Parameters
        ----------
        input_features : array-like of T str, default=None
            Names of the steps; must be `feature_names_in_` where that exists.

        Returns
        -------
        ndarray of T str objects
            The names of the input columns.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If fit has not been called.
        ValueError
            If `input_features` does not match the columns seen in fit.
        """
        return super().get_feature_names_out(input_features)

    def set_output(self, *, transform=None):
        """Choose the container of tables; sequences stay arrays.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            As in scikit-learn. Without effect once fitted on sequences, whose output is no table.

        Returns
        -------
        TimeDistributed
            The transformer itself.
        """
        if _gives_table(self):
            super().set_output(transform=transform)
        return self

    def _apply(self, function, X):
        """Send all steps through function, row by row, and restore the form of X."""
        out = _dense_rows(function, _stack(X))
        if isinstance(X, list):
            return np.split(out, np.cumsum([len(sequence) for sequence in X])[:-1])
        if self.x_ndim_ == 2 and out.shape[1] == 1:
            return out.reshape(X.shape[:2])
        return out.reshape(*X.shape[:2], out.shape[1])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        if isinstance(self.transformer, BaseEstimator):
            inner = get_tags(self.transformer)
            tags.input_tags.allow_nan = inner.input_tags.allow_nan
            tags.target_tags.required = inner.target_tags.required
            tags.non_deterministic = inner.non_deterministic
        return tags
