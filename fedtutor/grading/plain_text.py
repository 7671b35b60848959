"""Text that others wrote (names, notes), made safe for a terminal, a table and a file's name."""

import re
import unicodedata

# Control characters; invisible ones, among them those that change the direction of reading; halves of
# characters. Two of the invisible ones (zero width joiners) belong to names in several languages.
_UNSAFE_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"
# Letters and signs that show nothing, but aren't in these categories.
_UNSEEN = {
    *_JOINERS,
    *map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800)),
}
_UNSEEN |= {chr(code) for first in (0xFE00, 0xE0100) for code in range(first, first + 16)}
_OTHER_MARKS = str.maketrans("“”", '""')
_LINE_BREAK = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")

# What a spreadsheet changes. A text becomes a formula, also in East Asian width; and also after a
# semicolon, which ends a cell where the comma is the decimal sign. A number loses its leading zeros, or
# its digits after the fifteenth. An apostrophe prevents both.
_FORMULA = r"""["'\s]*[=+\-@＝＋－＠]"""
_NUMBER = r"'*(?:0[0-9]+|[0-9]{16,}|[0-9.]+[eE][+-]?[0-9]+)\s*$"
_CHANGED = re.compile(rf"^(?={_NUMBER})|(?:^|(?<=;))(?={_FORMULA})")
_PREVENTED = re.compile(rf"^'(?={_NUMBER})|(?:^|(?<=;))'(?={_FORMULA})")

# Most file systems allow 255 bytes for a name; the page's name also has a lesson, and may get a number.
_MOST_BYTES = 180


def one_line(text: str, most: int = 300) -> str:
    """Turn any text into one harmless line.

    Args:
        text: a text that may hold line breaks, control characters and half characters.
        most: the largest number of characters.

    Returns:
        The text without line breaks; each other character that isn't visible is replaced by "�".
    """
    line = "".join(
        "\ufffd" if unicodedata.category(c) in _UNSAFE_CATEGORIES and c not in _JOINERS else c
        for c in _LINE_BREAK.sub(" ", text)
    )
    return line if len(line) <= most else line[: most - 1] + "…"


def quoted(text: str, most: int) -> str:
    """Quote a text that others wrote, so that nobody takes it for ours.

    Args:
        text: any text.
        most: the largest number of its characters.

    Returns:
        One harmless line between quotation marks, which the text itself can't close.
    """
    return f"“{one_line(text, most).translate(_OTHER_MARKS)}”"


def to_table(value: object) -> object:
    """Prepare a value for a table that is opened in a spreadsheet.

    Args:
        value: anything; only texts are changed.

    Returns:
        The value; in a text, an apostrophe stands before what a spreadsheet would take for a formula or
        write as another number.
    """
    return _CHANGED.sub("'", value) if isinstance(value, str) else value


def from_table(text: str) -> str:
    """Undo `to_table`.

    Args:
        text: a text from a table.

    Returns:
        The text that `to_table` was given.
    """
    return _PREVENTED.sub("", text)


def appearance(text: str) -> str:
    """Bring a text into a form in which texts that look alike are equal.

    Letters of different alphabets that look alike stay different.

    Args:
        text: one line.

    Returns:
        The text with each letter composed in one way, without what can't be seen.
    """
    letters = (c for c in unicodedata.normalize("NFKC", text) if c not in _UNSEEN)
    return " ".join("".join(letters).split())


def file_name(text: str) -> str:
    """Turn a text into the beginning of a file's name.

    Args:
        text: a learner's name, for example.

    Returns:
        A name without special characters, at most 180 bytes long, and never empty.
    """
    name = "".join(c if c.isalnum() or c in "-_. " else "_" for c in text)
    # Cut at a whole character.
    name = name.encode("utf-8", "replace")[:_MOST_BYTES].decode("utf-8", "ignore")
    return name.lstrip("-. ").rstrip(". ") or "learner"
