"""Transformer that concatenates consecutive time steps to patches.

Notation: n sequences, T time steps, C channels per step, patches of p steps, K = ceil(T / p)
patches per sequence.
"""

from collections.abc import Sequence
from typing import Any, Self, overload

import numpy as np
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from .._estimators.documentation_links import LinksDocumentation
from .._typing import Array, ArrayLike, BaseEstimator, HasArray, Predictions, TransformerMixin
from .._validation.pairs import check_same_number
from .._validation.sequences import check_sequences, read_sequences
from ..core.checks import check_integer
from ..core.patches import make_patches
from ._names import as_names, names_of_input


class Patches(LinksDocumentation, TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):
    """Concatenate every `length` consecutive time steps into one step.

    C channels per step become `length` * C channels per patch. Recurrent networks remember a few
    dozen steps well, but not hundreds. Patches shorten the sequences without loss of data, like
    frame stacking in speech recognition [1]_ and patching in transformers [2]_, and speed up
    training by about the same factor. The estimators make patches themselves, see their parameter
    `patch_length`. Use this transformer in pipelines, or if there is a target for every step.

    The last patch ends with the last step of a sequence. If the number of steps is not a multiple
    of `length`, the first patch is padded at its beginning with copies of the first step.

    Parameters
    ----------
    length : int, default=10
        Number of steps in a patch, p.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of a table, or number of channels C of a 3-D array or list.
    feature_names_in_ : ndarray of str
        Column names. Defined only if X is a DataFrame or a list of DataFrames.
    x_ndim_ : int
        2 if fitted on a table, 3 if fitted on a 3-D array or a list.
    n_channels_ : int
        Number of channels C; 1 for a table.
    n_steps_ : int or None
        Number of steps of the sequences seen in `fit`; None if it differs between sequences.

    References
    ----------
    .. [1] H. Sak, A. Senior, K. Rao, F. Beaufays. "Fast and accurate recurrent neural network
       acoustic models for speech recognition." Interspeech 2015, section 4.
    .. [2] Y. Nie, N. Nguyen, P. Sinthong, J. Kalagnanam. "A time series is worth 64 words:
       long-term forecasting with transformers." ICLR 2023, section 3.1.

    Examples
    --------
    >>> from sklstm.preprocessing import Patches
    >>> patches = Patches(length=2).fit([[1.0, 2.0, 3.0, 4.0, 5.0]])
    >>> patches.transform([[1.0, 2.0, 3.0, 4.0, 5.0]]).tolist()
    [[[1.0, 1.0], [2.0, 3.0], [4.0, 5.0]]]
    >>> patches.get_feature_names_out().tolist()
    ['x_0', 'x_1']
    """

    n_features_in_: int
    feature_names_in_: Array
    x_ndim_: int
    n_channels_: int
    n_steps_: int | Any  # or None

    def __init__(self, length: int = 10) -> None:
        self.length = length

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Check `length` and store the form and width of X; nothing is learned.

        Parameters
        ----------
        X : (n, T) or (n, T, C) array-like, or list of n array-likes of shape (T_i,) or (T_i, C)
            Sequences, in chronological order. float32 is kept, other types become float64.
        y : object, default=None
            Ignored.

        Returns
        -------
        Patches
            The fitted transformer.

        Raises
        ------
        TypeError
            If X is sparse.
        ValueError
            If `length` is not an integer >= 1, or is greater than the length of every sequence, or
            if X is empty or contains values that are not finite real numbers.
        """
        check_integer(self.length, "length", 1)
        X = check_sequences(self, X, reset=True)
        longest = max(len(sequence) for sequence in X)
        if self.length > longest:
            raise ValueError(
                f"length={self.length} is longer than every sequence: the longest has {longest} "
                "step(s). Use a shorter length."
            )
        self.n_channels_ = 1 if self.x_ndim_ == 2 else self.n_features_in_
        equal = len({len(sequence) for sequence in X}) == 1
        self.n_steps_ = longest if equal else None
        return self

    @overload
    def transform(self, X: Sequence[HasArray]) -> list[Array]: ...
    @overload
    def transform(self, X: ArrayLike) -> Predictions: ...
    def transform(self, X: ArrayLike) -> Predictions:
        """Convert steps to patches.

        Parameters
        ----------
        X : array-like or list, of the same form as in `fit`
            A table with the same columns, or a 3-D array or list with the same channels and any
            number of steps.

        Returns
        -------
        ndarray of shape (n, K, p * C), or list of n ndarrays of shape (K_i, p * C)
            Patches, with the channels of their first step first. A list if X is a list. May be
            views of X: do not modify them.

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
        return make_patches(check_sequences(self, X, reset=False), self.length)

    @overload
    def transform_targets(
        self, y: Sequence[HasArray], X: ArrayLike | None = ...
    ) -> list[Array]: ...
    @overload
    def transform_targets(self, y: ArrayLike, X: ArrayLike | None = ...) -> Predictions: ...
    def transform_targets(self, y: ArrayLike, X: ArrayLike | None = None) -> Predictions:
        """Convert targets per step to targets per patch.

        With patches and ``return_sequences=True``, a network makes one prediction per patch: the
        targets of all its steps. Use `inverse_transform` to convert the predictions back to steps.

        Parameters
        ----------
        y : (n, T) or (n, T, O) array-like, or list of n array-likes of shape (T_i,) or (T_i, O)
            Regression targets per step, with O outputs. Class labels are not supported.
        X : array-like or list, of the same form as in `fit`, default=None
            The sequences that y belongs to, before `transform`. If given, the number of steps of
            each sequence is compared with y. If None, y is compared with `n_steps_`, if that is
            not None.

        Returns
        -------
        ndarray of shape (n, K, p * O), or list of n ndarrays of shape (K_i, p * O)
            A list if y is a list. The first patch is padded as in `transform`.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If fit has not been called.
        TypeError, ValueError
            If y has another form, contains values that are not finite real numbers, or has another
            number of steps than the sequences.
        """
        check_is_fitted(self)
        y = read_sequences(y, name="y")
        if X is not None:
            lengths = [len(sequence) for sequence in check_sequences(self, X, reset=False)]
            check_same_number(lengths, y)
        else:
            lengths = [self.n_steps_ or len(targets) for targets in y]
        for i, (targets, length) in enumerate(zip(y, lengths, strict=True)):
            if len(targets) != length:
                raise ValueError(
                    f"y[{i}] has {len(targets)} steps, but X[{i}] has {length}; expected one value "
                    "for every step."
                )
        return make_patches(y, self.length)

    @overload
    def inverse_transform(
        self, X: Sequence[HasArray], lengths: ArrayLike | None = ...
    ) -> list[Array]: ...
    @overload
    def inverse_transform(self, X: ArrayLike, lengths: ArrayLike | None = ...) -> Predictions: ...
    def inverse_transform(self, X: ArrayLike, lengths: Any = None) -> Predictions:
        """Convert patches back to steps.

        Parameters
        ----------
        X : (n, K, p * C) array-like, or list of n array-likes of shape (K_i, p * C)
            Patches, or predictions of a model fitted on the result of `transform_targets`, with C
            the number of outputs.
        lengths : array-like of n ints, or int, default=None
            Original number of steps of each sequence, to remove the padding of the first patch.
            None means the number of columns seen in `fit` for a table, else K * p.

        Returns
        -------
        ndarray of shape (n, T) or (n, T, C), or list of n ndarrays of shape (T_i, C)
            (n, T) if fitted on a table and C is 1. A list if X is a list or if `lengths` differ.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If fit has not been called.
        TypeError, ValueError
            If the number of channels of X is not a multiple of p, X has invalid values, or a length
            does not match the number of patches.
        """
        check_is_fitted(self)
        X = read_sequences(X)
        width = X[0].shape[1] if X[0].ndim == 2 else 1
        if width % self.length:
            raise ValueError(
                f"X has {width} channel(s) per step; expected a multiple of length={self.length}, "
                "as transform returns."
            )
        steps = [patches.reshape(-1, width // self.length) for patches in X]
        if lengths is None and self.x_ndim_ == 2:
            lengths = self.n_features_in_
        if lengths is not None:
            each = np.asarray(lengths)
            lengths = np.broadcast_to(each, len(steps)) if each.ndim == 0 else each
            check_consistent_length(steps, lengths)
            steps = [
                self._newest(i, sequence, length)
                for i, (sequence, length) in enumerate(zip(steps, lengths, strict=True))
            ]
        if isinstance(X, list) or len({len(sequence) for sequence in steps}) > 1:
            return steps
        steps = np.stack(steps)
        return steps[:, :, 0] if self.x_ndim_ == 2 and steps.shape[2] == 1 else steps

    def _newest(self, i, steps, length):
        """Return the last `length` steps of sequence i, without the padding of the first patch."""
        check_integer(length, f"lengths[{i}]", 1)
        if not len(steps) - self.length < length <= len(steps):
            n_patches = len(steps) // self.length
            raise ValueError(
                f"lengths[{i}]={length} does not fit X[{i}], which has {n_patches} patch(es) of "
                f"{self.length} steps; expected {len(steps) - self.length + 1} to {len(steps)}."
            )
        return steps[len(steps) - length :]

    def get_feature_names_out(self, input_features: Sequence[str] | Array | None = None) -> Array:
        """Return the names of the channels of a patch.

        Parameters
        ----------
        input_features : array-like of C str, default=None
            Names of the channels. None means `feature_names_in_` if fitted on a list of DataFrames,
            "x" for a table, and "x0", "x1", ... otherwise.

        Returns
        -------
        ndarray of p * C str objects
            Name of the channel, followed by the index of the step in its patch, for example "x_0".

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If fit has not been called.
        ValueError
            If the number of names is not C, or they differ from `feature_names_in_`.
        """
        check_is_fitted(self)
        names = ["x"]  # the columns of a table are the steps of one channel
        if self.x_ndim_ == 3:
            names = names_of_input(self, input_features)
        return as_names([f"{name}_{j}" for j in range(self.length) for name in names])

    def set_output(self, *, transform: str | None = None) -> Self:
        """Do nothing: the output is 3-D and cannot be a DataFrame.

        Exists so that `Pipeline.set_output` works for the other steps.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Ignored.

        Returns
        -------
        Patches
            The transformer itself.
        """
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
