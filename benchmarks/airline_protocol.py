"""Choose the setting of examples/backtest_airline.py on its training months alone.

The 121 months of training are cut four times, after 61, 73, 85 and 97 of them. What was trained on
the months before a cut forecasts six months ahead from each of those in the 24 after it, without
training again, as in the test. The last two years are never read. The error is the mean over the
four cuts, of which the median over seeds and the range are printed, the best setting first.
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

# What was tried last, around the best of a wider search (README); the first is the example's.
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
        batch_size=57,  # all windows of the last cut that are not held out
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
    """Train on the first months, and return the error of the sixth one to come."""
    model = clone(model).fit(X[:n_train], Y[:n_train])
    forecasts = []
    for now in range(n_train, stop - STEPS + 1):
        forecasts.append(model.forecast(STEPS, X[now : now + STEPS])[-1])
        model.update(Y[now : now + 1], X[now : now + 1])
    return 100 * np.mean(np.abs(np.array(forecasts) / Y[n_train + STEPS - 1 : stop] - 1))


def settings(everything):
    """One parameter changed at a time; or all combinations."""
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
