"""Everything that users touch has type annotations. Type checkers try them on tests/typing."""

import inspect
import re
import runpy
import typing
from pathlib import Path

import pytest
from test_architecture import API, API_METHODS, ROOT, sections

FOLDER = Path(__file__).parent / "typing"
CALLS = "".join(
    (FOLDER / f"{name}_calls.py").read_text(encoding="utf-8") for name in ("public", "optional")
)
FUNCTIONS = {name: value for name, value in API.items() if inspect.isfunction(value)}
METHODS = {
    name: getattr(cls, method)
    for name, (cls, method) in API_METHODS.items()
    if not isinstance(inspect.getattr_static(cls, method), property)
}
CONSTRUCTORS = {
    name: value.__init__
    for name, value in API.items()
    if inspect.isclass(value) and not issubclass(value, Exception) and "__init__" in vars(value)
}


def without_type(function):
    signature = inspect.signature(function)
    missing = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.annotation is parameter.empty and name not in ("self", "cls")
    ]
    return missing + ["the result"] * (signature.return_annotation is signature.empty)


@pytest.mark.parametrize("name", FUNCTIONS | METHODS | CONSTRUCTORS)
def test_every_parameter_and_result_has_a_type(name):
    missing = without_type((FUNCTIONS | METHODS | CONSTRUCTORS)[name])
    assert not missing, f"{name} has no type annotation for {missing}"


def has_type(cls, attribute):
    if isinstance(found := inspect.getattr_static(cls, attribute, None), property):
        return inspect.signature(found.fget).return_annotation is not inspect.Signature.empty
    return any(attribute in inspect.get_annotations(base) for base in cls.__mro__)


def fitted_attributes(cls):
    """Those in the section Attributes of the docstring that end with an underscore."""
    lines = sections(inspect.getdoc(cls)).get("Attributes", [])
    names = [re.split(" : ", line)[0].split(", ") for line in lines if re.match(r"\w", line)]
    return [name for several in names for name in several if name.endswith("_")]


ESTIMATORS = [name for name, value in API.items() if hasattr(value, "fit")]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_fitted_attribute_has_a_type(name):
    missing = [a for a in fitted_attributes(API[name]) if not has_type(API[name], a)]
    assert not missing, f"{name} declares no type of {missing}: `attribute_: type` in the class"


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_declared_attribute_is_no_attribute_before_fit(name):
    for attribute in fitted_attributes(API[name]):
        found = inspect.getattr_static(API[name], attribute, None)
        assert found is None or isinstance(found, property), attribute


def test_type_checkers_find_the_annotations():
    assert (ROOT / "py.typed").exists()


def test_aliases_do_not_import_what_is_optional():
    assert typing.get_type_hints(API["sklstm.regressor.LSTMRegressor"].__init__)


def test_the_calls_for_type_checkers_can_be_run(capsys):
    runpy.run_path(str(FOLDER / "public_calls.py"))
    assert "kernel" in capsys.readouterr().out


@pytest.mark.parametrize("name", [*FUNCTIONS, *ESTIMATORS])
def test_every_function_and_estimator_is_among_the_calls(name):
    assert re.search(rf"\b{API[name].__name__}\(", CALLS)


@pytest.mark.parametrize("name", [n for n in METHODS if n.rpartition(".")[0] in ESTIMATORS])
def test_every_method_of_an_estimator_is_among_the_calls(name):
    method = name.rpartition(".")[2]
    assert re.search(rf"\.{method}\(", CALLS), f".{method}() is missing"
