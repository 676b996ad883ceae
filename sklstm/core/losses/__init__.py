r"""Loss functions: from raw outputs to predictions, and the loss of a prediction.

Notation: O outputs, K classes, Q quantiles, N columns (sequences, or all steps of all sequences).
Arrays are feature-major: targets y are (O, N), raw outputs of the network (R, N). The total loss is

.. math::
    L &= \sum_n w_n \, \frac{1}{O} \sum_o \ell(\text{raw}_n, y_n)_o    && (1)

with sample weights w: the sum over columns n of the mean over rows. A loss defines what raw
outputs predict, and a pointwise value l with its derivative with respect to the raw outputs.
Everything else is implemented once, in `Loss`.
"""

from .base import Loss
from .classification import ClassificationLoss, LogLoss, MultiLabelLogLoss
from .counts import NegativeBinomial, Poisson
from .densities import Gaussian, StudentT
from .regression import AbsoluteError, Huber, Quantile, SquaredError

__all__ = [
    "CLASSIFICATION_LOSSES",
    "LOSSES",
    "REGRESSION_LOSSES",
    "AbsoluteError",
    "ClassificationLoss",
    "Gaussian",
    "Huber",
    "LogLoss",
    "Loss",
    "MultiLabelLogLoss",
    "NegativeBinomial",
    "Poisson",
    "Quantile",
    "SquaredError",
    "StudentT",
]

REGRESSION_LOSSES: dict[str, type[Loss]] = {
    "squared_error": SquaredError,
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "quantile": Quantile,
    "gaussian": Gaussian,
    "student_t": StudentT,
    "poisson": Poisson,
    "negative_binomial": NegativeBinomial,
}
CLASSIFICATION_LOSSES: dict[str, type[Loss]] = {"log_loss": LogLoss}
LOSSES: dict[str, type[Loss]] = REGRESSION_LOSSES | CLASSIFICATION_LOSSES
