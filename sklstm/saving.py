"""save and load: fitted estimators in files of arrays and JSON."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sklearn.base import BaseEstimator

from ._saving.container import FileContentError, pack, unpack
from ._saving.decoding import Decoder
from ._saving.encoding import CannotSaveError, Encoder
from ._saving.files import read_whole, write_whole
from ._validation.paths import check_path, name_in_os_errors
from .core.configurable import Configurable
from .core.messages import shorten

__all__ = ["load", "save"]


def save(estimator: Any, path: str | os.PathLike[str]) -> None:
    """Save an estimator to a file that can be loaded without running any code.

    The file has arrays and JSON, with a checksum, in the layout of safetensors; the bytes of equal
    estimators are equal. It is written whole or not at all: after an error or a crash, a file of
    this name has its former content.

    Everything of the estimator is saved but its callbacks. That are its parameters and fitted
    attributes, so that training can be resumed with ``warm_start=True`` or `partial_fit` as if it
    had not been saved.

    Parameters
    ----------
    estimator : estimator
        An estimator of sklstm, fitted or not. It may have inside, or be inside, some of
        scikit-learn's: pipelines, `ColumnTransformer`, the usual scalers, encoders and linear
        models.
    path : str or path-like
        The file. One that exists is replaced. If the process is killed meanwhile, a hidden file
        ``.NAME.*.unfinished`` may remain beside it, which can be removed.

    Raises
    ------
    TypeError
        If the estimator is, or has, an object of another class; the message says where. Use joblib
        or skops for these.
    OSError
        If the file cannot be written, or `path` is a folder, device or pipe.

    See Also
    --------
    load : The inverse.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> import sklstm
    >>> X = np.random.default_rng(0).standard_normal((20, 5))
    >>> model = sklstm.LSTMRegressor(hidden_size=4, max_iter=5, random_state=0).fit(X, X[:, 0])
    >>> path = os.path.join(tempfile.mkdtemp(), "model.safetensors")
    >>> sklstm.save(model, path)
    >>> bool((sklstm.load(path).predict(X) == model.predict(X)).all())
    True
    """
    if isinstance(estimator, type) or not isinstance(estimator, BaseEstimator):
        is_class = isinstance(estimator, type)
        raise TypeError(
            f"save was given {'the class ' * is_class}{shorten(estimator, 80)}; expected an "
            "estimator, such as a fitted LSTMRegressor."
        )
    encoder = Encoder(type(estimator).__name__)
    try:
        tree = encoder.encode(estimator)
    except CannotSaveError as error:
        found = hasattr(estimator, "best_estimator_")
        advice = "Save its best_estimator_, or use" if found else "Use"
        raise CannotSaveError(
            f"{error} {advice} joblib.dump or skops.io.dump, which keep objects of any class."
        ) from error
    path = check_path(path, "path")
    with name_in_os_errors("sklstm.save", "path", path, "a file in a folder that exists"):
        write_whole(Path(path), pack(tree, encoder.arrays))


def load(path: str | os.PathLike[str], *, trusted: Iterable[type[Configurable]] = ()) -> Any:
    """Load an estimator that `save` or a `Checkpoint` wrote.

    No code of the file is run, and no module that it names is imported. What it has beside arrays
    and plain values are objects of sklstm and of some classes of scikit-learn, see `save`. A file
    from a stranger can still be a bad model: one whose predictions are wrong.

    Files of earlier versions of sklstm can be loaded. The estimators of scikit-learn inside warn if
    another version of scikit-learn wrote them.

    Parameters
    ----------
    path : str or path-like
        The file.
    trusted : iterable of classes, default=()
        Custom cells, losses, optimizers and schedules that the file may contain. Their constructors
        are called with the parameters in the file.

    Returns
    -------
    estimator
        With the same parameters and fitted attributes as the one that was saved.

    Raises
    ------
    ValueError
        If it is not such a file, is damaged, has an object of an unknown class, or was written by a
        later version.
    OSError
        If it cannot be read.

    See Also
    --------
    save : The inverse, with an example.

    Examples
    --------
    >>> import os, tempfile
    >>> import sklstm
    >>> path = os.path.join(tempfile.mkdtemp(), "model.safetensors")
    >>> sklstm.save(sklstm.LSTMClassifier(hidden_size=7), path)
    >>> sklstm.load(path)
    LSTMClassifier(hidden_size=7)
    """
    check_path(path, "path")
    return estimator_from_bytes(read_whole(path), path, trusted)


def estimator_from_bytes(
    data: bytes, path: str | os.PathLike[str], trusted: Iterable[type[Configurable]] = ()
) -> Any:
    """The estimator in the content of a file, whose path is for messages.

    Raises
    ------
    FileContentError, TypeError
    """
    trusted = list(trusted) if isinstance(trusted, Iterable) else [trusted]
    for kind in trusted:
        if not (isinstance(kind, type) and issubclass(kind, Configurable)):
            raise TypeError(
                f"trusted has {shorten(kind, 80)}; expected custom classes of cells, losses, "
                "optimizers or schedules, such as [MyLoss]. Those of sklstm need not be passed."
            )
    try:
        tree, arrays = unpack(data)
        estimator = Decoder(arrays, trusted).decode(tree)
        if not isinstance(estimator, BaseEstimator):
            raise FileContentError("what it has is not an estimator")
        return estimator
    except FileContentError as error:
        raise FileContentError(f"{os.fspath(path)!r} cannot be loaded: {error}.") from error
