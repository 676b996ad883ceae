"""scikit-learn's HTML representation: links to the API reference, if its address is known."""

import html
import inspect
import re

import numpy as np
import pytest
from saving_cases import fitted
from sklearn import __version__ as sklearn_version
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_html_repr

import sklstm
from sklstm import LSTMRegressor, preprocessing
from sklstm._estimators import documentation_links

URL = "https://sklstm.example/stable"
PUBLIC = {
    f"{module.__name__}.{name}": value
    for module in (sklstm, preprocessing)
    for name, value in vars(module).items()
    if name in module.__all__ and isinstance(value, type) and issubclass(value, BaseEstimator)
}


def made(kind):
    return kind(StandardScaler()) if kind is preprocessing.TimeDistributed else kind()


@pytest.fixture
def address(monkeypatch):
    monkeypatch.setattr(documentation_links, "documentation_url", lambda: URL + "/")


@pytest.mark.parametrize("name", PUBLIC)
def test_the_page_of_each_estimator(name, address):
    assert f'href="{URL}/api/generated/{name}.html"' in estimator_html_repr(made(PUBLIC[name]))


@pytest.mark.parametrize("name", PUBLIC)
def test_without_an_address_there_are_no_links_of_ours(name, monkeypatch):
    monkeypatch.setattr(documentation_links, "documentation_url", lambda: None)
    links = re.findall(r'href="([^"]*)"', estimator_html_repr(made(PUBLIC[name])))
    assert all("//scikit-learn.org/" in link for link in links)


def test_classes_of_others_have_no_links(address):
    class Own(LSTMRegressor):
        def __init__(self, hidden_size=3):
            super().__init__(hidden_size)

    assert URL not in estimator_html_repr(Own())


@pytest.mark.parametrize(
    "name", ["table", "labels", "language by char", "forecaster", "vote", "calendar"]
)
def test_every_fitted_attribute_has_an_entry_in_the_documentation(name, address):
    estimator = fitted(name)
    text = inspect.cleandoc(type(estimator).__doc__)
    entries = set(re.findall(r"^(\w+_) : ", text, flags=re.MULTILINE))
    attributes = {a for a in dir(estimator) if a.endswith("_") and not a.startswith("_")}
    assert not attributes - entries


def test_a_step_of_a_pipeline_after_fit(address):
    X = np.random.default_rng(0).standard_normal((20, 5))
    pipeline = make_pipeline(StandardScaler(), LSTMRegressor(2, max_iter=1)).fit(X, X[:, 0])
    text = estimator_html_repr(pipeline)
    assert f'href="{URL}/api/generated/sklstm.LSTMRegressor.html"' in text
    if tuple(map(int, sklearn_version.split(".")[:2])) >= (1, 9):
        # Of every parameter and fitted attribute, with its description.
        links = set(re.findall(rf'href="{URL}[^"]*#:~:text=(\w+),', text))
        assert links >= {*LSTMRegressor().get_params(), "weights_", "loss_curve_", "n_features_in_"}
        described = html.unescape(text)
        assert "Number of units of each layer and direction." in described
        assert "Training loss of each epoch." in described


# The address is that of the metadata --------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (None, None),
        (["Source, https://a.example"], None),
        (["Source, https://a.example", "Documentation, https://b.example"], "https://b.example"),
    ],
)
def test_the_address_in_the_metadata(entries, expected, monkeypatch):
    class Metadata:
        def get_all(self, name):
            assert name == "Project-URL"
            return entries

    monkeypatch.setattr(documentation_links, "metadata", lambda name: Metadata())
    assert documentation_links.documentation_url.__wrapped__() == expected


def test_a_checkout_that_is_not_installed(monkeypatch):
    def missing(name):
        raise documentation_links.PackageNotFoundError(name)

    monkeypatch.setattr(documentation_links, "metadata", missing)
    assert documentation_links.documentation_url.__wrapped__() is None
