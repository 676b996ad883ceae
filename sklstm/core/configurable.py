"""Small objects that carry their own hyper-parameters: losses, optimizers, schedules, cells."""

import inspect

from .checks import listed, unknown_name


class Configurable:
    """Base of objects whose constructor arguments are their hyper-parameters.

    A subclass stores every constructor argument untouched in the attribute of the same name.
    It then follows scikit-learn's parameter protocol without importing scikit-learn, so that
    ``sklearn.base.clone`` copies it and ``optimizer__decay`` can be searched through an
    estimator. Values are validated where they are used, never in the constructor.

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
        """Names of the constructor's arguments, in order, with their default values."""
        return {name: p.default for name, p in inspect.signature(cls).parameters.items()}

    def get_params(self, deep=True):
        """Return the hyper-parameters by name.

        Parameters
        ----------
        deep : bool, default=True
            Whether to add the parameters of parameters, named ``outer__inner``.

        Returns
        -------
        params : dict of str to object
            The values as they were given to the constructor.

        Examples
        --------
        >>> from sklstm.core.optimizers import RMSprop
        >>> RMSprop(decay=0.95).get_params()
        {'decay': 0.95, 'eps': 1e-08}
        """
        params = {name: getattr(self, name) for name in self._defaults()}
        if deep:
            for name, value in list(params.items()):
                if hasattr(value, "get_params") and not isinstance(value, type):
                    nested = value.get_params(deep=True)
                    params.update({f"{name}__{key}": inner for key, inner in nested.items()})
        return params

    def set_params(self, **params):
        """Set hyper-parameters by name, ``outer__inner`` for those of a nested object.

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
            If a name is not a parameter; the message lists those that are.

        Examples
        --------
        >>> from sklstm.core.optimizers import RMSprop
        >>> RMSprop().set_params(decay=0.95)
        RMSprop(decay=0.95)
        """
        valid, nested = self._defaults(), {}
        for key, value in params.items():
            name, separator, inner = key.partition("__")
            if name not in valid:
                raise ValueError(unknown_name(f"parameter of {type(self).__name__}", name, valid))
            if separator:
                nested.setdefault(name, {})[inner] = value
            else:
                setattr(self, name, value)
        # Whole objects are set before their parts, whatever order the caller wrote them in.
        for name, inner_params in nested.items():
            _check_nested(self, name)
            getattr(self, name).set_params(**inner_params)
        return self

    def __repr__(self):
        # Compared as text: the values may be arrays, whose == is not a truth value.
        changed = [
            f"{name}={getattr(self, name)!r}"
            for name, default in self._defaults().items()
            if repr(getattr(self, name)) != repr(default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"


def resolve(value, registry, base, argument):
    """Turn a name or an object into an object.

    Parameters
    ----------
    value : str or instance of `base`
        What the user passed.
    registry : dict of str to callable
        What makes an object, a class as a rule, by name.
    base : type
        The class an object has to be an instance of.
    argument : str
        Name of the argument, for the error message.

    Returns
    -------
    instance : instance of `base`
        ``registry[value]()`` for a name, and `value` itself for an instance.

    Raises
    ------
    ValueError
        If `value` is an unknown name; the message lists the valid names and the nearest one.
    TypeError
        If `value` is neither a name nor an instance of `base`.

    Examples
    --------
    >>> from sklstm.core.configurable import resolve
    >>> from sklstm.core.optimizers import OPTIMIZERS, Optimizer
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
    raise TypeError(f"{argument} must be {expected}; got {value!r} ({type(value).__name__}).")


def _check_nested(owner, name):
    value = getattr(owner, name)
    if not hasattr(value, "set_params") or isinstance(value, type):
        raise ValueError(
            f"{name} of {type(owner).__name__} is {value!r}, which has no parameters to set; "
            f"pass an object as {name} first."
        )
