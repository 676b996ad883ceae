"""A tree of plain values and arrays <-> the bytes of a file, with a checksum.

The layout is that of safetensors [1]_, so that other programs can read the arrays too: the length
of the header as a little-endian 64-bit integer, the header as JSON, and the arrays, one after the
other. The header says the dtype, shape and place of each array. Its entry ``__metadata__`` has
the tree, as JSON in a string, and first of all the SHA-256 of the file, taken with zeros in the
place of its 64 digits.

Nothing in a file is believed: reading checks that the arrays fill it exactly, so that no array is
larger than the file.

References
----------
.. [1] Hugging Face, "Safetensors", format specification in the documentation of the package.
"""

import hashlib
import json
import math

import numpy as np

FORMAT = "sklstm"
VERSION = 1  # of what the tree means; a reader knows its own version and all before

_TYPES = {
    **{"BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4"},
    **{"I32": "<i4", "U64": "<u8", "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8"},
}
TYPE_OF_DTYPE = {np.dtype(dtype): name for name, dtype in _TYPES.items()}
_BEGIN = b'{"__metadata__":{"sha256":"'
_DIGITS = slice(8 + len(_BEGIN), 8 + len(_BEGIN) + 64)
_MAX_DIMENSIONS = 32  # NumPy 1.26 has no more


class FileContentError(ValueError):
    """What was read is not a file that `sklstm.save` wrote, or it is damaged."""


def pack(tree, arrays):
    """Return the parts of a file.

    Parameters
    ----------
    tree : JSON value
    arrays : dict of str to ndarray
        C-contiguous arrays, with the dtypes of `TYPE_OF_DTYPE`.

    Returns
    -------
    list of bytes-like
        To be written one after the other.
    """
    content = {"format": FORMAT, "version": str(VERSION), "content": _dumps(tree)}
    header = {"__metadata__": {"sha256": "0" * 64, **content}}
    end = 0
    for name, array in arrays.items():
        begin, end = end, end + array.nbytes
        header[name] = {
            "dtype": TYPE_OF_DTYPE[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [begin, end],
        }
    text = _dumps(header).encode("ascii")
    text += b" " * (-len(text) % 8)  # the arrays begin at a multiple of 8
    start = bytearray(len(text).to_bytes(8, "little") + text)
    # A view of bytes can be hashed and written without a copy; an empty one has no such view.
    parts = [start, *(array.reshape(-1).view(np.uint8).data for array in arrays.values())]
    start[_DIGITS] = _checksum(parts).encode("ascii")
    return parts


def unpack(data):
    """Return the tree and the arrays in the bytes of a file.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    tree : JSON value
    arrays : dict of str to ndarray
        Read-only views of `data`.

    Raises
    ------
    FileContentError
        If it is another kind of file, of a later version, damaged or truncated.
    """
    if len(data) < _DIGITS.stop or data[8 : _DIGITS.start] != _BEGIN:
        raise FileContentError("it is not a file that sklstm.save or a Checkpoint wrote")
    zeroed = data[: _DIGITS.start] + b"0" * 64
    if _checksum([zeroed, memoryview(data)[_DIGITS.stop :]]).encode("ascii") != data[_DIGITS]:
        raise FileContentError("it is damaged or was cut off: its checksum does not fit")
    start = 8 + int.from_bytes(data[:8], "little")
    try:
        header = json.loads(data[8:start].decode("ascii"))
        metadata = header.pop("__metadata__")
        if metadata["format"] != FORMAT:
            raise FileContentError("it is not a file that sklstm.save or a Checkpoint wrote")
        if int(metadata["version"]) > VERSION:
            raise FileContentError(
                f"its format has version {int(metadata['version'])}, and this sklstm knows those "
                f"up to {VERSION}: a newer sklstm wrote it, so load it with that one"
            )
        tree = json.loads(metadata["content"])
        return tree, _arrays(header, memoryview(data)[start:])
    except FileContentError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FileContentError(f"its header is not valid ({type(error).__name__})") from error


def _arrays(header, data):
    """The arrays that a header describes, if they fill the data exactly."""
    arrays, place = {}, 0
    for name, entry in header.items():
        dtype, shape = np.dtype(_TYPES[entry["dtype"]]), entry["shape"]
        begin, end = entry["data_offsets"]
        is_shape = all(type(n) is int and 0 <= n < 2**62 for n in shape)
        if not is_shape or len(shape) > _MAX_DIMENSIONS:
            raise FileContentError(f"the array {name[:80]!r} has no valid shape")
        # NumPy multiplies the sizes of an empty array, too.
        if math.prod(max(n, 1) for n in shape) > 2**62:
            raise FileContentError(f"the array {name[:80]!r} has no valid shape")
        if begin != place or end - begin != math.prod(shape) * dtype.itemsize or end > len(data):
            raise FileContentError(f"the array {name[:80]!r} is not where its header says")
        arrays[name] = np.frombuffer(data[begin:end], dtype).reshape(shape)
        place = end
    if place != len(data):
        raise FileContentError("it has data that belong to no array")
    return arrays


def _checksum(parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _dumps(value):
    # ASCII, so that the place of the checksum and the length do not depend on an encoding.
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
