"""Base class of losses, optimizers, schedules and cells: objects with hyper-parameters."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Self

from .checks import listed, unknown_name
from .messages import shorten


class Configurable:
    """Base class of objects whose constructor arguments are their hyper-parameters.

    A subclass stores every constructor argument, unmodified, in the attribute of the same name. It
    then follows scikit-learn's parameter protocol, without importing scikit-learn:
    ``sklearn.base.clone`` copies it, and ``optimizer__decay`` of an estimator can be searched.
    Values are validated where they are used, never in the constructor.

    Examples
    --------
    >>> from sklstm.core.configurable import Configurable
    >>> class Spring(Configurable):
    ...     def __init__(self, stiffness=1.0, length=2.0):
    ...         self.stiffness = stiffness
    ...         self.length = length
    >>> Spring().set_params(length=3.0)
    Spring(length=3.0)
    """

    @classmethod
    def _defaults(cls):
        """Return the default values of the constructor arguments by name, in order."""
        parameters = inspect.signature(cls).parameters
        for parameter in parameters.values():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise TypeError(
                    f"The constructor of {cls.__name__} has the argument {parameter}; expected "
                    "arguments with names, which are the parameters of its objects."
                )
        return {name: parameter.default for name, parameter in parameters.items()}

    def _value(self, name):
        """The value of a constructor argument, from the attribute of that name."""
        try:
            return getattr(self, name)
        except AttributeError as error:
            raise AttributeError(
                f"This {type(self).__name__} has no attribute {name!r}, but its constructor has an "
                f"argument of that name. Store it there, unchanged: self.{name} = {name}."
            ) from error

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the hyper-parameters by name.

        Parameters
        ----------
        deep : bool, default=True
            If True, also return the parameters of nested objects, named ``outer__inner``.

        Returns
        -------
        params : dict of str to object
            The values passed to the constructor or to `set_params`.

        Examples
        --------
        >>> from sklstm.optimizers import RMSprop
        >>> RMSprop(decay=0.95).get_params()
        {'decay': 0.95, 'eps': 1e-08}
        """
        params = {name: self._value(name) for name in self._defaults()}
        if deep:
            for name, value in list(params.items()):
                if hasattr(value, "get_params") and not isinstance(value, type):
                    nested = value.get_params(deep=True)
                    params.update({f"{name}__{key}": inner for key, inner in nested.items()})
        return params

    def set_params(self, **params: Any) -> Self:
        """Set hyper-parameters by name, or by ``outer__inner`` for those of a nested object.

        Parameters
        ----------
        **params : object
            New values.

        Returns
        -------
        self : Configurable
            The same object.

        Raises
        ------
        ValueError
            If a name is not a parameter; the message lists the valid names.

        Examples
        --------
        >>> from sklstm.optimizers import RMSprop
        >>> RMSprop().set_params(decay=0.95)
        RMSprop(decay=0.95)
        """
        valid = self._defaults()
        nested: dict[str, dict[str, Any]] = {}
        for key, value in params.items():
            name, separator, inner = key.partition("__")
            if name not in valid:
                raise ValueError(unknown_name(f"parameter of {type(self).__name__}", name, valid))
            if separator:
                nested.setdefault(name, {})[inner] = value
            else:
                setattr(self, name, value)
        # Objects are set before their parameters, in whatever order both are passed.
        for name, inner_params in nested.items():
            _check_nested(self, name)
            getattr(self, name).set_params(**inner_params)
        return self

    def __repr__(self) -> str:
        # Compared by repr, because == of arrays has no truth value.
        changed = [
            f"{name}={self._value(name)!r}"
            for name, default in self._defaults().items()
            if repr(self._value(name)) != repr(default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"


def resolve(
    value: Any, registry: Mapping[str, Callable[[], Any]], base: type, argument: str
) -> Any:
    """Return the object for a name, or the object itself.

    Parameters
    ----------
    value : str or instance of `base`
        Value passed by the user.
    registry : dict of str to callable
        Callables that return an object, usually classes, by name.
    base : type
        The required class of an object.
    argument : str
        Name of the argument, for the error message.

    Returns
    -------
    instance : instance of `base`
        ``registry[value]()`` for a name, and `value` itself for an instance.

    Raises
    ------
    ValueError
        If `value` is an unknown name; the message lists the valid names and the closest match.
    TypeError
        If `value` is neither a name nor an instance of `base`.

    Examples
    --------
    >>> from sklstm.core.configurable import resolve
    >>> from sklstm.optimizers import OPTIMIZERS, Optimizer
    >>> resolve("adam", OPTIMIZERS, Optimizer, "optimizer")
    Adam()
    >>> resolve("adm", OPTIMIZERS, Optimizer, "optimizer")
    Traceback (most recent call last):
    ...
    ValueError: 'adm' is not a valid optimizer; did you mean 'adam'? \
Valid: 'adam', 'adamw', 'rmsprop', 'sgd'.
    """
    if isinstance(value, base):
        return value
    if isinstance(value, str):
        if value not in registry:
            raise ValueError(unknown_name(argument, value, registry))
        return registry[value]()
    expected = f"one of {listed(registry)}, or an instance of {base.__name__}"
    if isinstance(value, type):
        name = value.__name__
        raise TypeError(f"{argument} must be {expected}; got the class {name}: use {name}().")
    raise TypeError(
        f"{argument} must be {expected}; got {shorten(value)} ({type(value).__name__})."
    )


def _check_nested(owner, name):
    value = getattr(owner, name)
    if not hasattr(value, "set_params") or isinstance(value, type):
        raise ValueError(
            f"{name} of {type(owner).__name__} is {shorten(value)}, which has no parameters to "
            "set; "
            f"set {name} to an object first."
        )
