"""Transformer that converts the data layouts of other libraries to sequences.

Notation: n sequences, T time steps, C channels per step.
"""

from collections.abc import Sequence
from typing import Any, Self, overload

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._estimators.documentation_links import LinksDocumentation
from .._typing import Array, ArrayLike, BaseEstimator, HasArray, Predictions, TransformerMixin
from .._validation.sequences import check_sequences
from ..core.checks import check_choice, check_integer
from ..core.messages import shorten
from ._names import as_names, names_of_input

_LAYOUTS = ("NTC", "NCT")
_TIME_ORDERS = ("oldest_first", "newest_first")


class ToSequences(LinksDocumentation, TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):
    """Convert the data layouts of other libraries to (n, T, C) arrays or lists of (T_i, C) arrays.

    A table (2-D X) has one row per sequence: T * n_channels columns, followed by `n_static` columns
    of static features. Static features become extra channels, repeated at every step, so that the
    result has C = n_channels + n_static channels. Columns in another order have to be reordered
    first, for example by a `ColumnTransformer`.

    ==================================================== =====================================
    library and layout                                   parameters
    ==================================================== =====================================
    skforecast, then k exogenous columns or level codes  time_order="newest_first", n_static=k
    mlforecast with lags=[1, 2, ...], then k features    time_order="newest_first", n_static=k
    sktime make_reduction, "tabular-regressor"           n_channels=C, layout="NCT"
    ... with pooling="global", then k exogenous columns  time_order="newest_first", n_static=k
    sktime make_reduction, "time-series-regressor"       layout="NCT"
    darts SKLearnModel with C components                 n_channels=C
    ... and D covariates over the same T lags            n_channels=[C, D]
    ... and k future covariates at lag 0, or static ones n_static=k
    aeon, 3-D arrays and lists                           layout="NCT"
    aeon RegressionForecaster, then k exogenous columns  n_static=k
    ==================================================== =====================================

    Tables with one channel, in chronological order and without static features, need no
    conversion. mlforecast puts exogenous columns of the data frame before the lags, but date
    features after them.

    Parameters
    ----------
    n_channels : int or list of int, default=1
        Number of channels per step in the columns of a table. A list specifies groups of channels,
        one after the other: [1, 2] means T columns with one channel per step, then 2 * T columns
        with two channels per step. Ignored for 3-D arrays and lists, which have a channel axis.
    layout : {"NTC", "NCT"}, default="NTC"
        Order of the axes:

        - "NTC": time before channels. A table contains all channels of the first step, then all
          channels of the second step, and so on. Lists contain (T_i, C) arrays.
        - "NCT": channels before time. A table contains all steps of the first channel, then all
          steps of the second channel, and so on. Lists contain (C, T_i) arrays.

        Both are the same for a table with one channel and for a list of (T_i,) arrays.
    time_order : {"oldest_first", "newest_first"}, default="oldest_first"
        Order of the steps. Use "newest_first" if the first column is lag 1.
    n_static : int, default=0
        Number of static features in the last columns of a table. Must be 0 for 3-D arrays and
        lists.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of a table, or number of channels C of a 3-D array or list.
    feature_names_in_ : ndarray of str
        Column names. Defined only if X is a DataFrame or a list of DataFrames.
    x_ndim_ : int
        2 if fitted on a table, 3 if fitted on a 3-D array or a list.

    Examples
    --------
    Columns lag 1, lag 2, lag 3 and one static feature:

    >>> import numpy as np
    >>> from sklstm.preprocessing import ToSequences
    >>> X = np.array([[3.0, 2.0, 1.0, 0.5]])
    >>> ToSequences(time_order="newest_first", n_static=1).fit_transform(X).tolist()
    [[[1.0, 0.5], [2.0, 0.5], [3.0, 0.5]]]

    Two channels, three steps, channels first:

    >>> X = np.array([[[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]])
    >>> ToSequences(layout="NCT").fit_transform(X).tolist()
    [[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]]
    """

    n_features_in_: int
    feature_names_in_: Array
    x_ndim_: int

    def __init__(
        self,
        n_channels: int | Sequence[int] = 1,
        *,
        layout: str = "NTC",
        time_order: str = "oldest_first",
        n_static: int = 0,
    ) -> None:
        self.n_channels = n_channels
        self.layout = layout
        self.time_order = time_order
        self.n_static = n_static

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Check the parameters and store the form and width of X; nothing is learned.

        Parameters
        ----------
        X : (n, n_columns) or (n, T, C) array-like, or list of n array-likes (T_i,) or (T_i, C)
            Data in the layout that the parameters describe: (n, C, T) and (C, T_i) for "NCT".
            float32 is kept, other types become float64.
        y : object, default=None
            Ignored.

        Returns
        -------
        ToSequences
            The fitted transformer.

        Raises
        ------
        TypeError
            If X is sparse.
        ValueError
            If a parameter is invalid or does not match X, or if X is empty or contains values that
            are not finite real numbers.
        """
        check_integer(self.n_static, "n_static", 0)
        check_choice(self.layout, "layout", _LAYOUTS)
        n_channels = sum(self._groups())
        check_choice(self.time_order, "time_order", _TIME_ORDERS)
        check_sequences(self, X, reset=True, channels_first=self.layout == "NCT")
        if self.x_ndim_ == 3 and self.n_static:
            raise ValueError(
                f"n_static={self.n_static} needs a table (2-D X), whose last columns are repeated"
                " at every step, but X is a 3-D array or a list of sequences. Set n_static=0 and"
                " pass the static features as channels."
            )
        n_columns = self.n_features_in_ - self.n_static
        if self.x_ndim_ == 2 and (n_columns < 1 or n_columns % n_channels):
            raise ValueError(
                f"X has {self.n_features_in_} column(s), expected T * n_channels + n_static ="
                f" T * {n_channels} + {self.n_static} with a whole number T >= 1 of steps."
                " Check n_channels and n_static."
            )
        return self

    @overload
    def transform(self, X: Sequence[HasArray]) -> list[Array]: ...
    @overload
    def transform(self, X: ArrayLike) -> Predictions: ...
    def transform(self, X: ArrayLike) -> Predictions:
        """Convert X to sequences in chronological order.

        Parameters
        ----------
        X : array-like or list, of the same form as in `fit`
            A table with the same columns, or a 3-D array or list with the same channels and any
            number of steps.

        Returns
        -------
        ndarray of shape (n, T, C), or list of n ndarrays of shape (T_i, C)
            A list if X is a list. May be views of X: do not modify them.

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
        X = check_sequences(self, X, reset=False, channels_first=self.layout == "NCT")
        step = 1 if self.time_order == "oldest_first" else -1
        if isinstance(X, list):
            return [sequence[::step] for sequence in X]
        if self.x_ndim_ == 3:
            return X[:, ::step]
        return self._unfold(X, step)

    def _groups(self):
        """Return the number of channels per step of each group of columns, as a list."""
        if not isinstance(self.n_channels, (list, tuple)):
            check_integer(self.n_channels, "n_channels", 1)
            return [self.n_channels]
        for n_channels in self.n_channels:
            check_integer(n_channels, "an entry of n_channels", 1)
        if not self.n_channels or self.layout == "NCT":
            raise ValueError(
                f"n_channels={shorten(self.n_channels)} with layout={shorten(self.layout)} is "
                "not valid; expected"
                " an integer >= 1, or with layout='NTC' a list of at least one such integer."
            )
        return list(self.n_channels)

    def _unfold(self, X, step):
        """Convert a table to an array of shape (n, T, C)."""
        n_samples, n_columns = X.shape
        groups = self._groups()
        n_steps = (n_columns - self.n_static) // sum(groups)
        if self.layout == "NCT":
            varying = X[:, : n_columns - self.n_static].reshape(n_samples, groups[0], n_steps)
            blocks = [varying.transpose(0, 2, 1)]
        else:
            ends = n_steps * np.cumsum(groups)
            blocks = [
                X[:, end - n_steps * group : end].reshape(n_samples, n_steps, group)
                for group, end in zip(groups, ends, strict=True)
            ]
        blocks = [block[:, ::step] for block in blocks]
        if self.n_static:
            static = X[:, np.newaxis, n_columns - self.n_static :]
            blocks.append(np.repeat(static, n_steps, axis=1))
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=2)

    def get_feature_names_out(self, input_features: Sequence[str] | Array | None = None) -> Array:
        """Return the names of the channels of the output.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of a table, or of the channels of sequences. None means
            `feature_names_in_` if that is defined, and otherwise "x0", "x1", ...

        Returns
        -------
        ndarray of C str objects
            For sequences the names of their channels. For a table, whose columns are steps, "x" for
            a single channel or "x0", "x1", ..., followed by the names of the static columns.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If fit has not been called.
        ValueError
            If the number of names is wrong, or they differ from `feature_names_in_`.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklstm.preprocessing import ToSequences
        >>> X = pd.DataFrame([[1.0, 2.0, 3.0, 0.5]], columns=["lag3", "lag2", "lag1", "size"])
        >>> ToSequences(n_static=1).fit(X).get_feature_names_out().tolist()
        ['x', 'size']
        """
        check_is_fitted(self)
        names = names_of_input(self, input_features)
        if self.x_ndim_ == 3:
            return as_names(names)
        n_channels = sum(self._groups())
        channels = ["x"] if n_channels == 1 else [f"x{channel}" for channel in range(n_channels)]
        return as_names(channels + names[len(names) - self.n_static :])

    def set_output(self, *, transform: str | None = None) -> Self:
        """Do nothing: the output is 3-D and cannot be a DataFrame.

        Exists so that `Pipeline.set_output` works for the other steps.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Ignored.

        Returns
        -------
        ToSequences
            The transformer itself.
        """
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
