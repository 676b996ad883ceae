"""
darts: a backtest with the month as covariate
=============================================

``SKLearnModel`` passes rows with the lags, oldest first, followed by the covariates at the
specified lags: in this example the sine and cosine of the month to forecast, which darts adds. The
network is not trained again in the backtest.

Takes about 2 seconds.
"""

import numpy as np
import pandas as pd
from darts import TimeSeries
from darts.dataprocessing.transformers import Scaler
from darts.metrics import mape
from darts.models import SKLearnModel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMRegressor
from sklstm.datasets import load_airline
from sklstm.preprocessing import ToSequences

airline = load_airline()
months = pd.DatetimeIndex(airline.month, freq="MS")
passengers = TimeSeries.from_times_and_values(months, airline.passengers)
logs = passengers.map(np.log)
growth = logs.diff(periods=12)  # over a year
scaler = Scaler(StandardScaler()).fit(growth[:-24])
series = scaler.transform(growth)

network = make_pipeline(ToSequences(n_static=2), LSTMRegressor(random_state=0))
month = {"cyclic": {"future": ["month"]}}
model = SKLearnModel(lags=12, lags_future_covariates=[0], add_encoders=month, model=network)
print(f"Training on {len(series) - 24} months ...", flush=True)
model.fit(series[:-24])
print("Forecasts of the last two years ...", flush=True)
forecasts = model.historical_forecasts(
    series, start=-24, start_format="position", forecast_horizon=6, retrain=False
)
forecasts = scaler.inverse_transform(forecasts)
forecasts = (forecasts + logs.shift(12).slice_intersect(forecasts)).map(np.exp)
year_before = mape(passengers[-24:], passengers.shift(12))
print("Six months ahead, from every month: mean absolute percentage error")
print(f"  LSTM               {mape(passengers, forecasts):5.1f} %")
print(f"  one year before    {year_before:5.1f} %")
