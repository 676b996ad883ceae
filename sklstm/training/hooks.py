"""What is called during training: hooks, of which there can be several."""


class TrainingHooks:
    """Training hooks, which can stop the training. By default they do nothing.

    Whenever a hook is called, training can be resumed from the current `TrainingState`.
    """

    def epoch_begins(self, n_updates):
        """Called at the start of an epoch of `n_updates` updates."""

    def update_done(self, loss):
        """Called after each update, with the mean loss of the epoch so far.

        Return True to end the epoch.
        """
        return False

    def epoch_done(self):
        """Called after each epoch. Return True to stop training."""
        return False


class AllHooks(TrainingHooks):
    """Several hooks, called in this order. What one of them asks for is done.

    Parameters
    ----------
    *hooks : TrainingHooks or None
        None is left out.
    """

    def __init__(self, *hooks):
        self.hooks = [each for each in hooks if each is not None]

    def epoch_begins(self, n_updates):
        """Call all of them."""
        for each in self.hooks:
            each.epoch_begins(n_updates)

    def update_done(self, loss):
        """Call all of them. Return True if one requests to end the epoch."""
        return any([each.update_done(loss) for each in self.hooks])

    def epoch_done(self):
        """Call all of them. Return True if one requests to stop."""
        return any([each.epoch_done() for each in self.hooks])
