"""What a conversion requires: packages, and objects whose class is known."""

from importlib import import_module


def require(package):
    """Import an optional package.

    Parameters
    ----------
    package : {"onnx", "skl2onnx"}

    Returns
    -------
    module

    Raises
    ------
    ImportError
        If it is not installed; the message says how to install it.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise ImportError(
            f"The export to ONNX needs the package {package}, which cannot be imported "
            f"({error}). Install it with: pip install onnx skl2onnx"
        ) from error


def kind_of(value, table, methods):
    """The class by which a value is converted.

    Parameters
    ----------
    value : object
    table : dict of type to object
        By class, how its instances are converted.
    methods : tuple of str
        What the conversion depends on. A subclass that defines one of these is another class.

    Returns
    -------
    type or None
        A key of `table`; None if there is none for the value.
    """
    for kind in type(value).__mro__:
        if kind in table:
            return kind
        if any(name in vars(kind) for name in methods):
            return None
    return None
