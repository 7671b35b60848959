"""Builds the lessons into a site that can be read without running anything.

    python tools/pages.py            writes build/site (`make site`)

The README is its front page, with the table of lessons as the map; the pages are the notebooks as they
were committed, figures and all. Nothing is executed and nothing is fetched.

Sphinx with MyST-NB and the theme Furo: all three are maintained, and together they bring the search,
the ways forward and back, the dark mode and the narrow screens.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tomllib
from pathlib import Path

from docutils.nodes import SkipNode
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
SOURCE, TARGET = BUILD / "site-source", BUILD / "site"
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]

LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
MORE = {"README.md": "index.md"} | {
    name: name for name in ("docs/instructors.md", "CONTRIBUTING.md", "data/README.md")
}
STYLE = ROOT / "tools" / "pages.css"

SETTINGS = {
    "project": "fedtutor",
    "extensions": ["myst_nb", __name__],
    "myst_enable_extensions": ["dollarmath", "amsmath"],
    "myst_update_mathjax": False,
    "html_math_renderer": "mathml",
    "nb_execution_mode": "off",
    "myst_heading_anchors": 3,
    "html_theme": "furo",
    "html_title": "fedtutor",
    "html_static_path": [str(STYLE)],
    "html_css_files": [STYLE.name],
    "html_copy_source": False,
    "html_show_sphinx": False,
    "html_show_copyright": False,
    "html_theme_options": {
        "navigation_with_keys": True,
        "light_css_variables": {"color-brand-primary": "#0072B2", "color-brand-content": "#0072B2"},
        "dark_css_variables": {"color-brand-primary": "#56B4E9", "color-brand-content": "#56B4E9"},
    },
}


def setup(app: Sphinx) -> None:
    """Formulas become MathML, which browsers show by themselves: MathJax would have to be fetched."""

    def visit(as_block: bool):
        def visit_math(self, node):
            formula = latex2mathml.tex2mathml(node.astext(), as_block=as_block)
            self.body.append(f'<div class="math">{formula}</div>' if as_block else formula)
            raise SkipNode

        return visit_math, None

    app.add_html_math_renderer("mathml", visit(False), visit(True))


def page(text: str, folder: Path) -> str:
    """A page's markdown, with links to files that are not on the site leading to the repository."""

    def link(match: re.Match) -> str:
        target, mark, part = match[1].partition("#")
        path = os.path.normpath(folder / target)
        if path in MORE:
            path = os.path.relpath(MORE[path], folder)
            return f"]({path}{mark}{part})"
        if path.endswith((".ipynb", ".png")):
            return match[0]
        return f"]({REPOSITORY}/blob/main/{path})"

    # Colab's badge lies on Colab's server; a button of our own needs no server.
    text = re.sub(
        r"\[!\[Open in Colab\]\([^)]+\)\]\(([^)]+)\)",
        r'<a class="colab" href="\1">Open in Colab</a>',
        text,
    )
    return re.sub(r"\]\((?![a-z]+:|#)([^)\s]+)\)", link, text)


def lesson(text: str) -> str:
    """A notebook, with the alternative texts of its figures where MyST-NB looks for them."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = page("".join(cell["source"]), Path("notebooks"))
        alts = [
            output["metadata"]["image/png"]["alt"]
            for output in cell.get("outputs", [])
            if "alt" in output.get("metadata", {}).get("image/png", {})
        ]
        if alts:
            cell["metadata"]["mystnb"] = {"image": {"alt": " ".join(alts)}}
    return json.dumps(notebook)


def contents(caption: str, pages: list[str]) -> str:
    lines = [f":caption: {caption}", ":hidden:", "", *pages]
    return "\n".join(["", "```{toctree}", *lines, "```", ""])


def gather() -> None:
    """Lay out the pages in SOURCE as they lie in the repository, so that links between them hold."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    for folder in ("notebooks", "docs", "data"):
        (SOURCE / folder).mkdir(parents=True)
    for name in LESSONS:
        path = Path("notebooks", f"{name}.ipynb")
        (SOURCE / path).write_text(lesson((ROOT / path).read_text()))
    for name, place in MORE.items():
        text = page((ROOT / name).read_text(), Path(name).parent)
        (SOURCE / place).write_text(text)
    for picture in (ROOT / "docs").glob("*.png"):
        shutil.copy(picture, SOURCE / "docs")
    with (SOURCE / "index.md").open("a") as front:
        front.write(contents("Lessons", [f"notebooks/{name}" for name in LESSONS]))
        front.write(contents("More", [name.removesuffix(".md") for name in list(MORE)[1:]]))


def main() -> int:
    gather()
    shutil.rmtree(TARGET, ignore_errors=True)
    site = Sphinx(
        SOURCE, None, TARGET, BUILD / "site-doctrees", "html", SETTINGS,
        status=None, freshenv=True, warningiserror=True,
    )  # fmt: skip
    site.build()
    # GitHub Pages would leave out folders that begin with an underscore, as Sphinx's do.
    (TARGET / ".nojekyll").touch()
    print(f"wrote {TARGET.relative_to(ROOT)}/index.html")
    return site.statuscode


if __name__ == "__main__":
    sys.exit(main())
