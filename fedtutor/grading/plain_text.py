"""Text that others wrote (names, notes), made safe for a terminal, a table and a file's name."""

import re
import unicodedata

# Control characters; invisible ones, among them those that change the direction of reading; halves of
# characters. Two of the invisible ones (zero width joiners) belong to names in several languages.
_UNSAFE_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"
_OTHER_MARKS = str.maketrans("“”", '""')
_LINE_BREAK = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")

# What a spreadsheet takes for a formula, also in East Asian width; and the apostrophe that prevents it.
_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]")

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
        The value; a text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def from_table(text: str) -> str:
    """Undo `to_table`.

    Args:
        text: a text from a table.

    Returns:
        The text that `to_table` was given.
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


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
