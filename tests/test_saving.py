"""Estimators are saved by pickle and joblib, and predict the same in a new process."""

import pickle

import joblib
import numpy as np
import pytest
from saving_cases import CASES, fitted, result, results_elsewhere

import sklstm
from sklstm import callbacks, cells, losses, optimizers, preprocessing, schedules

LOADERS = {
    "pickle": "import pickle\ndef load(path): return pickle.load(open(path, 'rb'))",
    "joblib": "from joblib import load",
}


@pytest.mark.parametrize("way", LOADERS)
def test_loaded_in_a_new_process_they_predict_the_same(way, tmp_path):
    estimators = {name: fitted(name) for name in CASES}
    for k, estimator in enumerate(estimators.values()):
        path = tmp_path / f"{k}.saved"
        if way == "joblib":
            joblib.dump(estimator, path)
        else:
            path.write_bytes(pickle.dumps(estimator))
    found = results_elsewhere(LOADERS[way], list(estimators), tmp_path)
    for (name, estimator), values in zip(estimators.items(), found, strict=True):
        np.testing.assert_array_equal(values, result(estimator, name), err_msg=name)


# What a safe loader has to trust; tests/integration/test_skops.py loads with these names ---------


def load_class(name):
    module, _, attribute = name.rpartition(".")
    return getattr(__import__(module, fromlist=[attribute]), attribute)


def test_trusted_types_are_names_of_classes_of_sklstm():
    names = sklstm.trusted_types()
    assert names == sorted(set(names))
    for name in names:
        kind = load_class(name)
        assert isinstance(kind, type) and name == f"{kind.__module__}.{kind.__qualname__}"
        assert name.startswith("sklstm.")


@pytest.mark.parametrize(
    "module",
    [sklstm, callbacks, cells, losses, optimizers, preprocessing, schedules],
    ids=lambda m: m.__name__,
)
def test_all_public_classes_that_can_be_saved_are_trusted(module):
    trusted = {load_class(name) for name in sklstm.trusted_types()}
    for kind in [getattr(module, name) for name in module.__all__]:
        if isinstance(kind, type) and not issubclass(kind, Exception):
            abstract = kind.__name__ in {
                *("Cell", "ClassificationLoss", "Loss", "Optimizer", "Schedule", "StepCell")
            }
            assert (kind in trusted) != abstract, kind


def test_a_caller_may_change_the_list():
    sklstm.trusted_types().append("own.Cell")
    assert "own.Cell" not in sklstm.trusted_types()
