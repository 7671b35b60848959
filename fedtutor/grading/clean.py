"""Cleans a notebook, so that whatever shows it in a browser runs nothing and loads nothing.

A learner's notebook is shown to an instructor by JupyterLab, by nbgrader's Formgrader and on the page of
feedback. Each of them has its own way to turn a notebook into HTML. So the notebook itself is cleaned, and
is stored like that: it is built again from what is allowed, and nothing else is kept.

    code          as it is; what can't be seen is written as an escape sequence
    Markdown      the course's own text and plain text as they are; the rest as HTML from `markup`
    raw cells     as plain text
    outputs       text without escape sequences, HTML from `markup`, and raster images
    metadata      what nbgrader needs, a cell's tags, and an image's size and alternative text
"""

import functools
import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode, v4

from fedtutor import lessons
from fedtutor.grading import markup

MAX_CELLS = 1000

# Text of this kind means the same in plain text and in Markdown, apart from headings, lists and emphasis.
_HARMLESS = re.compile(r"[\w \n.,;:?!()'\"*#+=/%-]{0,2000}")
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_NAME, _ID = re.compile(r"[\w-]{1,100}", re.A), re.compile(r"[\w-]{1,64}", re.A)


@dataclass
class _Allowance:
    """How much more of a notebook is shown: numbers of things, or of characters."""

    outputs: int = 2_000
    images: int = 200
    image_text: int = 30_000_000
    text: int = 1_000_000
    # These take more time to show than their length says.
    code: int = 100_000
    markdown: int = 100_000
    # Much of it may show nothing.
    html: int = 2_000_000

    def take(self, kind, amount):
        """Whether it is enough. If not, nothing is left."""
        left = getattr(self, kind) - amount
        setattr(self, kind, max(left, 0))
        return left >= 0

    def take_source(self, kind, source):
        """Whether it is enough to convert a text. What is too long for that takes nothing."""
        length, is_ours = len(markup.without_images(source)), markup.SAFE.fullmatch(source)
        if length > (markup.MAX_SAFE if is_ours else markup.MAX_HTML):
            return True
        return self.take("html" if is_ours else kind, length)

    def take_html(self, safe):
        """Whether it is enough for HTML with its images."""
        text = markup.without_images(safe)
        return (
            self.take("text", len(text))
            and self.take("images", safe.count("<img "))
            and self.take("image_text", len(safe) - len(text))
        )


def clean(nb: NotebookNode, *, before_running: bool = False) -> None:
    """Clean a notebook.

    Cleaning it once more changes nothing.

    Args:
        nb: the notebook; changed in place. Nothing in it needs to have the type that it should have.
        before_running: True leaves all code as it is.
    """
    allowance = _Allowance()
    given = [cell for cell in _list(nb.get("cells")) if isinstance(cell, Mapping)]
    # The cells with points get their share first, then the answers; no other cell may use it up.
    order = sorted(range(len(given)), key=lambda i: _rank(_nbgrader(given[i])))
    if not before_running:
        order = order[:MAX_CELLS]
    written = {i: _cell(given[i], allowance, before_running) for i in order}
    nb.cells = [written[i] for i in sorted(written)]
    if len(given) > len(nb.cells):
        left_out = f"[{len(given) - len(nb.cells):,} more cells were left out]"
        nb.cells.append(v4.new_markdown_cell(markup.from_plain(left_out)))
    _make_ids_unique(nb.cells)
    nb.nbformat, nb.nbformat_minor = v4.nbformat, v4.nbformat_minor
    nb.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for key in set(nb) - {"cells", "metadata", "nbformat", "nbformat_minor"}:
        del nb[key]


@functools.cache
def own_texts() -> Container[str]:
    """Collect the Markdown of the course's own lessons.

    Returns:
        The texts of the cells; empty if the package is not in a checkout.
    """
    try:
        notebooks = [json.loads(path.read_text("utf-8")) for path in lessons.paths().values()]
    except lessons.LessonsError:
        return frozenset()
    cells = [cell for notebook in notebooks for cell in notebook["cells"]]
    return frozenset(_text(c["source"]) for c in cells if c["cell_type"] == "markdown")


def _cell(cell, allowance, before_running):
    new = _new_cell(cell, allowance, before_running)
    new.id = id if _ID.fullmatch(id := _text(cell.get("id"))) else ""
    return new


def _new_cell(cell, allowance, before_running):
    kind, source = cell.get("cell_type"), _text(cell.get("source"))
    metadata = {"tags": tags} if (tags := _tags(cell)) else {}
    if nbgrader := _nbgrader(cell):
        metadata["nbgrader"] = nbgrader
    if kind == "code":
        if before_running:
            source = source.encode("utf-8", "replace").decode()
        else:
            source = markup.visible(source)
            if not allowance.take("code", len(source)):
                source = f"# {_TOO_MUCH}"
        return v4.new_code_cell(
            source,
            metadata=metadata,
            execution_count=_number(cell.get("execution_count")),
            outputs=_outputs(cell.get("outputs"), allowance),
        )
    if not allowance.text:
        source = markup.from_plain(_TOO_MUCH)
    elif kind == "markdown":
        source = _markdown(source, cell.get("attachments"), allowance)
    else:
        source = markup.from_plain(source)
    if not allowance.take_html(source):
        source = markup.from_plain(_TOO_MUCH)
    return v4.new_markdown_cell(source, metadata=metadata)


def _markdown(source, attachments, allowance):
    if source in own_texts():
        return source
    if _HARMLESS.fullmatch(source):
        return source
    if not allowance.take_source("markdown", source):
        return markup.from_plain(source)
    return markup.from_markdown(source, _attached(attachments))


def _attached(attachments):
    """The images in a cell's attachments, as {address: base64 text}."""
    return {
        f"attachment:{name}": _text(data)
        for name, types in _dict(attachments).items()
        for key, data in _dict(types).items()
        if key in _IMAGES
    }


def _outputs(outputs, allowance):
    outputs = [out for out in _list(outputs) if isinstance(out, Mapping)]
    shown = [_output(out, allowance) for out in outputs if allowance.take("outputs", 1)]
    if len(outputs) > len(shown):
        left_out = f"[{len(outputs) - len(shown):,} more outputs were left out]\n"
        shown.append(v4.new_output("stream", name="stdout", text=left_out))
    return shown


def _output(out, allowance):
    kind = out.get("output_type")
    if not allowance.text:
        return v4.new_output("stream", name="stdout", text=_TOO_MUCH)
    if kind == "error":
        name, message = (markup.readable(_text(out.get(key)), 1000) for key in ("ename", "evalue"))
        lines = markup.readable("\n".join(_text(line) for line in _list(out.get("traceback"))))
        lines = _limited(lines, allowance).split("\n")
        return v4.new_output("error", ename=name, evalue=message, traceback=lines)
    if kind == "stream":
        name = "stderr" if out.get("name") == "stderr" else "stdout"
        text = _limited(markup.readable(_text(out.get("text"))), allowance)
        return v4.new_output("stream", name=name, text=text)
    data, metadata = _data(_dict(out.get("data")), _dict(out.get("metadata")), allowance)
    new = v4.new_output("display_data", data=data, metadata=metadata)
    if kind == "execute_result":
        new = v4.new_output("execute_result", data=data, metadata=metadata)
        new.execution_count = _number(out.get("execution_count"))
    return new


def _data(data, metadata, allowance):
    """Clean the data of an output, in each of its types, and its metadata."""
    shown, about = {}, {}
    for kind, convert in (("html", markup.from_html), ("markdown", markup.from_markdown)):
        if f"text/{kind}" in data and not shown:
            source = _text(data[f"text/{kind}"])
            if not allowance.take_source(kind, source):
                convert = markup.from_plain
            safe = convert(source)
            shown["text/html"] = safe if allowance.take_html(safe) else markup.from_plain(_TOO_MUCH)
    for key in _IMAGES:
        image = markup.raster(_text(data.get(key)))
        if image and allowance.take("images", 1) and allowance.take("image_text", len(image[1])):
            shown[image[0]] = image[1]
            about[image[0]] = _about_image(_dict(metadata.get(key)))
    text = _text(data.get("text/plain"))
    if not text or text.startswith("<"):  # "<IPython.core.display.Latex object>"
        text = _text(data.get("text/latex")) or text
    lines = [markup.readable(text)] if text else []
    left_out = sorted(re.sub(r"[^\w./+-]", "?", key[:80]) for key in data if key not in _TEXTS)
    if left_out and not shown:
        lines.append(f"[left out: {', '.join(left_out[:5])}]")
    if lines or not shown:
        shown["text/plain"] = _limited("\n".join(lines), allowance)
    return shown, about


_TEXTS = ("text/html", "text/markdown", "text/plain", "text/latex")


def _about_image(metadata):
    about = {"alt": markup.readable(alt, 1000)} if (alt := _text(metadata.get("alt"))) else {}
    for key in ("width", "height"):
        if size := _number(metadata.get(key)):
            about[key] = min(size, 2000)
    return about


_TOO_MUCH = "[left out: this notebook shows too much text]"


def _limited(text, allowance):
    return text if allowance.take("text", len(text)) else _TOO_MUCH


def _nbgrader(cell):
    """What nbgrader needs in a cell's metadata; empty if it has none, or none that makes sense."""
    given = _dict(_dict(cell.get("metadata")).get("nbgrader"))
    grade_id, checksum = _text(given.get("grade_id")), _text(given.get("checksum"))
    if not _NAME.fullmatch(grade_id):
        return {}
    version = _number(given.get("schema_version"))
    kept = {"grade_id": grade_id, "schema_version": version or 3}
    kept |= {key: given.get(key) is True for key in ("grade", "locked", "solution", "task")}
    for key in ("points", "score"):
        if type(given.get(key)) in (int, float):
            kept[key] = given[key]
    if re.fullmatch("[0-9a-f]{32}", checksum):
        kept["checksum"] = checksum
    if given.get("cell_type") in ("code", "markdown"):
        kept["cell_type"] = given["cell_type"]
    # The instructor's comment. nbgrader writes it into these cells only, over what was there.
    if (kept["solution"] or kept["task"]) and isinstance(given.get("comment"), str):
        kept["comment"] = given["comment"]
    return kept


def _tags(cell):
    tags = map(_text, _list(_dict(cell.get("metadata")).get("tags"))[:20])
    return list(dict.fromkeys(tag for tag in tags if _NAME.fullmatch(tag)))


def _rank(nbgrader):
    return 2 if not nbgrader else 0 if nbgrader["grade"] else 1


def _make_ids_unique(cells):
    seen = set()
    for number, cell in enumerate(cells):
        while not cell.id or cell.id in seen:
            cell.id = f"cell-{number}" if not cell.id else f"{cell.id[:50]}-{number}"
        seen.add(cell.id)


def _number(value):
    return value if type(value) is int and 0 <= value < 10**6 else None


def _text(value):
    """A text that a notebook holds in one piece or in lines; empty if it is no text."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _dict(value):
    return value if isinstance(value, Mapping) else {}


def _list(value):
    return value if isinstance(value, list) else []
