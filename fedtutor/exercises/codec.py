"""Plain values as bytes, and back: what travels between the judge and the learner's process.

Neither side trusts the other: only values travel, and nothing here can carry code. (pickle could.)
What arrives is counted before anything is built from it, so that a few bytes can't become a lot of memory.
"""

import base64
import io
import itertools
import json
import math
import re
import struct

import numpy as np

from fedtutor.exercises.values import Other

# More than any exercise needs: lesson 04 asks for 3 MB of images. The judge compares each value that it
# gets, in several ways, so a hundred times as much would cost it gigabytes and minutes.
MOST_BYTES = 8 * 2**20
# Everything but arrays, at most 40 kB in an honest reply. One emoji makes Python's texts four times as large.
MOST_TEXT = 2**20
MOST_VALUES = 100_000  # an array counts as one
MOST_ARRAYS = 1000  # two lists of a hundred in an honest reply
MOST_KEYS = 300  # of one dictionary. Keys can be chosen so that each is compared with all others.
MOST_DEPTH = 20  # of lists in lists


class CodecError(ValueError):
    """The bytes don't represent a value, or the value is too large to travel."""


def dumps(value):
    """A plain value (see `values.plain`) as bytes.

    Raises:
        CodecError: it is too large, or nested too deeply.
    """
    arrays = []
    text = json.dumps(_pack(value, arrays)).encode()
    if len(text) > MOST_TEXT or values_in(text) > MOST_VALUES or len(arrays) > MOST_ARRAYS:
        raise CodecError("this value is too large")
    parts = [struct.pack("<Q", len(text)), text]
    for array in arrays:
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        parts += [struct.pack("<Q", buffer.tell()), buffer.getvalue()]
    if sum(map(len, parts)) > MOST_BYTES:
        raise CodecError("this value is too large")
    return b"".join(parts)


def loads(data):
    """The value that `dumps` turned into these bytes.

    Raises:
        CodecError: the bytes don't represent a value, or one that is too large.
    """
    try:
        text, *arrays = itertools.islice(_pieces(data), MOST_ARRAYS + 2)
        if len(text) > MOST_TEXT or values_in(text) > MOST_VALUES or len(arrays) > MOST_ARRAYS:
            raise ValueError("it is too large")
        # A dictionary, so that each array is taken out only once.
        return _unpack(json.loads(text), dict(enumerate(map(_array, arrays))))
    except Exception as error:
        raise CodecError(f"these bytes are no value: {error}") from None


def send(connection, value):
    """Send a value through a socket.

    Raises:
        CodecError: the value is too large.
        OSError: the other side is gone, or doesn't read.
    """
    data = dumps(value)
    connection.sendall(struct.pack("<Q", len(data)) + data)


def receive(connection):
    """The next value from a socket.

    Raises:
        EOFError: the other side is gone.
        CodecError: what arrived is not a value, or is too large.
        TimeoutError: nothing arrived in the time that the socket allows.
    """
    (size,) = struct.unpack("<Q", _exactly(connection, 8))
    if size > MOST_BYTES:
        raise CodecError(f"{size} bytes are too many")
    return loads(_exactly(connection, size))


def _exactly(connection, size):
    data = bytearray()
    while len(data) < size:
        piece = connection.recv(min(size - len(data), 1 << 20))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def _pieces(data):
    place = 0
    while place < len(data):
        (size,) = struct.unpack_from("<Q", data, place)
        begin, place = place + 8, place + 8 + size
        if place > len(data):
            raise ValueError("they break off")
        if size == 0:
            raise ValueError("a piece is empty")
        yield data[begin:place]


def values_in(text):
    """At least as many as there are values in a JSON text (bytes); counted, not parsed."""
    return text.count(b",") + text.count(b"[") + text.count(b"{") + 1


def _array(piece):
    """An array from the bytes that `np.save` wrote.

    Not with `np.load`, which believes a header that announces more than there is.
    """
    file = io.BytesIO(piece)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("an array has another format")
    shape, in_columns, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.kind not in "biuf":
        raise ValueError(f"an array of {dtype} is not one of numbers")
    # Nothing in it, but a million empty rows.
    if 0 in shape and math.prod(side or 1 for side in shape) > MOST_VALUES:
        raise ValueError(f"an array of the shape {shape} is too large")
    array = np.frombuffer(piece, dtype, offset=file.tell())
    return array.reshape(shape, order="F" if in_columns else "C").copy()


# Messages name the type, so it can't be a sentence.
_TYPE_NAME = re.compile(r"(array of |masked )?[\w.\[\]]{1,50}")


def _pack(value, arrays, depth=0):
    if depth > MOST_DEPTH:
        raise CodecError("this value is nested too deeply")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return _pack(value.item(), arrays, depth)
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return ["array", len(arrays) - 1]
    if isinstance(value, bytes):
        return ["bytes", base64.b64encode(value).decode()]
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return [kind, [_pack(part, arrays, depth + 1) for part in value]]
    if isinstance(value, dict):
        if len(value) > MOST_KEYS:
            raise CodecError("this value is too large: a dictionary has too many keys")
        pairs = ((_pack(key, arrays, depth + 1), part) for key, part in value.items())
        return ["dict", [[key, _pack(part, arrays, depth + 1)] for key, part in pairs]]
    return ["other", getattr(value, "kind", type(value).__name__)]


def _unpack(packed, arrays, depth=0):
    if depth > MOST_DEPTH:
        raise ValueError("they are nested too deeply")
    if isinstance(packed, dict):
        raise ValueError("they were not written by us")
    if type(packed) is int and abs(packed) >= 2**63:
        raise ValueError("a whole number has more than 64 bits")
    if not isinstance(packed, list):
        return packed
    kind, content = packed
    if kind == "array":
        return arrays.pop(content)
    if kind == "bytes":
        return base64.b64decode(content)
    if kind == "other":
        return Other(content if _TYPE_NAME.fullmatch(content) else "unknown")
    if kind == "dict":
        if len(content) > MOST_KEYS:
            raise ValueError("a dictionary has too many keys")
        pairs = ((_unpack(key, arrays, depth + 1), part) for key, part in content)
        return {key: _unpack(part, arrays, depth + 1) for key, part in pairs}
    parts = [_unpack(part, arrays, depth + 1) for part in content]
    return {"list": list, "tuple": tuple}[kind](parts)
