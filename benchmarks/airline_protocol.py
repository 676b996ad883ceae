"""Choose the settings of examples/backtest_airline.py on its training months only.

The 121 training months are split after 61, 73, 85 and 97 months. A model trained on the months
before a split forecasts six months ahead from every month in the 24 months after it, without
retraining, as in the test. The last two years are not used. The error of a setting is the mean over
the four splits. Its median and range over seeds are printed, best setting first.
"""

import argparse
import itertools

import numpy as np
from sklearn.base import clone
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm.cells import LSTM
from sklstm.datasets import load_airline

STEPS, N_TRAIN = 6, 121
CUTS = [(61, 85), (73, 97), (85, 109), (97, 121)]
Y = load_airline().passengers[:N_TRAIN].astype(np.float32)
MONTHS = np.arange(N_TRAIN)
X = np.column_stack([MONTHS // 12, np.eye(12)[MONTHS % 12]]).astype(np.float32)

# The last search, around the best setting of a wider one (README). First values: the example.
BASE = {
    "differences": (12,),
    "strategy": "direct",
    "regressor__alpha": 0.1,
    "regressor__validation_fraction": 0.3,
    "regressor__learning_rate": 0.03,
}
GRID = {
    "differences": [(12,), (12, 1), 1],
    "strategy": ["direct", "recursive"],
    "regressor__alpha": [0.0, 0.05, 0.1, 0.2, 0.3],
    "regressor__validation_fraction": [0.2, 0.25, 0.3, 0.35, 0.4],
    "regressor__learning_rate": [0.01, 0.03],
}


def forecaster(**params):
    lstm = LSTMRegressor(
        20,
        cell=LSTM(forget_bias=1.0),
        batch_size=57,  # all training windows of the last split
        max_iter=300,
        early_stopping=True,
        n_iter_no_change=50,
        tol=0,
        random_state=0,
    )
    model = SequenceForecaster(
        lstm,
        window=14,
        transformer=FunctionTransformer(np.log, np.exp),
        calibration_fraction=None,
    )
    return model.set_params(horizon=STEPS if params["strategy"] == "direct" else 1, **params)


def mape(model, n_train, stop):
    """Train on the first months, and return the MAPE of the forecasts six months ahead."""
    model = clone(model).fit(X[:n_train], Y[:n_train])
    forecasts = []
    for now in range(n_train, stop - STEPS + 1):
        forecasts.append(model.forecast(STEPS, X[now : now + STEPS])[-1])
        model.update(Y[now : now + 1], X[now : now + 1])
    return 100 * np.mean(np.abs(np.array(forecasts) / Y[n_train + STEPS - 1 : stop] - 1))


def settings(everything):
    """Return settings with one parameter changed at a time, or all combinations."""
    if everything:
        return [
            dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())
        ]
    changed = [BASE | {name: value} for name, values in GRID.items() for value in values]
    return [params for i, params in enumerate(changed) if params not in changed[:i]]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--all", action="store_true", help="all combinations (hours)")
    options = parser.parse_args()
    results = []
    for params in settings(options.all):
        model = forecaster(**params)
        errors = [
            np.mean([mape(model.set_params(regressor__random_state=seed), *cut) for cut in CUTS])
            for seed in range(options.seeds)
        ]
        results.append((np.median(errors), min(errors), max(errors), params))
        print(".", end="", flush=True)
    print("\nMAPE, six months ahead: median (range) over the seeds")
    for median, low, high, params in sorted(results, key=lambda result: result[0]):
        text = ", ".join(f"{name.split('__')[-1]}={value}" for name, value in params.items())
        print(f"{median:.2f} ({low:.2f}-{high:.2f})  {text}")


if __name__ == "__main__":
    main()
