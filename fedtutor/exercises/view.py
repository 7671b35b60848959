"""How exercises talk to a learner: as HTML in JupyterLab and Colab, as text in a terminal.

The HTML takes its colors from the page around it, light or dark, and adds a colored bar; a sign and a
word say the same without color.
"""

import html
import re
import sys

from fedtutor.exercises.outcome import BROKEN, CORRECT, NOT_ATTEMPTED, NOT_YET

_SIGNS = {NOT_ATTEMPTED: "○", NOT_YET: "✗", CORRECT: "✓", BROKEN: "!"}
# Okabe and Ito's blue, vermilion, green and orange, as in the figures.
_BARS = {NOT_ATTEMPTED: "#0072B2", NOT_YET: "#D55E00", CORRECT: "#009E73", BROKEN: "#E69F00"}


class Note:
    """Something to show.

    Args:
        title: comes first, in bold.
        text: what there is to say; code is between backquotes.
        foot: what to do next; may have several lines.
        status: an outcome's status, for the sign and the bar; None for neither.
        code: lines of code to show below, or None.
    """

    def __init__(self, title, text="", *, foot="", status=None, code=None):
        self._title, self._text, self._foot = title, text, foot
        self._status, self._code = status, code

    def __repr__(self):
        sign = f"{_SIGNS[self._status]} " if self._status else ""
        lines = [f"{sign}{self._title}. {self._text}".rstrip(), self._code, self._foot]
        return "\n".join(line for line in lines if line)

    def _repr_html_(self):
        sign = f"{_SIGNS[self._status]}&nbsp;" if self._status else ""
        parts = [f"<strong>{sign}{_inline(self._title)}.</strong> {_inline(self._text)}"]
        parts += [f"<pre>{html.escape(self._code)}</pre>"] if self._code else []
        parts += [f"<div>{_inline(line)}</div>" for line in self._foot.splitlines()]
        bar = _BARS.get(self._status, "#888888")
        style = f"border-left: 4px solid {bar}; padding: 2px 10px; margin: 4px 0; max-width: 46em"
        return f'<div style="{style}">{"".join(parts)}</div>'


def show(note):
    """Show a note where the learner is: below the cell, or in the terminal."""
    if "IPython" in sys.modules:
        from IPython import get_ipython
        from IPython.display import display

        if get_ipython() is not None:
            display(note)
            return
    print(note)


def _inline(text):
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))
