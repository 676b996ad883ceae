"""Searches by Optuna, which stop bad candidates after a few epochs."""

import numpy as np
import optuna
import pytest
from jobs import X, Y
from optuna.distributions import FloatDistribution, IntDistribution
from optuna_integration import OptunaSearchCV
from sklearn.model_selection import train_test_split

from sklstm import LSTMClassifier, LSTMRegressor

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
LABELS = np.where(Y > 0, "up", "down")
SPACE = {
    "hidden_size": IntDistribution(2, 6),
    "learning_rate": FloatDistribution(1e-4, 0.1, log=True),
}


@pytest.fixture(autouse=True)
def quiet():
    optuna.logging.set_verbosity(optuna.logging.WARNING)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # of Optuna, about its own modules
@pytest.mark.parametrize("pruning", [{}, {"enable_pruning": True, "max_iter": 8}])
@pytest.mark.parametrize(
    ("make", "y"), [(LSTMRegressor, Y), (LSTMClassifier, LABELS)], ids=["regressor", "classifier"]
)
def test_optuna_search_cv(make, y, pruning):
    model = make(max_iter=3, random_state=0)
    search = OptunaSearchCV(model, SPACE, cv=2, n_trials=8, random_state=0, **pruning)
    search.fit(X, y)
    assert set(search.best_params_) == set(SPACE)
    assert search.predict(X).shape == (120,)
    epochs = [len(trial.intermediate_values) for trial in search.trials_]
    states = {trial.state.name for trial in search.trials_}
    if pruning:
        assert "PRUNED" in states and min(epochs) < max(epochs) == 8
    else:
        assert states == {"COMPLETE"}


def test_pruning_by_epoch():
    """As in the user guide: partial_fit is an epoch, after which a bad trial ends."""
    X_train, X_val, y_train, y_val = train_test_split(X, Y, random_state=0)

    def objective(trial):
        rate = trial.suggest_float("learning_rate", 1e-5, 0.1, log=True)
        model = LSTMRegressor(4, learning_rate=rate, random_state=0)
        for epoch in range(8):
            model.partial_fit(X_train, y_train)
            trial.report(model.score(X_val, y_val), epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return model.score(X_val, y_val)

    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3),
    )
    study.optimize(objective, n_trials=12)
    states = [trial.state.name for trial in study.trials]
    assert states.count("PRUNED") >= 2 and study.best_value > 0
