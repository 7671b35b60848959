"""Plain values as bytes, and back: what travels between the judge and the learner's process.

Neither side trusts the other: only values travel, and nothing here can carry code. (pickle could.)
"""

import base64
import io
import json
import struct

import numpy as np

from fedtutor.exercises.values import Other

MOST_BYTES = 500_000_000


class CodecError(ValueError):
    """The bytes don't represent a value."""


def dumps(value):
    """A plain value (see `values.plain`) as bytes."""
    arrays = []
    text = json.dumps(_pack(value, arrays)).encode()
    parts = [struct.pack("<Q", len(text)), text]
    for array in arrays:
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        parts += [struct.pack("<Q", buffer.tell()), buffer.getvalue()]
    return b"".join(parts)


def loads(data):
    """The value that `dumps` turned into these bytes.

    Raises:
        CodecError: the bytes don't represent a value.
    """
    try:
        text, *arrays = _pieces(data)
        arrays = [np.load(io.BytesIO(piece), allow_pickle=False) for piece in arrays]
        return _unpack(json.loads(text), arrays)
    except Exception as error:
        raise CodecError(f"these bytes are no value: {error}") from None


def send(connection, value):
    """Send a value through a socket."""
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
        yield data[begin:place]


def _pack(value, arrays):
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return _pack(value.item(), arrays)
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return ["array", len(arrays) - 1]
    if isinstance(value, bytes):
        return ["bytes", base64.b64encode(value).decode()]
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return [kind, [_pack(part, arrays) for part in value]]
    if isinstance(value, dict):
        return ["dict", [[_pack(k, arrays), _pack(v, arrays)] for k, v in value.items()]]
    return ["other", getattr(value, "kind", type(value).__name__)]


def _unpack(packed, arrays):
    if not isinstance(packed, list):
        return packed
    kind, content = packed
    if kind == "dict":
        return {_unpack(key, arrays): _unpack(part, arrays) for key, part in content}
    return _UNPACK[kind](content, arrays)


_UNPACK = {
    "array": lambda content, arrays: arrays[content],
    "bytes": lambda content, arrays: base64.b64decode(content),
    "list": lambda content, arrays: [_unpack(part, arrays) for part in content],
    "tuple": lambda content, arrays: tuple(_unpack(part, arrays) for part in content),
    "other": lambda content, arrays: Other(str(content)),
}
