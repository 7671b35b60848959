"""What a lesson claims, and how the claims of two runs differ; for tools/shake.py."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

ANNOTATIONS = "-- written in the figure:"  # as in perturbed/sitecustomize.py
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?%?")


@dataclass(frozen=True)
class Change:
    """A line that came out differently.

    Attributes:
        place: where, such as "cell 23 (epochs)".
        before, after: the line; "" where there is none.
    """

    place: str
    before: str
    after: str

    @property
    def numbers(self) -> list[tuple[str, str]]:
        """Each number that changed; empty where more than numbers changed."""
        if NUMBER.sub("#", self.before) != NUMBER.sub("#", self.after):
            return []
        pairs = zip(NUMBER.findall(self.before), NUMBER.findall(self.after))
        return [(before, after) for before, after in pairs if before != after]

    def __str__(self):
        told = ", ".join(f"{before} became {after}" for before, after in self.numbers)
        return "\n".join(
            [
                f"{self.place}: {told or 'another text'}",
                f"    - {self.before}",
                f"    + {self.after}",
            ]
        )


def changed_lines(place: str, before: str, after: str) -> list[Change]:
    """The lines in which two texts differ, in pairs."""
    old, new = before.splitlines(), after.splitlines()
    found = []
    for kind, begin, end, first, last in difflib.SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if kind != "equal":
            lines = max(end - begin, last - first)
            one, other = old[begin:end], new[first:last]
            one += [""] * (lines - len(one))
            other += [""] * (lines - len(other))
            found += [Change(place, *pair) for pair in zip(one, other)]
    return found


def claims(notebook: dict) -> dict[str, str]:
    """What a lesson's checked cells and exercises print, and its figures' titles, as {place: text}."""
    found = {}
    for place, cell in _code_cells(notebook):
        if _is_checked(cell):
            found[place] = _printed(cell)
        if titles := [text.partition(f"\n{ANNOTATIONS}")[0] for text in _of_figures(cell)]:
            found[f"{place}, title"] = "\n".join(titles)
    return found


def unchecked(notebook: dict) -> dict[str, str]:
    """What else a lesson shows: other cells' outputs, what is written in figures."""
    found = {}
    for place, cell in _code_cells(notebook):
        if not _is_checked(cell):
            found[place] = _printed(cell)
        if notes := [text.partition(f"\n{ANNOTATIONS}")[2] for text in _of_figures(cell)]:
            found[f"{place}, in the figure"] = "\n".join(notes)
    return found


def _is_checked(cell: dict) -> bool:
    return not {"nbval-check-output", "exercise"}.isdisjoint(cell["metadata"].get("tags", []))


def _of_figures(cell: dict) -> list[str]:
    pictures = (output.get("metadata", {}).get("image/png") for output in cell["outputs"])
    return [picture.get("alt", "") for picture in pictures if picture]


def _code_cells(notebook: dict):
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            yield f"cell {number} ({cell['id']})", cell


def _printed(cell: dict) -> str:
    texts = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        text = output.get("text", "" if "image/png" in data else data.get("text/plain", ""))
        texts.append(text if isinstance(text, str) else "".join(text))
    return "\n".join(filter(None, texts))


def compare(before: dict[str, str], after: dict[str, str]) -> list[Change]:
    """What changed between two dictionaries of texts by place."""
    places = [*before, *(place for place in after if place not in before)]
    return [
        change
        for place in places
        for change in changed_lines(place, before.get(place, ""), after.get(place, ""))
    ]
