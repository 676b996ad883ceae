"""Patches: several time steps become one.

n is the number of sequences, T the number of time steps, C the number of channels per step, p the
length of a patch, and K = ceil(T / p) the number of patches of a sequence.
"""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from .._validation.sequences import check_sequences, read_sequences
from ..core.checks import check_integer
from ..core.patches import make_patches


class Patches(TransformerMixin, BaseEstimator):
    """Turn every `length` steps of C channels into one step of `length` times C channels.

    A recurrent network remembers a few dozen steps well and hundreds badly. Patches shorten a
    sequence without losing a value, as frame stacking does for speech [1]_ and patching for
    transformers [2]_, and make training faster by about the same factor. The estimators do this
    by themselves where `patch_length` says so; this transformer is for pipelines, and for targets
    at every step.

    Patches end with the last step of a sequence. If its length is not a multiple of `length`, the
    first patch is filled up at its beginning with copies of the oldest step.

    Parameters
    ----------
    length : int, default=10
        Number of steps in a patch, p.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of a table; number of channels C of a 3-D array or list.
    feature_names_in_ : ndarray of str
        Column names, if X is a DataFrame or a list of DataFrames.
    x_ndim_ : int
        2 if fitted on a table, else 3 (lists count as 3-D).
    n_channels_ : int
        Number of channels C; 1 for a table.
    n_steps_ : int or None
        Number of steps, if it is the same for all sequences that fit has seen.

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

    def __init__(self, length=10):
        self.length = length

    def fit(self, X, y=None):
        """Check `length` against X and remember its form; nothing is learned.

        Parameters
        ----------
        X : (n, T) or (n, T, C) array-like, or list of n array-likes of shape (T_i,) or (T_i, C)
            Sequences, oldest step first. float32 stays float32, all else becomes float64.
        y : object, default=None
            Ignored.

        Returns
        -------
        Patches
            The fitted transformer itself.

        Raises
        ------
        TypeError
            If X is sparse.
        ValueError
            If `length` is not an integer >= 1 or longer than every sequence, or if X is empty or
            has values that are not finite real numbers.
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

    def transform(self, X):
        """Turn steps into patches.

        Parameters
        ----------
        X : array-like or list, in the form that fit has seen
            Tables need the same columns; 3-D arrays and lists the same channels, of any length.

        Returns
        -------
        ndarray of shape (n, K, p * C), or list of n ndarrays of shape (K_i, p * C)
            The oldest step of a patch first, with its channels side by side. A list for a list.
            Views of X where no copy is needed, so do not write into them.

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
        return make_patches(check_sequences(self, X, reset=False), self.length)

    def transform_targets(self, y, X=None):
        """Turn a value for every step into targets for every patch.

        A network that reads patches with `return_sequences` predicts once for each patch: the
        targets of all its steps. `inverse_transform` turns its predictions back into steps.

        Parameters
        ----------
        y : (n, T) or (n, T, O) array-like, or list of n array-likes of shape (T_i,) or (T_i, O)
            A value for every step, or O of them: targets of a regressor, not labels.
        X : array-like or list, in the form that fit has seen, default=None
            The sequences that y belongs to, not yet in patches: their lengths are compared. None
            compares with the number of steps in fit, if that was the same for all.

        Returns
        -------
        ndarray of shape (n, K, p * O), or list of n ndarrays of shape (K_i, p * O)
            A list for a list. The copies of the oldest step count as steps.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If fit has not been called.
        TypeError, ValueError
            If y is not of one of these forms, not of finite real numbers, or has other lengths
            than the sequences.
        """
        check_is_fitted(self)
        y = read_sequences(y, name="y")
        if X is not None:
            check_consistent_length(X, y)
            lengths = [len(sequence) for sequence in check_sequences(self, X, reset=False)]
        else:
            lengths = [self.n_steps_ or len(targets) for targets in y]
        for i, (targets, length) in enumerate(zip(y, lengths, strict=True)):
            if len(targets) != length:
                raise ValueError(
                    f"y[{i}] has {len(targets)} steps, but X[{i}] has {length}; expected one value "
                    "for every step."
                )
        return make_patches(y, self.length)

    def inverse_transform(self, X, lengths=None):
        """Turn patches back into steps.

        Parameters
        ----------
        X : (n, K, p * C) array-like, or list of n array-likes of shape (K_i, p * C)
            Patches, or predictions for `transform_targets`; then C is the number of outputs.
        lengths : array-like of n ints, or int, default=None
            The original number of steps of each sequence: older ones are left out. None means the
            number of columns that fit has seen for a table, and K times p for other sequences.

        Returns
        -------
        ndarray of shape (n, T) or (n, T, C), or list of n ndarrays of shape (T_i, C)
            (n, T) if fitted on a table and C is 1. A list for a list, and where `lengths` differ.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If fit has not been called.
        TypeError, ValueError
            If X has a number of channels that is no multiple of p, or invalid values, or a length
            is not one that gives K patches.
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
            lengths = np.broadcast_to(lengths, len(steps)) if np.ndim(lengths) == 0 else lengths
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
        """The last `length` steps of sequence i, without the copies that fill its first patch."""
        check_integer(length, f"lengths[{i}]", 1)
        if not len(steps) - self.length < length <= len(steps):
            n_patches = len(steps) // self.length
            raise ValueError(
                f"lengths[{i}]={length} does not fit X[{i}], which has {n_patches} patch(es) of "
                f"{self.length} steps; expected {len(steps) - self.length + 1} to {len(steps)}."
            )
        return steps[len(steps) - length :]

    def get_feature_names_out(self, input_features=None):
        """Return the names of the channels of a patch.

        Parameters
        ----------
        input_features : array-like of C str, default=None
            Names of the channels. None means `feature_names_in_` if fitted on DataFrames of
            sequences, "x" for a table, and "x0", "x1", ... for all else.

        Returns
        -------
        ndarray of p * C str objects
            The name of each channel with the number of the step in its patch, 0 for the oldest.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If fit has not been called.
        ValueError
            If there are not C names, or not those of fit.
        """
        check_is_fitted(self)
        names = self._channel_names()
        if input_features is not None and self.x_ndim_ == 3:
            given = [str(name) for name in input_features]
            if len(given) != len(names):
                raise ValueError(
                    f"input_features has {len(given)} name(s); expected {len(names)}, one for each "
                    "channel."
                )
            if hasattr(self, "feature_names_in_") and given != names:
                raise ValueError(
                    f"input_features is {given}, which is not equal to feature_names_in_, {names}."
                )
            names = given
        return np.array([f"{name}_{j}" for j in range(self.length) for name in names], dtype=object)

    def _channel_names(self):
        if self.x_ndim_ == 2:
            return ["x"]  # the columns of a table are steps of one channel
        if hasattr(self, "feature_names_in_"):
            return list(self.feature_names_in_)
        return [f"x{channel}" for channel in range(self.n_channels_)]

    def set_output(self, *, transform=None):
        """Accept scikit-learn's choice of output container and ignore it: patches are no table.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Ignored.

        Returns
        -------
        Patches
            The transformer itself, so that `Pipeline.set_output` works for the other steps.
        """
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
