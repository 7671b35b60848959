"""The bar that counts the rounds: in a terminal, in JupyterLab and in Colab.

In a terminal it is tqdm's. In a notebook it is one HTML element that is updated in place: it needs
no widgets, still shows its last state when the notebook is opened again, and says the same as text.
"""

import html
import sys

from tqdm import tqdm


class Progress:
    """Counts to `total` and shows the newest numbers beside the count. Use it with `with`.

    Args:
        total: how many steps there are.
        unit: what one step is called, in the singular.
        done: how many of them are already done, for a run that is continued.
        show: False keeps it silent.
    """

    def __init__(
        self, total: int, *, unit: str = "round", done: int = 0, show: bool = True
    ) -> None:
        self._total, self._unit, self._done, self._note = total, unit, done, ""
        self._bar = self._display = None
        self._where = _where() if show else None

    def __enter__(self) -> "Progress":
        if self._where == "terminal":
            self._bar = tqdm(total=self._total, initial=self._done, unit=self._unit, ncols=80)
        elif self._where == "notebook":
            from IPython.display import display

            self._display = display(self._bundle(), raw=True, display_id=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self, **numbers: float) -> None:
        """One more step is done; `numbers` are shown with three decimals."""
        self._done += 1
        self._note = ", ".join(f"{name} {value:.3f}" for name, value in numbers.items())
        if self._bar is not None:
            self._bar.set_postfix_str(self._note, refresh=False)
            self._bar.update()
        elif self._display is not None:
            self._display.update(self._bundle(), raw=True)

    def _bundle(self):
        text = f"{self._unit} {self._done} of {self._total}"
        if self._note:
            text += f": {self._note}"
        bar = (
            f'<label><progress max="{self._total}" value="{self._done}"></progress> '
            f"{html.escape(text)}</label>"
        )
        return {"text/plain": text, "text/html": bar}


def _where():
    """ "notebook", "terminal", or None where nobody watches (a log file, a test)."""
    if "IPython" in sys.modules:
        from IPython import get_ipython

        shell = get_ipython()
        if shell is not None and hasattr(shell, "kernel"):
            return "notebook"
    return "terminal" if sys.stderr.isatty() else None
