"""The state of training: everything that changes, as arrays and plain numbers.

Training can be saved and resumed, with bit-for-bit the same results.
"""

import math
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np

# One value per epoch each, those of validation only with a validation set.
CURVES = (
    "loss_curve",
    "validation_loss_curve",
    "validation_score_curve",
    "learning_rate_curve",
    "gradient_norm_curve",
    "duration_curve",
)


@dataclass
class TrainingState:
    """State of the training.

    Attributes
    ----------
    params : ndarray of shape (layout.size,)
    optimizer, schedule : dict
        State of the optimizer and of the schedule.
    rng : dict
        State of the random bit generator.
    loss_curve, validation_loss_curve, validation_score_curve : list of float
        One value per epoch.
    learning_rate_curve, gradient_norm_curve, duration_curve : list of float
        Learning rate of the last update of each epoch, mean norm of its gradients before they are
        clipped, and its seconds.
    n_epochs : int
        Number of epochs completed.
    best_loss : float
        Lowest loss of an epoch in this call: the validation loss with early stopping, else the
        training loss.
    first_epoch : int
        Number of epochs completed before the call of fit.
    stopping : dict
        State of `Stopping`; empty before the first epoch of a call.
    """

    params: np.ndarray
    optimizer: dict
    schedule: dict
    rng: dict
    loss_curve: list[float] = field(default_factory=list)
    validation_loss_curve: list[float] = field(default_factory=list)
    validation_score_curve: list[float] = field(default_factory=list)
    learning_rate_curve: list[float] = field(default_factory=list)
    gradient_norm_curve: list[float] = field(default_factory=list)
    duration_curve: list[float] = field(default_factory=list)
    n_epochs: int = 0
    best_loss: float = math.inf
    first_epoch: int = 0
    stopping: dict = field(default_factory=dict)

    def record(self, loss, validation_result, best_of, rate, gradient_norm, duration):
        """Append the results of an epoch.

        Parameters
        ----------
        loss : float
            Training loss.
        validation_result : tuple of two floats, or None
            Validation loss and validation score.
        best_of : float
            The one of the two losses of which `best_loss` is the lowest value.
        rate, gradient_norm, duration : float
            The values for the other curves.
        """
        self.loss_curve.append(loss)
        self.learning_rate_curve.append(float(rate))
        self.gradient_norm_curve.append(gradient_norm)
        self.duration_curve.append(duration)
        if validation_result is not None:
            self.validation_loss_curve.append(validation_result[0])
            self.validation_score_curve.append(validation_result[1])
        self.n_epochs += 1
        self.best_loss = min(self.best_loss, best_of)

    def saved(self, params):
        """Return what `restore` needs: this state with copies of these parameters.

        The curves are only appended to: their lengths are enough.
        """
        values = {
            "params": params.copy(),
            "optimizer": deepcopy(self.optimizer),
            "schedule": dict(self.schedule),
            "rng": self.rng,
            "n_epochs": self.n_epochs,
            "best_loss": self.best_loss,
        }
        return values, {name: len(getattr(self, name)) for name in CURVES}

    def restore(self, saved):
        """Return to a saved state."""
        values, lengths = saved
        vars(self).update(values)
        for name, length in lengths.items():
            del getattr(self, name)[length:]


def new_state(objective, options, rng, head_bias, n_steps):
    """Return a state with initialised parameters and an empty history.

    `n_steps` is the number of steps of the longest training sequence.
    """
    params = objective.network.initialize(rng, head_bias, n_steps)
    return TrainingState(
        params=params,
        optimizer=options.optimizer.init(params, objective.is_weight),
        schedule=options.schedule.init(),
        rng=rng.bit_generator.state,
    )
