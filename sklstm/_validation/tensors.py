"""Tensors of PyTorch, and what holds several of them: refused if NumPy cannot read them.

PyTorch is not imported: objects are known by their attributes.
"""

from ..core.messages import line_to_write


def refuse_tensors(data, name):
    """Raise a TypeError for objects of PyTorch that NumPy cannot read, with the line to write.

    Parameters
    ----------
    data : object
        Value passed by the user.
    name : str
        Name of the argument.

    Raises
    ------
    TypeError

    Examples
    --------
    >>> from sklstm._validation.tensors import refuse_tensors
    >>> refuse_tensors([1.0, 2.0], "X")
    """
    module = type(data).__module__
    if module.partition(".")[0] != "torch":
        return
    if module.startswith("torch.utils.data"):
        items = f"{name}.dataset" if hasattr(data, "batch_sampler") else name
        line = f"X = [x for x, _ in {items}] and y = [y for _, y in {items}]"
    elif hasattr(data, "batch_sizes"):
        line = line_to_write(name, "torch.nn.utils.rnn.unpack_sequence({})")
    elif getattr(data, "is_nested", False):
        line = line_to_write(name, "list({}.unbind())")
    elif hasattr(data, "detach"):
        line = _conversion(data, name)
    else:
        line = None
    if line:
        kind = getattr(data, "dtype", "") and f" of dtype {data.dtype}"
        raise TypeError(
            f"{name} is a {type(data).__name__} of PyTorch{kind}, which cannot be read as an array."
            f" Convert it: {line}."
        )


def _conversion(tensor, name):
    """The line that converts a tensor; None if NumPy can read it."""
    steps = {
        "detach": tensor.requires_grad,
        "to_dense": str(tensor.layout) != "torch.strided",
        "cpu": tensor.device.type != "cpu",
        "float": "bfloat16" in str(tensor.dtype) or "float8" in str(tensor.dtype),
    }
    calls = "".join(f".{method}()" for method, is_needed in steps.items() if is_needed)
    return line_to_write(name, f"{{}}{calls}.numpy()") if calls else None
