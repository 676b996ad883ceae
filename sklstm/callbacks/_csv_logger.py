"""CSVLogger: a file with a row for every epoch."""

import csv
import io
import os
from contextlib import contextmanager

from .._validation.paths import check_path, name_in_os_errors
from ._base import VALUES, Epoch, EpochCallback

COLUMNS = ("run", "task", "estimator", "epoch", *VALUES)


class CSVLogger(EpochCallback):
    """Callback that appends a row to a CSV file after every epoch.

    The columns are ``run``, the call of `fit`; ``task``, which network it is in a search, pipeline
    or forecaster, and ``fit`` if it is the only one; ``estimator``, its class; ``epoch``; and the
    last values of the curves that the estimator keeps: ``loss``, ``validation_loss``,
    ``validation_score``, ``learning_rate``, ``gradient_norm`` and ``duration`` in seconds. Those
    without a value are empty.

    A file that exists is continued: each call of `fit` is a run of its own. Several processes, as
    in a search with `n_jobs`, can append to the same file: rows are written whole. (On Windows, and
    on network drives that cannot lock files, rows may be lost if that happens at the same moment.)

    Set it on the outermost estimator that has ``set_callbacks``; it is passed on to networks inside
    it. `partial_fit` calls no callbacks.

    Parameters
    ----------
    path : str or path-like
        The file, in a folder that exists.

    See Also
    --------
    TensorBoard : The same for TensorBoard.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.callbacks import CSVLogger
    >>> X = np.random.default_rng(0).standard_normal((20, 5))
    >>> path = os.path.join(tempfile.mkdtemp(), "log.csv")
    >>> model = LSTMRegressor(hidden_size=4, max_iter=3).set_callbacks(CSVLogger(path))
    >>> model = model.fit(X, X[:, 0])
    >>> with open(path) as file:
    ...     rows = [line.split(",") for line in file]
    >>> rows[0][:5]
    ['run', 'task', 'estimator', 'epoch', 'loss']
    >>> [row[1:4] for row in rows[1:]]
    [['fit', 'LSTMRegressor', '1'], ['fit', 'LSTMRegressor', '2'], ['fit', 'LSTMRegressor', '3']]
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: str = check_path(path, "path")

    def check(self) -> None:
        """Raise unless the file can be continued or created.

        Raises
        ------
        OSError
            If the file cannot be written, or is a folder.
        ValueError
            If it exists and has other columns.
        """
        with name_in_os_errors(self, "path", self.path, "a file in a folder that exists"):
            with open(self.path, "a", encoding="utf-8"):
                pass
            with open(self.path, encoding="utf-8", errors="replace") as file:
                found = file.readline(10_000)
        if found and found != _line(COLUMNS):
            raise ValueError(
                f"CSVLogger: the file path={self.path!r} exists and has other columns, "
                f"{found.strip()[:80]!r} instead of {_line(COLUMNS).strip()!r}. Pass the path of a "
                "new file, or of one that a CSVLogger wrote."
            )

    def epoch_done(self, epoch: Epoch) -> None:
        """Append the row of an epoch.

        Parameters
        ----------
        epoch : Epoch
            The epoch that has ended.
        """
        values = [epoch.values.get(name, "") for name in VALUES]
        row = _line([epoch.run, epoch.task, type(epoch.estimator).__name__, epoch.number, *values])
        with (
            name_in_os_errors(self, "path", self.path, "a file in a folder that exists"),
            open(self.path, "a", encoding="utf-8", newline="") as file,
            _locked(file),
        ):
            is_new = file.seek(0, os.SEEK_END) == 0
            file.write(_line(COLUMNS) + row if is_new else row)
            file.flush()


def _line(values):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


@contextmanager
def _locked(file):
    """Context in which no other process has the file locked, where the system can do that."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
