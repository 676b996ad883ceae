"""Checkpoint: fits that can be resumed after a crash."""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from sklearn.base import clone

from .._estimators.resuming import unfinished_fit
from .._saving.container import FileContentError
from .._saving.encoding import CannotSaveError, Encoder
from .._saving.files import UNFINISHED, write_whole
from ..core.checks import check_flag, check_integer
from ..core.configurable import Configurable
from ..core.messages import shorten
from ..core.user_warnings import warn_user
from ..saving import load, save
from ._base import Epoch, EpochCallback, task_name
from ._paths import check_path, name_in_os_errors

_NAME = re.compile(r"epoch-(\d+)\.safetensors")
# Parameters that may differ between a fit and one that resumes it: they change no results.
_WITHOUT_EFFECT = {"n_jobs", "verbose"}


class Checkpoint(EpochCallback):
    """Callback that saves the state of training, so that a fit can be resumed after a crash.

    With ``resume=True``, a `fit` whose process was killed is resumed by running the same program
    again: it goes on after the last checkpoint, or begins anew if there is none, and ends with the
    same weights, bit for bit, as if it had not been interrupted. What has already ended is not
    trained again, such as the first candidates of a search.

    A checkpoint is a file ``epoch-000012.safetensors`` with an estimator that is fitted with the
    weights after that epoch, which `sklstm.load` loads. Each network of a forecaster or search has
    its own folder inside `path`. A file is written beside the last one and renamed when it is on
    the disk: a crash at any moment leaves a whole one.

    Set it on the outermost estimator that has ``set_callbacks``; it is passed on to networks inside
    it. `partial_fit` calls no callbacks.

    Parameters
    ----------
    path : str or path-like
        The folder of the checkpoints, which may be new.
    every : int, default=1
        Number of epochs after which a checkpoint is written; another one is at the end.
    keep : int, default=1
        Number of checkpoints that are kept of each network, the last ones. If the last one is
        damaged, the one before is used.
    resume : bool, default=False
        Whether to resume from the checkpoints in `path`. They must be of the same fit: with the
        same data, and the same parameters but for `verbose` and `n_jobs`. If False, checkpoints of
        a fit that did not end are not replaced: that is an error.

    Warns
    -----
    UserWarning
        If a checkpoint cannot be written, as when the disk is full: training goes on. Or if one
        is damaged and the one before is used.

    See Also
    --------
    sklstm.load : Loads a checkpoint as a fitted estimator.

    Notes
    -----
    The last learning rates of most schedules depend on `max_iter`, so that `fit` cannot be resumed
    with another one. To train a fitted estimator longer, use ``warm_start=True``.

    In a search, the networks have folders of their own only with scikit-learn 1.9 or later.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.callbacks import Checkpoint
    >>> X = np.random.default_rng(0).standard_normal((20, 5))
    >>> path = os.path.join(tempfile.mkdtemp(), "run")
    >>> model = LSTMRegressor(hidden_size=4, max_iter=12, random_state=0)
    >>> model = model.set_callbacks(Checkpoint(path, every=5, resume=True)).fit(X, X[:, 0])
    >>> os.listdir(path)
    ['epoch-000012.safetensors']
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: int = 1,
        keep: int = 1,
        resume: bool = False,
    ) -> None:
        self.path: str = check_path(path, "path")
        check_integer(every, "every", 1)
        check_integer(keep, "keep", 1)
        check_flag(resume, "resume")
        self.every, self.keep, self.resume = int(every), int(keep), bool(resume)

    def check(self) -> None:
        """Raise unless files can be written to the folder.

        Raises
        ------
        OSError
            If it cannot be made, or not be written to.
        """
        with self._naming_errors():
            os.makedirs(self.path, exist_ok=True)
            probe = Path(self.path, f".probe{UNFINISHED}")
            write_whole(probe, [b"\0"])
            probe.unlink()

    def checkpoint_of(self, estimator: Any, context: Any) -> Any:
        """The checkpoint from which a fit is resumed.

        Parameters
        ----------
        estimator : NetworkEstimator
            The estimator whose fit begins.
        context : CallbackContext
            The task of this fit.

        Returns
        -------
        NetworkEstimator or None
            None if the fit begins anew.

        Raises
        ------
        ValueError
            If the checkpoints are damaged, are of another fit, or, without `resume`, of a fit that
            did not end.
        TypeError
            If the estimator has a parameter that cannot be saved.
        """
        try:
            Encoder(type(estimator).__name__).encode(clone(estimator))
        except CannotSaveError as error:  # known before the first epoch
            raise CannotSaveError(
                f"Checkpoint cannot save the state of this fit: {error} Pass a name, or an object "
                "of sklstm."
            ) from error
        folder = self._folder(task_name(context))
        checkpoint = self._last(folder, estimator)
        if checkpoint is None:
            return None
        if self.resume:
            _check_same_fit(checkpoint, estimator, folder)
            return checkpoint
        if not unfinished_fit(checkpoint)["is_over"]:
            raise ValueError(
                f"Checkpoint: path={self.path!r} has checkpoints of a fit that did not end, the "
                f"last one after epoch {checkpoint.n_iter_}. Pass resume=True to go on with that "
                "fit, or another path; or remove the folder if you do not need them."
            )
        return None

    def epoch_done(self, epoch: Epoch) -> None:
        """Write a checkpoint, if it is time.

        Parameters
        ----------
        epoch : Epoch
            The epoch that has ended.
        """
        if epoch.number % self.every == 0:
            self._write(epoch)

    def fit_done(self, epoch: Epoch) -> None:
        """Write the last checkpoint.

        Parameters
        ----------
        epoch : Epoch
            The last epoch.
        """
        if unfinished_fit(epoch.estimator)["is_over"]:  # not after Ctrl-C
            self._write(epoch)

    def _write(self, epoch):
        folder = self._folder(epoch.task)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            save(epoch.estimator, folder / f"epoch-{epoch.number:06}.safetensors")
            self._remove_others(folder, epoch.number)
        except OSError as error:
            warn_user(
                f"Checkpoint: the one after epoch {epoch.number} could not be written to "
                f"path={self.path!r}: {error.strerror or error}. Training goes on; make room there "
                "before the next one."
            )

    def _remove_others(self, folder, number):
        """Remove the checkpoints before the last ones, those of an earlier fit, and remains."""
        before = [path for n, path in _checkpoints(folder) if n <= number]
        for path in folder.iterdir():
            is_checkpoint = _NAME.fullmatch(path.name) and path not in before[-self.keep :]
            if is_checkpoint or path.name.endswith(UNFINISHED):
                with suppress(FileNotFoundError):
                    path.unlink()

    def _last(self, folder, estimator):
        """The last checkpoint in a folder that is not damaged; None if there are none at all."""
        found = [path for _, path in reversed(_checkpoints(folder))]
        for k, path in enumerate(found):
            try:
                with self._naming_errors():
                    checkpoint = load(path, trusted=_own_classes(estimator))
                if unfinished_fit(checkpoint) is None:
                    raise FileContentError(f"{str(path)!r} is not a checkpoint.")
                return checkpoint
            except FileContentError as error:
                if k == len(found) - 1:
                    raise FileContentError(
                        f"Checkpoint: {error} There is no other one to resume from. Pass another "
                        "path, or remove the file."
                    ) from error
                warn_user(f"Checkpoint: {error} The one before it is used.")
        return None

    def _folder(self, task):
        if task == "fit":
            return Path(self.path)
        # Names of members of a vote may have any characters.
        return Path(self.path, *(re.sub(r"[^\w.+-]", "_", name) for name in task.split("/")))

    def _naming_errors(self):
        return name_in_os_errors(self, "path", self.path, "a folder, which may be new")


def _checkpoints(folder):
    """Epochs and paths of the checkpoints in a folder, in order."""
    if not folder.is_dir():
        return []
    names = [_NAME.fullmatch(path.name) for path in folder.iterdir()]
    return sorted((int(name[1]), folder / name[0]) for name in names if name)


def _own_classes(estimator):
    """Classes of the custom cells, losses, ... that the estimator has as parameters."""
    values = estimator.get_params(deep=True).values()
    return {type(value) for value in values if isinstance(value, Configurable)}


def _tree(value):
    """A value as it is saved, to be compared with others."""
    encoder = Encoder("")
    tree = encoder.encode(value)
    return tree, {name: array.tobytes() for name, array in encoder.arrays.items()}


def _check_same_fit(checkpoint, estimator, folder):
    """Raise a ValueError unless a checkpoint is of this fit of the estimator."""
    where = f"the checkpoint in {str(folder)!r}"
    advice = "Set it back, or let the Checkpoint write to another path."
    if type(checkpoint) is not type(estimator):
        raise ValueError(
            f"Cannot resume: {where} is of a {type(checkpoint).__name__}, this is a "
            f"{type(estimator).__name__}. Let the Checkpoint write to another path."
        )
    before = checkpoint.get_params(deep=False)
    for name, value in estimator.get_params(deep=False).items():
        is_generator = type(value).__name__ == "RandomState"  # used since
        if name in _WITHOUT_EFFECT or is_generator or _tree(value) == _tree(before[name]):
            continue
        raise ValueError(
            f"Cannot resume: {name} is now {shorten(value)}, and in {where} it is "
            f"{shorten(before[name])}. {advice}"
        )
    resumes_from = estimator.n_iter_ if estimator.warm_start and estimator._is_fitted else 0
    if unfinished_fit(checkpoint)["first_epoch"] != resumes_from:
        raise ValueError(
            f"Cannot resume: {where} is of a fit that began after epoch "
            f"{unfinished_fit(checkpoint)['first_epoch']}, and this one begins after epoch "
            f"{resumes_from}. Let the Checkpoint write to another path."
        )
