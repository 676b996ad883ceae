"""scikit-learn's common checks, on several of our estimators: none is expected to fail."""

import inspect
import pickle
import warnings
from collections import Counter

import numpy as np
import pytest
import test_language_model_bad_input
import test_language_model_fitted
import test_language_model_training
from sklearn.exceptions import SkipTestWarning
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor
from sklstm.cells import CELLS

VARIANTS = {
    "bidirectional": {"bidirectional": True},
    "two layers": {"num_layers": 2},
    "last": {"pooling": "last"},
    "mean": {"pooling": "mean"},
    "max": {"pooling": "max"},
    "early stopping": {"early_stopping": True},
    "sgd": {"optimizer": "sgd", "learning_rate": 0.05},  # plain descent needs larger steps
    **{cell: {"cell": cell} for cell in CELLS},
}
# Small networks, trained just long enough for the check that asks for a minimum score.
SMALL = {
    LSTMRegressor: {"hidden_size": 8, "max_iter": 60, "learning_rate": 0.03},
    LSTMClassifier: {"hidden_size": 8, "max_iter": 20, "learning_rate": 0.05},
}
# Regressors that need more for this score. The diagonal cell, whose units do not see each other,
# needs both directions.
LARGER = {
    "mean": {"max_iter": 100},
    "max": {"hidden_size": 16, "max_iter": 100, "learning_rate": 0.01},
    "sgd": {"max_iter": 100},
    "diagonal": {"bidirectional": True, "hidden_size": 16, "max_iter": 100},
}
# What a check may be skipped for: a package or a setting that it needs and that is not there.
OPTIONAL = ("polars", "array_api", "SCIPY_ARRAY_API", "pyarrow")


@pytest.mark.slow
@pytest.mark.parametrize("estimator", [LSTMRegressor(), LSTMClassifier()])
def test_check_estimator(estimator):
    check_all(estimator)


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_check_regressor(variant):
    params = {**SMALL[LSTMRegressor], **VARIANTS[variant], **LARGER.get(variant, {})}
    check_all(LSTMRegressor(**params))


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_check_classifier(variant):
    check_all(LSTMClassifier(**{**SMALL[LSTMClassifier], **VARIANTS[variant]}))


def check_all(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        warnings.filterwarnings("ignore", message="X is on a scale", category=UserWarning)
        warnings.filterwarnings("ignore", message="Training learned nothing")
        warnings.filterwarnings("ignore", message="batch_size=50 is larger", category=UserWarning)
        results = check_estimator(estimator, on_fail=None)
    counts = Counter(result["status"] for result in results)
    print(f"{estimator}: {dict(counts)}")
    failed = [
        f"{result['check_name']}: {result['status']}, {result['exception']!r}"
        for result in results
        if result["status"] != "passed"
        and not (
            result["status"] == "skipped"
            and any(name in str(result["exception"]) for name in OPTIONAL)
        )
    ]
    assert not failed, "\n".join(failed)
    assert counts["passed"] > 50


# The language model reads texts -------------------------------------------------------------------

# scikit-learn makes up tables of numbers for its checks, and so asks nothing of an estimator of
# texts, its own text vectorizers included. These checks need no data, or none that is read:
OF_TEXT = {
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_estimators_unfitted",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
}
# These fit a table; the same is asked with texts, by the test that is named, of those below or in
# the tests/test_language_model_*.py that are imported above.
WITH_TEXTS = {
    "check_dict_unchanged": "test_checks_with_texts[dict]",
    "check_dont_overwrite_parameters": "test_checks_with_texts[attributes]",
    "check_dtype_object": "test_forms_of_lists_of_texts",
    "check_estimators_empty_data_messages": "test_bad_texts",
    "check_estimators_fit_returns_self": "test_checks_with_texts[self]",
    "check_estimators_overwrite_params": "test_checks_with_texts[parameters]",
    "check_estimators_pickle": "test_copies",
    "check_fit1d": "test_bad_texts",
    "check_fit2d_1sample": "test_short_texts",
    "check_fit_check_is_fitted": "test_not_fitted",
    "check_fit_idempotent": "test_checks_with_texts[idempotent]",
    "check_fit_score_takes_y": "test_checks_with_texts[y]",
    "check_methods_sample_order_invariance": "test_checks_with_texts[order]",
    "check_methods_subset_invariance": "test_checks_with_texts[subset]",
    "check_pipeline_consistency": "test_checks_with_texts[pipeline]",
    "check_readonly_memmap_input": "test_checks_with_texts[readonly]",
}
# And these ask what has no meaning for texts.
MEANINGLESS = {
    "check_array_api_input": "there are no arrays of texts in the array API",
    "check_complex_data": "texts are not complex; test_bad_texts refuses whatever is no text",
    "check_estimator_sparse_array": "texts are not sparse",
    "check_estimator_sparse_matrix": "texts are not sparse",
    "check_estimator_sparse_tag": "texts are not sparse",
    "check_estimators_dtypes": "texts have one type",
    "check_estimators_nan_inf": "texts are not numbers; test_bad_texts refuses whatever is no text",
    "check_f_contiguous_array_estimator": "a list of texts has one axis",
    "check_fit2d_1feature": "texts have no columns",
    "check_fit2d_predict1d": "a list of texts has one axis",
    "check_n_features_in": "texts have no columns",
    "check_n_features_in_after_fitting": "texts have no columns",
    "check_positive_only_tag_during_fit": "texts are not numbers",
}
TEXTS = ["the cat sat on the mat", "a cat", "the mat sat", "at the cat"]


def small_model(**params):
    defaults = {"hidden_size": 4, "max_iter": 3, "batch_size": 2, "random_state": 0}
    return LSTMLanguageModel(**{**defaults, **params})


class AsTable(LSTMLanguageModel):
    """Says of itself that it reads tables: to see what scikit-learn would then check."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        return tags


def test_every_check_is_run_or_has_its_reason():
    checks = {check.func.__name__ for _, check in estimator_checks_generator(AsTable())}
    assert not checks - OF_TEXT - WITH_TEXTS.keys() - MEANINGLESS.keys()
    assert len([*OF_TEXT, *WITH_TEXTS, *MEANINGLESS]) == len(OF_TEXT | {*WITH_TEXTS, *MEANINGLESS})
    assert OF_TEXT <= checks


def test_check_estimator_takes_no_offence():
    with pytest.warns(SkipTestWarning, match="LSTMLanguageModel"):
        check_estimator(LSTMLanguageModel())


@pytest.mark.parametrize("name", sorted(OF_TEXT))
def test_checks_without_data(name):
    getattr(estimator_checks, name)("LSTMLanguageModel", small_model())


def check_self():
    model = small_model()
    assert model.fit(TEXTS) is model
    assert model.partial_fit(TEXTS) is model


def check_parameters():
    model = small_model(level="word", max_features=3)
    before = {name: repr(value) for name, value in model.get_params().items()}
    model.fit(TEXTS)
    assert {name: repr(value) for name, value in model.get_params().items()} == before


def check_attributes():
    """Fit adds attributes that end with an underscore, or are private."""
    model = small_model()
    before = set(vars(model))
    added = set(vars(model.fit(TEXTS))) - before
    assert all(name.endswith("_") or name.startswith("_") for name in added)


def check_dict():
    model = small_model().fit(TEXTS)
    before = pickle.dumps(model)
    model.score(TEXTS)
    model.perplexity(TEXTS)
    model.predict_proba(TEXTS)
    model.sample(3)
    assert pickle.dumps(model) == before


def check_idempotent():
    model = small_model().fit(TEXTS)
    first = model.predict_proba(TEXTS)
    np.testing.assert_array_equal(model.fit(TEXTS).predict_proba(TEXTS), first)


def check_y():
    y = np.arange(len(TEXTS))
    model = small_model()
    for method in (model.fit, model.partial_fit, model.score):
        method(TEXTS, y)
        assert list(inspect.signature(method).parameters)[:2] == ["X", "y"]


def check_order():
    model = small_model().fit(TEXTS)
    forth, back = model.predict_proba(TEXTS), model.predict_proba(TEXTS[::-1])
    np.testing.assert_allclose(forth, back[::-1], rtol=1e-6)


def check_subset():
    model = small_model().fit(TEXTS)
    alone = np.vstack([model.predict_proba([text]) for text in TEXTS])
    np.testing.assert_allclose(model.predict_proba(TEXTS), alone, rtol=1e-6)


def check_pipeline():
    model, pipeline = small_model().fit(TEXTS), make_pipeline(small_model()).fit(TEXTS)
    assert pipeline.score(TEXTS) == model.score(TEXTS)


def check_readonly():
    texts = np.array(TEXTS)
    texts.flags.writeable = False
    assert small_model().fit(texts).score(texts) == small_model().fit(TEXTS).score(TEXTS)


CHECKS = {
    "attributes": check_attributes,
    "dict": check_dict,
    "idempotent": check_idempotent,
    "order": check_order,
    "parameters": check_parameters,
    "pipeline": check_pipeline,
    "readonly": check_readonly,
    "self": check_self,
    "subset": check_subset,
    "y": check_y,
}


@pytest.mark.parametrize("name", CHECKS)
def test_checks_with_texts(name):
    CHECKS[name]()


def test_the_named_tests_exist():
    here = [f"test_checks_with_texts[{name}]" for name in CHECKS]
    names = {
        *here,
        *vars(test_language_model_bad_input),
        *vars(test_language_model_fitted),
        *vars(test_language_model_training),
    }
    assert not [test for test in WITH_TEXTS.values() if test not in names]
