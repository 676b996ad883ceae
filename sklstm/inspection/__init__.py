"""Pictures of fitted estimators and forecasts, and what predictions depend on.

The displays have the interface of scikit-learn's. They need matplotlib, and those of forecasts
pandas: ``pip install matplotlib pandas``. `permutation_importance` and `saliency` need neither.
"""

from ._backtest import BacktestDisplay
from ._calibration import CalibrationDisplay
from ._forecast import ForecastDisplay
from ._gates import GateDisplay
from ._importance import ImportanceDisplay
from ._loss_curve import LossCurveDisplay
from ._permutation import permutation_importance
from ._saliency import saliency
from ._saliency_display import SaliencyDisplay

__all__ = [
    "BacktestDisplay",
    "CalibrationDisplay",
    "ForecastDisplay",
    "GateDisplay",
    "ImportanceDisplay",
    "LossCurveDisplay",
    "SaliencyDisplay",
    "permutation_importance",
    "saliency",
]
