"""TensorBoard: event files with the values of every epoch."""

import os
import re
import time

from .._validation.paths import check_path, name_in_os_errors
from ._base import Epoch, EpochCallback


class TensorBoard(EpochCallback):
    """Callback that writes the values of every epoch for TensorBoard.

    Start TensorBoard with ``tensorboard --logdir folder``. Each network that is trained is a run
    there, in a folder of its own: named after the call of `fit`, and inside a search, pipeline or
    forecaster after the task of the network. The values are the last ones of the curves that the
    estimator keeps: ``loss``, ``validation_loss``, ``validation_score``, ``learning_rate``,
    ``gradient_norm`` and ``duration`` in seconds.

    It needs the package tensorboard (``pip install tensorboard``), but neither TensorFlow nor
    PyTorch. Set it on the outermost estimator that has ``set_callbacks``; it is passed on to
    networks inside it, in other processes, too. `partial_fit` calls no callbacks.

    Parameters
    ----------
    folder : str or path-like
        The folder, which is created if it does not exist.

    Raises
    ------
    ImportError
        If tensorboard is not installed.

    See Also
    --------
    CSVLogger : The same as a CSV file, without another package.

    Examples
    --------
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.callbacks import TensorBoard
    >>> model = LSTMRegressor().set_callbacks(TensorBoard("logs"))  # doctest: +SKIP
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder: str = check_path(folder, "folder")
        _tensorboard()

    def check(self) -> None:
        """Raise unless the folder exists or can be created.

        Raises
        ------
        OSError
            If it cannot be written to, or is a file.
        """
        with name_in_os_errors(self, "folder", self.folder, "a folder, which may be new"):
            os.makedirs(self.folder, exist_ok=True)

    def epoch_done(self, epoch: Epoch) -> None:
        """Append the values of an epoch to the event file of its network.

        Parameters
        ----------
        epoch : Epoch
            The epoch that has ended.
        """
        Event, Summary, RecordWriter = _tensorboard()
        now = time.time()
        values = [Summary.Value(tag=name, simple_value=x) for name, x in epoch.values.items()]
        event = Event(wall_time=now, step=epoch.number, summary=Summary(value=values))
        # Names of members of a vote may have any characters.
        tasks = [re.sub(r"[^\w.+-]", "_", name) for name in epoch.task.split("/")]
        folder = os.path.join(self.folder, epoch.run, *tasks)
        with name_in_os_errors(self, "folder", self.folder, "a folder, which may be new"):
            os.makedirs(folder, exist_ok=True)
            path = os.path.join(folder, f"events.out.tfevents.{epoch.run}")
            with open(path, "ab") as file:
                # Written at once, and closed: nothing is left open in another process.
                writer = RecordWriter(file)
                if file.tell() == 0:
                    first = Event(wall_time=now, file_version="brain.Event:2")
                    writer.write(first.SerializeToString())
                writer.write(event.SerializeToString())


def _tensorboard():
    """What is used of the package tensorboard."""
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.record_writer import RecordWriter
    except ImportError as error:
        raise ImportError(
            "sklstm.callbacks.TensorBoard needs the package tensorboard. Install it with `pip "
            "install tensorboard`, or use sklstm.callbacks.CSVLogger."
        ) from error
    return Event, Summary, RecordWriter
