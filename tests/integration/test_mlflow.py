"""MLflow, whose default format is that of skops: saved, registered, and loaded elsewhere."""

import mlflow
import numpy as np
import pytest
from saving_cases import CASES, fitted, result, results_elsewhere

import sklstm

pytestmark = pytest.mark.filterwarnings("ignore")  # of MLflow and of what it is made of

# A saved model of each form; all settings are in test_skops.py.
NAMES = [
    *("table", "float32", "ragged", "per step", "labels", "indicators", "loss quantile", "patches"),
    *("cell cifg", "language by char", "forecaster", "several series", "vote"),
]


@pytest.fixture(autouse=True)
def tracking(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")


def save(estimator, path, **options):
    # Without requirements MLflow starts a process in which it looks for them, for ten seconds.
    options = {"skops_trusted_types": sklstm.trusted_types()} | options
    mlflow.sklearn.save_model(estimator, str(path), pip_requirements=["sklstm"], **options)


def test_loaded_in_a_new_process_they_predict_the_same(tmp_path):
    estimators = {name: fitted(name) for name in NAMES}
    for k, estimator in enumerate(estimators.values()):
        save(estimator, tmp_path / f"{k}.saved")
    found = results_elsewhere("from mlflow.sklearn import load_model as load", NAMES, tmp_path)
    for (name, estimator), values in zip(estimators.items(), found, strict=True):
        np.testing.assert_array_equal(values, result(estimator, name), err_msg=name)


def test_nothing_is_saved_without_the_trusted_types(tmp_path):
    with pytest.raises(mlflow.exceptions.MlflowException, match="references untrusted types"):
        save(fitted("table"), tmp_path / "model", skops_trusted_types=None)


@pytest.mark.parametrize("name", ["table", "ragged"])
def test_its_own_interface_calls_predict(name, tmp_path):
    estimator = fitted(name)
    save(estimator, tmp_path / "model")
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    np.testing.assert_array_equal(loaded.predict(CASES[name][3]), result(estimator, name))


def test_a_signature_for_any_number_of_steps(tmp_path):
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    X = np.random.default_rng(0).standard_normal((20, 5, 2)).astype("float32")
    model = sklstm.LSTMClassifier(3, max_iter=2, random_state=0).fit(X, X[:, -1, 0] > 0)
    signature = ModelSignature(Schema([TensorSpec(np.dtype("float32"), (-1, -1, 2))]))
    save(model, tmp_path / "model", signature=signature, pyfunc_predict_fn="predict_proba")
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    for part in (X, X[:, :3]):
        np.testing.assert_array_equal(loaded.predict(part), model.predict_proba(part))


def test_a_logged_model_with_its_losses():
    estimator = fitted("table")
    with mlflow.start_run() as run:
        for epoch, loss in enumerate(estimator.loss_curve_):
            mlflow.log_metric("loss", loss, step=epoch)
        info = mlflow.sklearn.log_model(
            estimator,
            name="lstm",
            skops_trusted_types=sklstm.trusted_types(),
            pip_requirements=["sklstm"],
        )
    loaded = mlflow.sklearn.load_model(info.model_uri)
    np.testing.assert_array_equal(result(loaded, "table"), result(estimator, "table"))
    history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")
    assert [metric.value for metric in history] == estimator.loss_curve_
