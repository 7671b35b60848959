"""Reads what was handed in as a notebook, whatever the file turns out to be.

Of a notebook, only what grading needs is kept: the cells' types, texts, tags and attachments. So nothing
else in the file, such as its outputs and its metadata, can be malformed.
"""

import json
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

MOST_BYTES = 50 * 2**20
# One emoji makes Python take four bytes for each character of a text, and reading it takes three copies.
MOST_MEMORY = 2 * MOST_BYTES
# Each value in a file takes up to a hundred times its length in memory.
MOST_VALUES = 2_000_000
MOST_CELLS = 2_000

# The first bytes of other kinds of files, and what to do with them.
_OTHER_KINDS = {
    b"\x1f\x8b": "it is compressed with gzip: unpack it first",
    b"PK\x03\x04": "it is a ZIP archive: unpack it first",
    b"BZh": "it is compressed with bzip2: unpack it first",
    b"\xfd7zXZ": "it is compressed with xz: unpack it first",
    b"%PDF": "it is a PDF, not a notebook",
}
_WEB_PAGE = re.compile(r"\s*<(!doctype|html|\?xml)", re.I)
_TAG = re.compile(r"[^,]+")
_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class NotANotebook(ValueError):
    """A file can't be read as a notebook; the message says why, as half a sentence."""


def read_bytes(path: Path) -> bytes:
    """Read a file that somebody else has made.

    Args:
        path: the path of the file. It may be anything: a link, a folder, a pipe.

    Returns:
        The file's content.

    Raises:
        NotANotebook: it isn't an ordinary file, can't be read, or is too large.
    """
    try:
        # A link could lead to a file that doesn't belong to the learner. Without O_NONBLOCK, opening a
        # named pipe would wait until somebody writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        # Path's own method raises an exception if the path is too long or forbidden.
        if os.path.islink(path):
            raise NotANotebook("it is a link, and links are not followed") from None
        raise NotANotebook(f"it can't be read ({error.strerror})") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotANotebook("it is not an ordinary file")
    with open(descriptor, "rb") as file:
        try:
            data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise NotANotebook(f"it can't be read ({error.strerror})") from None
    if len(data) > MOST_BYTES:
        raise NotANotebook(f"it is larger than {MOST_BYTES // 2**20} MiB")
    return data


def decode(data: bytes) -> tuple[str, str]:
    """Turn a file's content into text, in any of the Unicode encodings.

    Args:
        data: the content of the file.

    Returns:
        The text, and the name of its encoding if that isn't UTF-8; otherwise "".

    Raises:
        NotANotebook: it is no such text, or it takes too much memory.
    """
    if not data.strip():
        raise NotANotebook("the file is empty")
    for beginning, problem in _OTHER_KINDS.items():
        if data.startswith(beginning):
            raise NotANotebook(problem)
    encoding = json.detect_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise NotANotebook(
            "its text is not in UTF-8: it was saved in another encoding, or it is damaged"
        ) from None
    if sys.getsizeof(text) > MOST_MEMORY:
        raise NotANotebook(
            f"its text takes more than {MOST_MEMORY // 2**20} MiB of memory: remove the outputs, which "
            "grading does not need"
        )
    if not text or text.isspace():
        raise NotANotebook("the file is empty")
    names = {"utf-8": "", "utf-8-sig": "UTF-8 with a byte order mark (BOM)"}
    return text, names.get(encoding, encoding.upper()[:6])


def parse(text: str) -> NotebookNode:
    """Turn a file's text into a notebook.

    Args:
        text: the text of the file.

    Returns:
        What `tidy` returns.

    Raises:
        NotANotebook: it isn't the text of a notebook, or the notebook is too large.
    """
    if number_of_values(text) > MOST_VALUES:
        raise NotANotebook(f"it holds more than {MOST_VALUES // 10**6} million values")
    try:
        content = json.loads(text)
    except RecursionError:
        raise NotANotebook("it is not a notebook (its JSON is nested too deeply)") from None
    except ValueError as error:
        if not isinstance(error, json.JSONDecodeError):
            why = f"one of its numbers has more than {sys.get_int_max_str_digits()} digits"
            raise NotANotebook(f"it is not a notebook ({why})") from None
        if _WEB_PAGE.match(text):
            raise NotANotebook("it is a web page, not a notebook") from None
        raise NotANotebook("it is not a notebook (its text is not JSON, or breaks off)") from None
    return tidy(content)


def number_of_values(text: str) -> int:
    """Count the values in a JSON text without building them.

    Args:
        text: the text.

    Returns:
        At least as many as there are.
    """
    return 1 + sum(map(text.count, "[{,"))


def tidy(content: object) -> NotebookNode:
    """Keep what grading needs of a notebook, in nbformat's newest version.

    Args:
        content: a notebook in nbformat 2, 3 or 4, as JSON describes it; or anything else.

    Returns:
        A valid notebook without outputs.

    Raises:
        NotANotebook: there are no cells, or too many.
    """
    tidied, ids = nbformat.v4.new_notebook(), set()
    for number, cell in enumerate(_cells(content)):
        if number == MOST_CELLS:
            raise NotANotebook(f"it has more than {MOST_CELLS} cells")
        kept = _tidy_cell(cell)
        own = str(cell.get("id", ""))
        if _CELL_ID.fullmatch(own) and own not in ids:
            kept["id"] = own
        ids.add(kept["id"])
        tidied.cells.append(kept)
    return tidied


def _cells(content) -> Iterator[Mapping[str, Any]]:
    """The cells of a notebook; up to nbformat 3, they are in worksheets."""
    if not isinstance(content, Mapping):
        raise NotANotebook("it is not a notebook (its JSON is something else)")
    sheets = content.get("worksheets") if "cells" not in content else [content]
    if not isinstance(sheets, list):
        raise NotANotebook("it is not a notebook (its JSON has no cells)")
    for sheet in sheets:
        cells = sheet.get("cells") if isinstance(sheet, Mapping) else None
        if not isinstance(cells, list) or not all(isinstance(cell, Mapping) for cell in cells):
            raise NotANotebook("it is not a notebook (its cells are something else)")
        yield from cells


def _tidy_cell(cell):
    text = _text(cell.get("source", cell.get("input")))
    kind = cell.get("cell_type", "code")
    if kind == "code":
        kept = nbformat.v4.new_code_cell(text)
    elif kind == "raw":
        kept = nbformat.v4.new_raw_cell(text)
    else:
        # Up to nbformat 3, a heading is a cell of its own.
        kept = nbformat.v4.new_markdown_cell(f"## {text}" if kind == "heading" else text)
        kept.update(_attachments(cell.get("attachments")))
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, Mapping) else None
    if isinstance(tags, list):
        kept.metadata["tags"] = sorted({_text(tag) for tag in tags if _TAG.fullmatch(_text(tag))})
    return kept


def _attachments(attachments):
    """The attachments that are data in a known form, as {"attachments": {name: {type: data}}}."""
    if not isinstance(attachments, Mapping):
        return {}
    kept = {
        _text(name): {_text(kind): _text(data) for kind, data in kinds.items()}
        for name, kinds in attachments.items()
        if isinstance(kinds, Mapping)
    }
    return {"attachments": kept} if kept else {}


def _text(value):
    """The text of a cell, which may be written as a list of lines; "" for anything else."""
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    # JSON can hold halves of characters, which no file can.
    return _HALF_CHARACTERS.sub("?", value) if isinstance(value, str) else ""
