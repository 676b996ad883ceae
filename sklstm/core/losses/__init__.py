"""Loss functions: from raw outputs to predictions, and the loss of a prediction.

Notation: O outputs, K classes, Q quantiles, N columns (sequences, or all steps of all sequences).
Arrays are feature-major: targets y are (O, N), raw outputs of the network (R, N). The total loss is

    sum over columns n of  w_n * mean over rows of  l(raw_n, y_n)                              (1)

with sample weights w. A loss defines a link (raw outputs -> prediction) and a pointwise value l
with its derivative with respect to the raw outputs. Everything else is implemented once, in `Loss`.
"""

from .base import Loss
from .classification import LogLoss, MultiLabelLogLoss
from .regression import AbsoluteError, Huber, Poisson, Quantile, SquaredError

__all__ = [
    "CLASSIFICATION_LOSSES",
    "LOSSES",
    "REGRESSION_LOSSES",
    "AbsoluteError",
    "Huber",
    "LogLoss",
    "Loss",
    "MultiLabelLogLoss",
    "Poisson",
    "Quantile",
    "SquaredError",
]

REGRESSION_LOSSES = {
    "squared_error": SquaredError,
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "quantile": Quantile,
    "poisson": Poisson,
}
CLASSIFICATION_LOSSES = {"log_loss": LogLoss}
LOSSES = REGRESSION_LOSSES | CLASSIFICATION_LOSSES
