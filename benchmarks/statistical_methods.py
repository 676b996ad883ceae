"""Models of statsforecast, by the names that our tables use.

It needs statsforecast.
"""

import numpy as np

MODELS = {
    "seasonal naive": "SeasonalNaive",
    "Theta": "DynamicOptimizedTheta",
    "ETS": "AutoETS",
    "ARIMA": "AutoARIMA",
}


def statistical_model(name, season_length):
    """An unfitted model."""
    import statsforecast.models

    return getattr(statsforecast.models, MODELS[name])(season_length=season_length)


def statistical_forecast(name, x, horizon, season_length):
    """The forecast of one series."""
    return statistical_model(name, season_length).forecast(x, horizon)["mean"]


def statistical_forecast_or_last_value(name, x, horizon, season_length):
    """The forecast of one series; its last value if it is too short or constant for the model."""
    try:
        return statistical_forecast(name, x, horizon, season_length)
    except Exception:
        return np.repeat(x[-1], horizon)
