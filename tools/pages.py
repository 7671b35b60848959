"""Builds a website of the lessons, to be read without running anything.

    python tools/pages.py            writes build/site (`make site`)

The README is the front page, and its table of lessons is the table of contents. The other pages are
the notebooks as they were committed, including their figures. Nothing is executed or downloaded.

It uses Sphinx with MyST-NB and the theme Furo. All three are maintained, and together they provide the
search, the links to the previous and next page, a dark mode, and a layout for narrow screens.
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
# The tag of a cell whose result the reader is asked to predict.
PREDICTION = "prediction"
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
    """Sphinx calls this to set up an extension, which is this module.

    It renders formulas as MathML, which browsers support directly. MathJax would have to be downloaded.

    Args:
        app: the Sphinx application.
    """

    def visit(as_block: bool):
        def visit_math(self, node):
            formula = latex2mathml.tex2mathml(node.astext(), as_block=as_block)
            self.body.append(f'<div class="math">{formula}</div>' if as_block else formula)
            raise SkipNode

        return visit_math, None

    app.add_html_math_renderer("mathml", visit(False), visit(True))


def convert_markdown(text: str, folder: Path) -> str:
    """Adapt a page's links and badges to the site.

    Links to files that are not on the site lead to the repository instead.

    Args:
        text: Markdown.
        folder: the folder of the page, relative to the root of the repository.

    Returns:
        The Markdown for the site.
    """

    def convert_link(match: re.Match) -> str:
        target, hash_sign, anchor = match[1].partition("#")
        path = os.path.normpath(folder / target)
        if path in MORE:
            path = os.path.relpath(MORE[path], folder)
            return f"]({path}{hash_sign}{anchor})"
        if path.endswith((".ipynb", ".png")):
            return match[0]
        return f"]({REPOSITORY}/blob/main/{path})"

    # The image of the Colab badge is on Colab's server. Our own button needs no server.
    text = re.sub(
        r"\[!\[Open in Colab\]\([^)]+\)\]\(([^)]+)\)",
        r'<a class="colab" href="\1">Open in Colab</a>',
        text,
    )
    return re.sub(r"\]\((?![a-z]+:|#)([^)\s]+)\)", convert_link, text)


def convert_notebook(text: str) -> str:
    """Adapt a notebook to the site.

    The alternative texts of its figures are moved to where MyST-NB looks for them. What is folded in
    JupyterLab is folded on the site, and so are the results that the reader is asked to predict.

    Args:
        text: the notebook as JSON.

    Returns:
        The notebook for the site, as JSON.
    """
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = convert_markdown("".join(cell["source"]), Path("notebooks"))
        alts = [
            output["metadata"]["image/png"]["alt"]
            for output in cell.get("outputs", [])
            if "alt" in output.get("metadata", {}).get("image/png", {})
        ]
        tags = cell["metadata"].setdefault("tags", [])
        if cell["metadata"].get("jupyter", {}).get("source_hidden"):
            tags.append("hide-input")
        if PREDICTION in tags:
            tags.append("hide-output")
        if alts:
            cell["metadata"]["mystnb"] = {"image": {"alt": " ".join(alts)}}
    return json.dumps(notebook)


def table_of_contents(caption: str, pages: list[str]) -> str:
    """Make a table of contents for the sidebar.

    Args:
        caption: the heading of the table.
        pages: paths of pages, without their extensions.

    Returns:
        Markdown.
    """
    lines = [f":caption: {caption}", ":hidden:", "", *pages]
    return "\n".join(["", "```{toctree}", *lines, "```", ""])


def gather_sources() -> None:
    """Write the pages into SOURCE, arranged as in the repository so that links between them work."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    for folder in ("notebooks", "docs", "data"):
        (SOURCE / folder).mkdir(parents=True)
    for name in LESSONS:
        path = Path("notebooks", f"{name}.ipynb")
        (SOURCE / path).write_text(convert_notebook((ROOT / path).read_text()))
    for name, target in MORE.items():
        text = convert_markdown((ROOT / name).read_text(), Path(name).parent)
        (SOURCE / target).write_text(text)
    for picture in (ROOT / "docs").glob("*.png"):
        shutil.copy(picture, SOURCE / "docs")
    with (SOURCE / "index.md").open("a") as front:
        front.write(table_of_contents("Lessons", [f"notebooks/{name}" for name in LESSONS]))
        front.write(
            table_of_contents("More", [name.removesuffix(".md") for name in list(MORE)[1:]])
        )


def main() -> int:
    """Build the site in TARGET.

    Returns:
        The exit status: 0 if the site was built without a warning.
    """
    gather_sources()
    shutil.rmtree(TARGET, ignore_errors=True)
    site = Sphinx(
        SOURCE, None, TARGET, BUILD / "site-doctrees", "html", SETTINGS,
        status=None, freshenv=True, warningiserror=True,
    )  # fmt: skip
    site.build()
    # Without this file, GitHub Pages leaves out folders whose names start with "_", such as Sphinx's.
    (TARGET / ".nojekyll").touch()
    print(f"wrote {TARGET.relative_to(ROOT)}/index.html")
    return site.statuscode


if __name__ == "__main__":
    sys.exit(main())
