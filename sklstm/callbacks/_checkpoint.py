"""Checkpoint: fits that can be resumed after a crash."""

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from .._estimators.resuming import unfinished_fit
from .._estimators.saved_state import KeepsLayout
from .._saving.container import FileContentError
from .._saving.encoding import CannotSaveError, Encoder
from .._saving.files import UNFINISHED, write_whole
from .._validation.paths import check_path, name_in_os_errors
from ..core.checks import check_flag, check_integer
from ..core.configurable import Configurable
from ..core.messages import cut
from ..core.user_warnings import warn_user
from ..saving import load, save
from ..training.progress_output import print_line
from ._base import Epoch, EpochCallback, run_name, task_name
from ._fit_description import describe_fit, difference

_NAME = re.compile(r"(epoch|final)-(\d+)\.safetensors")
# What the checkpoints of a folder belong to.
_DESCRIPTION = "fit.json"
_TRAIN_LONGER = (
    "To train longer, load the last checkpoint by sklstm.load, set warm_start=True, and call fit "
    "with a Checkpoint of another path."
)


class Checkpoint(EpochCallback):
    """Callback that saves the state of training, so that a fit can be resumed after a crash.

    With ``resume=True``, a `fit` whose process was killed is resumed by running the same program
    again: it goes on after the last checkpoint, or begins anew if there is none, and ends with the
    same weights, bit for bit, as if it had not been interrupted. What has already ended is not
    trained again, such as the first candidates of a search.

    A checkpoint is a file ``epoch-000012.safetensors`` with an estimator that is fitted with the
    weights after that epoch, which `sklstm.load` loads; at the end of training it is
    ``final-000012.safetensors``. Each network of a forecaster or search has its own folder inside
    `path`. A file is written beside the last one and renamed when it is on the disk: a crash at any
    moment leaves a whole one.

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
        same data, and the same parameters but for `verbose` and `n_jobs`. A search has to try the
        same candidates on the same splits: if it draws them, it needs a `random_state`. If False,
        checkpoints of a training that did not end are not replaced: that is an error. Those of a
        training that has ended are replaced, with a warning.

    Warns
    -----
    UserWarning
        If a checkpoint cannot be written, as when the disk is full, or another fit has begun to
        write to `path`: training goes on. If one is damaged and the one before is used. If those
        of a training that has ended will be replaced.

    See Also
    --------
    sklstm.load : Loads a checkpoint as a fitted estimator.

    Notes
    -----
    The last learning rates of most schedules depend on `max_iter`, so that `fit` cannot be resumed
    with another one. To train longer, load the last checkpoint, set ``warm_start=True`` and call
    `fit` with a `Checkpoint` of another path.

    In a search, use it with scikit-learn 1.9 or later only, which passes it on to the networks:
    before, the fits of all candidates would write to the same folder.

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
    >>> sorted(os.listdir(path))
    ['final-000012.safetensors', 'fit.json']
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: int = 1,
        keep: int = 1,
        resume: bool = False,
    ) -> None:
        self.path: str = check_path(path, "path")
        self.every: int = check_integer(every, "every", 1)
        self.keep: int = check_integer(keep, "keep", 1)
        self.resume: bool = bool(check_flag(resume, "resume"))

    def setup(self, estimator: Any, context: Any) -> None:
        """Called by scikit-learn when the outermost `fit` begins.

        Parameters
        ----------
        estimator : estimator
            The estimator whose method `fit` calls this.
        context : CallbackContext
            The task.

        Raises
        ------
        ValueError
            If the checkpoints are of another fit, or, without `resume`, of one that did not end; or
            with `resume`, if a search draws other candidates or splits each time.
        OSError
            If files cannot be written to the folder.
        """
        description, path = describe_fit(estimator), Path(self.path, _DESCRIPTION)
        if self.resume:
            _check_repeatable(estimator)
        with self._naming_errors():
            os.makedirs(self.path, exist_ok=True)
            found = sorted(Path(self.path).rglob("*.safetensors"))
            if self.resume and found:
                _check_same_fit(description, path)
            elif unfinished := _unfinished(found):
                raise ValueError(
                    f"Checkpoint: path={self.path!r} has checkpoints of a training that did not "
                    f"end, such as {unfinished[-1].name}. Pass resume=True to go on with it, or "
                    "another path; or remove the folder if you do not need them."
                )
            elif ended := [file for file in found if _NAME.fullmatch(file.name)]:
                warn_user(
                    f"Checkpoint: path={self.path!r} has checkpoints of a training that has ended, "
                    f"such as {ended[-1].name}, which will be replaced. Pass resume=True to load "
                    "it, or another path to keep them."
                )
            for rest in Path(self.path).rglob(f"*{UNFINISHED}"):
                rest.unlink(missing_ok=True)
            content = {"run": run_name(context), "parameters": description}
            write_whole(path, [json.dumps(content, indent=1).encode()])

    def checkpoint_of(self, estimator: Any, context: Any) -> Any:
        """The checkpoint from which the fit of a network is resumed.

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
            If the checkpoints are damaged, or are of another fit.
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
        checkpoint = self._last(folder, estimator) if self.resume else None
        if checkpoint is None:
            return None
        _check_same(_of_network(estimator), _of_network(checkpoint), folder)
        _check_same_beginning(checkpoint, estimator, folder)
        if estimator.verbose:
            done = f"epoch {checkpoint.n_iter_} of {estimator.max_iter}"
            is_over = unfinished_fit(checkpoint)["is_over"]
            print_line(
                f"Checkpoint: {'ended with' if is_over else 'resuming after'} {done}, from {folder}"
            )
        return checkpoint

    def epoch_done(self, epoch: Epoch) -> None:
        """Write a checkpoint, if it is time.

        Parameters
        ----------
        epoch : Epoch
            The epoch that has ended.
        """
        if epoch.number % self.every == 0:
            self._write(epoch, "epoch")

    def fit_done(self, epoch: Epoch) -> None:
        """Write the last checkpoint.

        Parameters
        ----------
        epoch : Epoch
            The last epoch.
        """
        if unfinished_fit(epoch.estimator)["is_over"]:  # not after Ctrl-C
            self._write(epoch, "final")

    def _write(self, epoch, kind):
        folder = self._folder(epoch.task)
        try:
            if self._run_in_folder() != epoch.run:
                self._warn_once(
                    epoch, "another fit writes there now. Let each have a path of its own"
                )
                return
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{kind}-{epoch.number:06}.safetensors"
            save(epoch.estimator, path)
            self._remove_others(folder, path)
        except OSError as error:
            error = error.__cause__ or error  # without the advice of `save`
            self._warn_once(epoch, str(error.strerror or error))

    def _run_in_folder(self):
        """The fit whose checkpoints the folder has."""
        return json.loads(Path(self.path, _DESCRIPTION).read_bytes())["run"]

    def _warn_once(self, epoch, reason):
        """Warn that checkpoints are not written, once in each fit."""
        if vars(self).get("_warned_in") == epoch.run:
            return
        self._warned_in = epoch.run
        warn_user(
            f"Checkpoint: the one after epoch {epoch.number} could not be written to "
            f"path={self.path!r}: {reason}. Training goes on, and each epoch tries again."
        )

    def _remove_others(self, folder, newest):
        """Remove the checkpoints before the last ones, and those of an earlier fit."""
        found = _checkpoints(folder)
        last = found.index(newest)
        for path in {*found[: max(0, last - self.keep + 1)], *found[last + 1 :]}:
            path.unlink(missing_ok=True)

    def _last(self, folder, estimator):
        """The last checkpoint in a folder that is not damaged; None if there are none at all."""
        found = _checkpoints(folder)[::-1]
        for path in found:
            try:
                with self._naming_errors():
                    checkpoint = load(path, trusted=_own_classes(estimator))
                if unfinished_fit(checkpoint) is None:
                    raise FileContentError(f"{str(path)!r} is not a checkpoint.")
                return checkpoint
            except FileContentError as error:
                if path == found[-1]:
                    raise FileContentError(
                        f"Checkpoint: {error} There is no other one to resume from. Pass another "
                        "path, or remove the folder."
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
    """The checkpoints in a folder, in the order of their epochs; the final one is the last."""
    if not folder.is_dir():
        return []
    names = [_NAME.fullmatch(path.name) for path in folder.iterdir()]
    order = sorted((int(name[2]), name[1], name[0]) for name in names if name)
    return [folder / name for _, _, name in order]


def _unfinished(paths):
    """Of paths of checkpoints those of networks whose training did not end."""
    folders = {path.parent for path in paths}
    last = [found[-1] for found in map(_checkpoints, folders) if found]
    return sorted(path for path in last if path.name.startswith("epoch"))


def _own_classes(estimator):
    """Classes of the custom cells, losses, ... that the estimator has as parameters."""
    values = estimator.get_params(deep=True).values()
    return {type(value) for value in values if isinstance(value, Configurable)}


def _check_same_fit(description, path):
    """Raise a ValueError unless the checkpoints are of a fit with this description."""
    try:
        before = json.loads(path.read_bytes())["parameters"]
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise ValueError(
            f"Cannot resume: {str(path)!r}, which says what the checkpoints belong to, is missing "
            "or damaged. Let the Checkpoint write to another path; sklstm.load loads single "
            "checkpoints."
        ) from error
    _check_same(description, before, path.parent)


def _check_same(description, before, folder):
    """Raise a ValueError unless two descriptions of a fit are equal."""
    name = difference(description, before)
    if name is None:
        return
    now, then = (cut(each.get(name, "not there")) for each in (description, before))
    if name == "class":
        raise ValueError(
            f"Cannot resume: the checkpoints in {str(folder)!r} are of the fit of a {then}, "
            f"and this is a {now}. Let the Checkpoint write to another path."
        )
    is_longer = name.split("__")[-1] in ("max_iter", "warm_start")
    raise ValueError(
        f"Cannot resume: {name} is now {now}, and in the checkpoints in {str(folder)!r} it is "
        f"{then}. {_TRAIN_LONGER if is_longer else 'Set it back, or pass another path.'}"
    )


def _of_network(estimator):
    """The description of a network, without the generator that its fit has begun to use."""
    description = describe_fit(estimator)
    if isinstance(estimator.random_state, np.random.RandomState):
        del description["random_state"]
    return description


def _check_repeatable(search):
    """Raise a ValueError if a search would draw other candidates or splits when it is resumed."""
    if isinstance(search, KeepsLayout):  # ours; a checkpoint has their generators
        return
    for thing in (search, getattr(search, "cv", None)):
        draws = getattr(thing, "shuffle", True)  # folds are only drawn if this is True
        if draws and getattr(thing, "random_state", 0) is None:
            raise ValueError(
                f"Checkpoint(resume=True) needs {type(thing).__name__} to do the same in each "
                "call, but it draws at random. Set its random_state."
            )


def _check_same_beginning(checkpoint, estimator, folder):
    """Raise a ValueError unless a network begins at the epoch at which that of a checkpoint did."""
    now = estimator.n_iter_ if estimator.warm_start and estimator._is_fitted else 0
    before = unfinished_fit(checkpoint)["first_epoch"]
    if before != now:
        raise ValueError(
            f"Cannot resume: the checkpoint in {str(folder)!r} is of a fit that began after epoch "
            f"{before}, and this one begins after epoch {now}. {_TRAIN_LONGER}"
        )
