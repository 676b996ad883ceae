"""When training ends before its last epoch: early stopping, or a loss that cannot decrease."""

import math


class Stopping:
    """Rule by which training ends before its last epoch.

    It is stateless: `init` returns the state, a dict of numbers and an array, which `observe`
    changes, so that training can be resumed.

    Parameters
    ----------
    tol : float
        Minimum decrease of the monitored value that counts as an improvement.
    n_iter_no_change : int
        Number of epochs without improvement, or with a lowest loss, after which training ends.
    monitors : bool
        Whether to use early stopping. Otherwise a loss that does not decrease does not end
        training, since it may decrease later; it ends if the loss cannot decrease by `tol` any
        more.
    lowest_loss : float
        Lower bound of the loss.
    """

    def __init__(self, tol, n_iter_no_change, *, monitors, lowest_loss):
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.monitors = monitors
        self.lowest_loss = lowest_loss

    def init(self):
        """Return the state before the first epoch."""
        return {
            "best": [math.inf, math.inf],  # monitored value and loss of the best epoch
            "best_params": None,
            "target": math.inf,
            "waited": 0,
            "n_converged": 0,
        }

    def observe(self, value, loss, params, state):
        """Record an epoch; with early stopping, copy `params` if it is the best one so far.

        Of equal values, that with the lowest loss is the best.
        """
        state["waited"] = 0 if value < state["target"] else state["waited"] + 1
        state["target"] = min(state["target"], value - self.tol)
        if [value, loss] < state["best"]:
            state["best"] = [value, loss]
            state["best_params"] = params.copy() if self.monitors else None
        has_converged = loss <= self.lowest_loss + self.tol
        state["n_converged"] = state["n_converged"] + 1 if has_converged else 0

    def params_to_keep(self, params, state):
        """Return the parameters with which training ends: the best ones, or the last ones."""
        return state["best_params"] if self.monitors else params

    def reason(self, state):
        """Return in words why training ends now, or an empty string if it does not."""
        if self.monitors:
            return "stopped early" if state["waited"] >= self.n_iter_no_change else ""
        return "stopped at convergence" if state["n_converged"] >= self.n_iter_no_change else ""
