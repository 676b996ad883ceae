"""Methods of forecasting.py that are networks: sklstm, PyTorch's LSTM in skorch and in darts.

The inputs of all are standardised differences over one period (or over one step without a period),
after logarithms of positive series. Window, size, penalty (with PyTorch also on biases), epochs,
batches, rate and clipping are the same, with Adam. For the functions see forecast_methods.py.
"""

import logging
import warnings

import numpy as np
import torch
from forecast_methods import Changes, window_length
from forecast_ours import rolling
from sklearn.preprocessing import FunctionTransformer
from skorch import NeuralNetRegressor
from skorch.callbacks import GradientNormClipping, LRScheduler

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm.cells import LSTM

# The setting for all series, and the alternatives that `forecasting.py --choose` compares
SETTING = {
    "differences": "period",
    "strategy": "recursive",
    "hidden_size": 8,
    "cell": LSTM(forget_bias=0.0),
    "alpha": 0.01,
    "learning_rate": "cosine",  # from 0.01 to 0
    "max_iter": 60,
    "batch_size": 32,
}
CANDIDATES = [
    {},
    {"differences": "none"},
    {"differences": "step"},
    {"differences": "both"},
    {"strategy": "direct"},
    {"hidden_size": 16},
    {"hidden_size": 32},
    {"cell": "lstm"},
    {"alpha": 0.0},
    {"alpha": 0.03},
    {"learning_rate": 0.005},
    {"early_stopping": True, "validation_fraction": 0.2, "max_iter": 200},
]


def forecaster(regressor, train, period, horizon, strategy, differences):
    """Return a SequenceForecaster with the given regressor and the common preprocessing."""
    positive = train.min() > 0
    lags = {"none": (), "step": (1,), "period": (period,), "both": (period, 1)[: min(period, 2)]}
    return SequenceForecaster(
        regressor,
        window=window_length(period),
        strategy=strategy,
        horizon=horizon if strategy == "direct" else 1,
        level=None,
        differences=lags[differences],
        transformer=FunctionTransformer(np.log, np.exp) if positive else None,
        calibration_fraction=None,
    )


def sklstm(train, period, horizon, seed, **options):
    """LSTMRegressor in SequenceForecaster, in float32 like the other networks."""
    options = SETTING | options
    treatment = {name: options.pop(name) for name in ("strategy", "differences")}
    regressor = LSTMRegressor(**options, random_state=seed)
    train = train.astype(np.float32)
    model = forecaster(regressor, train, period, horizon, **treatment).fit(None, train)
    return rolling(model, train)


class Net(torch.nn.Module):
    """An LSTM and a linear layer on its last state, for windows (n, T)."""

    def __init__(self, hidden_size):
        super().__init__()
        self.lstm = torch.nn.LSTM(1, hidden_size, batch_first=True)
        self.head = torch.nn.Linear(hidden_size, 1)

    def forward(self, X):
        states, _ = self.lstm(X.unsqueeze(-1))
        return self.head(states[:, -1])


class SkorchRegressor(NeuralNetRegressor):
    """Regressor with 2-D targets, as skorch needs, and writable windows, as PyTorch needs."""

    def fit(self, X, y):
        return super().fit(np.array(X), np.array(y).reshape(len(y), -1))


def skorch(train, period, horizon, seed):
    """PyTorch's LSTM by skorch, in the same SequenceForecaster."""
    torch.manual_seed(seed)
    regressor = SkorchRegressor(
        Net,
        module__hidden_size=SETTING["hidden_size"],
        optimizer=torch.optim.Adam,
        optimizer__weight_decay=SETTING["alpha"],
        lr=0.01,
        max_epochs=SETTING["max_iter"],
        batch_size=SETTING["batch_size"],
        iterator_train__shuffle=True,
        train_split=None,
        callbacks=[
            ("rate", LRScheduler("CosineAnnealingLR", T_max=SETTING["max_iter"])),
            ("clipping", GradientNormClipping(5.0)),
        ],
        callbacks__print_log=None,
        verbose=0,
    )
    train = train.astype(np.float32)
    model = forecaster(regressor, train, period, horizon, "recursive", "period").fit(None, train)
    return rolling(model, train)


def darts(train, period, horizon, seed):
    """The RNNModel of darts, which learns to predict every step of its windows."""
    # Imported here, because it takes seconds, and without its log messages.
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    from darts import TimeSeries
    from darts.models import RNNModel

    changes = Changes(train, period)
    window = window_length(period)

    def series(values):
        return TimeSeries.from_values(changes.transform(values).astype(np.float32))

    model = RNNModel(
        input_chunk_length=window,
        training_length=window + 1,
        model="LSTM",
        hidden_dim=SETTING["hidden_size"],
        n_epochs=SETTING["max_iter"],
        batch_size=SETTING["batch_size"],
        optimizer_kwargs={"lr": 0.01, "weight_decay": SETTING["alpha"]},
        lr_scheduler_cls=torch.optim.lr_scheduler.CosineAnnealingLR,
        lr_scheduler_kwargs={"T_max": SETTING["max_iter"]},
        random_state=seed,
        pl_trainer_kwargs={
            "accelerator": "cpu",
            "gradient_clip_val": 5.0,
            "logger": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "enable_checkpointing": False,
        },
    ).fit(series(train))

    def forecast(past, steps):
        path = model.predict(steps, series=series(past), verbose=False).values()[:, 0]
        return changes.continue_from(past, path)

    return forecast
