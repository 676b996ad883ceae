"""Pictures of fitted estimators and forecasts, and what predictions depend on.

The displays have the interface of scikit-learn's, and need matplotlib.
"""

from ._forecast import ForecastDisplay
from ._loss_curve import LossCurveDisplay

__all__ = [
    "ForecastDisplay",
    "LossCurveDisplay",
]
