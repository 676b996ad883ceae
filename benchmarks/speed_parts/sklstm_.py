"""sklstm. The kernel is chosen by the environment variable SKLSTM_KERNEL of the process."""

import contextlib
import io
import pickle

import numpy as np
from joblib.externals.loky import get_reusable_executor
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import check_estimator

import sklstm
from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor, SequenceForecaster
from sklstm.preprocessing import sliding_windows
from sklstm.training.loop import Epoch

from .cases import BATCH, RATE, ROW, STEP
from .contestant import Contestant, Fitted


class Sklstm(Contestant):
    """The estimators, and for a training step an epoch of one batch."""

    packages = ("numpy", "scipy", "scikit-learn")

    def versions(self):
        return {"sklstm": sklstm.__version__, **super().versions()}

    def features(self):
        """The output of `sklstm.show_versions`, as lines."""
        with contextlib.redirect_stdout(io.StringIO()) as output:
            sklstm.show_versions()
        return output.getvalue().splitlines()

    def has_n_jobs(self):
        """Whether the estimators have the parameter `n_jobs`."""
        return "n_jobs" in LSTMRegressor().get_params()

    def prepare_network(self, case, fitted):
        X, y = _sequences(case)
        model = pickle.loads(fitted.pickle) if fitted else self._estimator(case).fit(X, y)
        self._model = model
        predict = model.predict_proba if case.classes else model.predict
        return {
            STEP: _training_step(clone(model), X, y),
            BATCH: lambda: predict(X),
            ROW: lambda: predict(X[:1]),
        }

    def fitted(self):
        """The weights and the estimator of the last network that was prepared."""
        return Fitted(self._model.weights_, pickle.dumps(self._model))

    def initial_weights(self, case):
        """The weights with which training begins: those after a step at a rate of nearly 0."""
        return self._before_training(case).weights_

    def outputs_after_step(self, case, weights):
        """Outputs with the initial weights and after one training step on the batch.

        The moments of Adam are means of equal gradients, that of the step at a rate of nearly 0
        and that of the next one. The update is therefore that of a first step.
        """
        X, y = _sequences(case)
        model = self._before_training(case)
        before = model.predict(X)
        return before, model.set_params(learning_rate=RATE).partial_fit(X, y).predict(X)

    def _before_training(self, case):
        return self._estimator(case).set_params(learning_rate=1e-20).partial_fit(*_sequences(case))

    def prepare_fit(self, case, fitted):
        X, y = case.arrays()
        options = {"batch_size": case.B, "patch_length": 1, "random_state": 0}
        model = LSTMRegressor(case.H, max_iter=case.epochs, **options, **self._jobs())
        fitted = clone(model).set_params(max_iter=1).fit(X[: case.B], y[: case.B])
        return {"fit": lambda: model.fit(X, y), "predict": lambda: fitted.predict(X)}

    def prepare_text(self, case, fitted):
        model = LSTMLanguageModel(
            case.H,
            embedding_dim=case.embedding_dim,
            dropout=0.0,
            recurrent_dropout=0.0,
            batch_size=case.strips,
            bptt_steps=case.window,
            random_state=0,
        )
        return {"epoch": lambda: model.partial_fit([case.text])}

    def prepare_stream(self, case, fitted):
        X = np.random.default_rng(0).standard_normal((4, case.window, case.C), dtype=np.float32)
        stream = LSTMRegressor(case.H, max_iter=1, random_state=0).fit(X, X[:, -1, 0]).stream()
        forecaster = SequenceForecaster(
            LSTMRegressor(case.H, max_iter=5, random_state=0),
            window=case.window,
            strategy="recursive",
            level=None,
            transformer=None,
            calibration_fraction=None,
        ).fit(None, case.series())
        return {
            "push": lambda: stream.push(X[0, 0]),
            "forecast": lambda: forecaster.forecast(case.steps),
            "check_estimator": lambda: check_estimator(LSTMRegressor()),
        }

    def prepare_jobs(self, case, fitted):
        """A prediction of many windows, a wide step and a search, with 1 and 2 jobs."""
        calls = {}
        for n_jobs in (1, 2):
            jobs = {"n_jobs": n_jobs} if self.has_n_jobs() else {}
            if jobs or n_jobs == 1:
                calls[f"predict {n_jobs}"] = _many_windows(case, jobs)
                calls[f"step {n_jobs}"] = _public_step(case.wide, jobs)
            calls[f"search {n_jobs}"] = _search(case, n_jobs)
        return calls

    def close(self):
        # The processes of a search would otherwise outlive this one by minutes.
        get_reusable_executor().shutdown(wait=True)

    def product(self, size):
        a, b = np.random.default_rng(0).random((2, size, size), dtype=np.float32)
        out = np.empty_like(a)
        return lambda: np.matmul(a, b, out=out)

    def tanh(self, size):
        x = np.random.default_rng(0).standard_normal(size, dtype=np.float32)
        out = np.empty_like(x)
        return lambda: np.tanh(x, out=out)

    def _estimator(self, case):
        estimator = LSTMClassifier if case.classes else LSTMRegressor
        return estimator(
            case.H,
            num_layers=case.layers,
            cell=case.cell,
            bidirectional=case.bidirectional,
            pooling="last",
            batch_size=case.B,
            max_iter=1,
            patch_length=1,
            random_state=0,
            **self._jobs(),
        )

    def _jobs(self):
        return {"n_jobs": self.threads} if self.threads > 1 and self.has_n_jobs() else {}


def _sequences(case):
    X, y = case.arrays()
    if case.lengths == "ragged":
        X = [x[:n] for x, n in zip(X, case.n_steps(), strict=True)]
    return X, y


def _training_step(model, X, y):
    """An epoch of one batch, without the validation of parameters and data that `fit` adds."""
    problem = model._read_problem(X, y, None, X_val=None, y_val=None, sample_weight_val=None)
    return Epoch(problem.objective, problem.examples, problem.state, problem.options, 1).run


def _public_step(case, jobs):
    X, y = case.arrays()
    model = LSTMRegressor(case.H, batch_size=case.B, patch_length=1, random_state=0, **jobs)
    return lambda: model.partial_fit(X, y)


def _many_windows(case, jobs):
    series = np.random.default_rng(0).standard_normal(case.n_windows + case.T, dtype=np.float32)
    X, y = sliding_windows(series, case.T)
    model = LSTMRegressor(case.H, max_iter=1, random_state=0, **jobs).fit(X[:500], y[:500])
    return lambda: model.predict(X)


def _search(case, n_jobs):
    X, y = case.search.arrays()
    model = LSTMRegressor(max_iter=case.search.epochs, batch_size=case.search.B, random_state=0)
    grid = {"hidden_size": [case.search.H // 2, case.search.H], "learning_rate": [0.003, 0.01]}
    search = GridSearchCV(model, grid, cv=3, n_jobs=n_jobs)
    return lambda: search.fit(X, y)


CONTESTANT = Sklstm
