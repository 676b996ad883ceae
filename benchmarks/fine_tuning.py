"""A series that changes: ``update`` with and without further training of the network.

A forecaster is fitted on 400 values. Then something changes, and 20 times the next 10 values are
forecast and appended, with ``update(y, train=epochs)``. Prints the mean absolute error of these
forecasts, divided by that with ``train=0``: geometric mean over seeds of series and network, and
the number of seeds with a smaller error. "fit again" is fitted on all values each time.

    OPENBLAS_NUM_THREADS=1 python benchmarks/fine_tuning.py --seeds 5
"""

import argparse
import warnings

import numpy as np

from sklstm import LSTMRegressor, SequenceForecaster

N, N_AFTER, STEP = 400, 200, 10
EPOCHS = (0, 2, 5, 20)


def autoregressive(rng, coefficients, noise=1.0):
    """An AR(2) process whose coefficients may change."""
    x = np.zeros(N + N_AFTER)
    for t in range(2, len(x)):
        a, b = coefficients(t)
        x[t] = a * x[t - 1] + b * x[t - 2] + noise * rng.normal()
    return x


def level_shift(rng):
    """The mean rises by six standard deviations of the noise."""
    x = autoregressive(rng, lambda t: (0.5, 0.2))
    return x + 6 * (np.arange(len(x)) >= N)


def new_dynamics(rng):
    """An oscillation with a period of 6 steps becomes one of 12."""
    return autoregressive(rng, lambda t: (0.95, -0.9) if t < N else (1.64, -0.9))


def new_season(rng):
    """The shape of a season of 12 steps changes."""
    t = np.arange(N + N_AFTER)
    shapes = rng.normal(size=(2, 12)) * 3
    return np.where(t < N, shapes[0][t % 12], shapes[1][t % 12]) + rng.normal(size=len(t))


def no_change(rng):
    """Nothing changes: what further training costs."""
    return autoregressive(rng, lambda t: (0.95, -0.9))


SERIES = {f.__name__: f for f in (level_shift, new_dynamics, new_season, no_change)}
FORECASTERS = {
    "constant level": {"level": None, "window": 24, "transformer": None},
    "smoothed level": {"level": "smoothed", "transformer": None},
}


def errors(y, parameters, seed, epochs):
    """Mean absolute error of the forecasts after the change; None fits again."""
    forecaster = SequenceForecaster(
        LSTMRegressor(16, max_iter=40, random_state=seed), calibration_fraction=None, **parameters
    ).fit(None, y[:N])
    found = []
    for n in range(N, N + N_AFTER, STEP):
        found.append(np.abs(forecaster.forecast(STEP) - y[n : n + STEP]).mean())
        if epochs is None:
            forecaster.fit(None, y[: n + STEP])
        else:
            forecaster.update(y[n : n + STEP], train=epochs)
    return np.mean(found)


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--without-fit", action="store_true", help="leave out 'fit again'")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    methods = EPOCHS if options.without_fit else (*EPOCHS, None)
    for name, make in SERIES.items():
        for kind, parameters in FORECASTERS.items():
            rows = []
            for seed in range(options.seeds):
                y = make(np.random.default_rng(seed))
                rows.append([errors(y, parameters, seed, epochs) for epochs in methods])
            ratios = np.array(rows)[:, 1:] / np.array(rows)[:, :1]
            line = f"{name:12s} {kind:14s} MAE {np.mean(rows, axis=0)[0]:.2f}"
            for epochs, each in zip(methods[1:], ratios.T, strict=True):
                what = "fit again" if epochs is None else f"train={epochs}"
                line += f"   {what} {np.exp(np.log(each).mean()):.2f} ({(each < 1).sum()})"
            print(line, flush=True)


if __name__ == "__main__":
    main()
