"""Turns text that can't be trusted into HTML that nothing can misread.

What comes out is one line: a few tags without classes, ids or styles, links to the web, embedded images,
and text in which every character but letters, digits and spaces is a number ("&#60;"). So it means the
same to everything that reads it, in a page or in a Markdown cell: no text in it can turn into a tag, a
link or an equation. The pattern `SAFE` says the same.

Nothing of the input is passed on as it was: the HTML is built again from what a simple parser finds.
"""

import base64
import html
import io
import re
import string
import urllib.parse
import warnings
from collections.abc import Mapping

from mistune import HTMLRenderer
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from PIL import Image

# Markdown can take quadratic time: 5,000 characters take less than half a second, a million could take
# hours. The longest Markdown cell of a lesson has about 2,000 characters.
MAX_MARKDOWN = 5_000
# Without images. The largest table that pandas shows by default has about 60,000 characters.
MAX_HTML = 200_000
# Of what was written here: a character becomes ten at most.
MAX_SAFE = 11 * MAX_HTML
MAX_PLAIN = 50_000
# Pygments, too, can take quadratic time. The longest code cell of a lesson has about 2,000 characters.
MAX_CODE = 10_000
# In one text. Each takes time, even if it turns out to be no image.
MAX_IMAGES = 1_000
# A small file can unpack to an image that fills the memory of whatever shows it.
MAX_PIXELS = 20_000_000

_TAGS = frozenset(
    "b blockquote code del details div em h1 h2 h3 h4 h5 h6 i kbd li ol p pre s small span strong sub "
    "summary sup table tbody td tfoot th thead tr u ul".split()
)
_EMPTY_TAGS = frozenset({"br", "hr"})
# What these contain is no text for a reader.
_SILENT = frozenset(
    "applet canvas head iframe math noembed noframes noscript object script select style svg template "
    "textarea title xmp".split()
)
_MAX_DEPTH = 40

# Equations are shown as they were typed, because TeX can make links, and macros that never end.
_OPEN, _CLOSE = '<div class="tex2jax_ignore mathjax_ignore">', "</div>"
_CHARACTER = r"(?:[^\W_]| |&#\d++;)"
_TEXT = rf"{_CHARACTER}*+"
# "*+" never goes back: for "*", Python keeps a hundred bytes or more per character.
SAFE = re.compile(
    rf"{_OPEN}(?:{_CHARACTER}|</?(?:{'|'.join(_TAGS)})>|<br>|<hr>"
    r'|<t[dh](?: (?:col|row)span="\d+")++>'
    rf'|<a rel="noreferrer noopener" href="(?:https?&#58;|mailto&#58;|&#35;){_TEXT}">|</a>'
    rf'|<img alt="{_TEXT}" src="data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]++=*+">'
    rf")*+(?<={_CLOSE})"
)

# What a terminal obeys, and what hides or reorders text. Tabs and line breaks are fine.
_ESCAPES = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?")
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_DATA_URL = re.compile(r"data:image/[a-z]{3,4};base64,([A-Za-z0-9+/=]+)")
_LINK = re.compile(r"https?://|mailto:|#", re.I)
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def readable(text: str, most: int = MAX_PLAIN) -> str:
    """Make text fit to be shown: without escape sequences and control characters, cut if it is long.

    Args:
        text: what a program printed.
        most: the largest number of characters.

    Returns:
        The text as a terminal would show it, without colors; where it was cut, it says so.
    """
    text, note = _cut(text, most)
    text = _ESCAPES.sub("", text)
    # A progress bar returns to the beginning of the line and writes over it.
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    text = _CONTROLS.sub("", "\n".join(lines))
    return text + note


def visible(code: str, most: int = MAX_CODE) -> str:
    """Make code fit to be read: what can't be seen is written as an escape sequence.

    Spaces at the end of lines are removed: Pygments takes quadratic time for lines of spaces.

    Args:
        code: the source of a code cell.
        most: the largest number of characters.

    Returns:
        The code; where it was cut, it says so.
    """
    # What is far too long is cut before it gets longer.
    start, rest = code[: 10 * most], len(code[10 * most :])
    start = _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", start.replace("\r\n", "\n"))
    start = "\n".join(map(str.rstrip, start.split("\n")))
    start, note = _cut(start, most, rest)
    return start + note.replace("[", "# [")


def from_plain(text: str) -> str:
    """Show text as it is.

    Args:
        text: any text.

    Returns:
        HTML that matches `SAFE`.
    """
    return f"{_OPEN}<pre>{_encode(readable(text))}</pre>{_CLOSE}"


def from_html(text: str, images: Mapping[str, str] | None = None) -> str:
    """Build HTML again from what is allowed in it.

    Args:
        text: any text; it is read as HTML.
        images: the images that it can refer to, as {address: base64 text}, besides those in it.

    Returns:
        HTML that matches `SAFE`. Text that is too long is shown as it is.
    """
    most = MAX_HTML
    if SAFE.fullmatch(text):
        text, most = text[len(_OPEN) : -len(_CLOSE)], MAX_SAFE
    text, own = _take_images_out(text)
    return _write(text, {**(images or {}), **own}, most)


def from_markdown(text: str, images: Mapping[str, str] | None = None) -> str:
    """Turn Markdown into HTML.

    Args:
        text: any text; it is read as Markdown.
        images: the images that it can refer to, as {address: base64 text}, besides those in it.

    Returns:
        HTML that matches `SAFE`. Text that is too long or nested too deeply is shown as it is. What
        matches `SAFE` already is not changed, unless its tags are not closed.
    """
    if SAFE.fullmatch(text):
        return from_html(text)
    text, own = _take_images_out(text)
    if len(text) > MAX_MARKDOWN:
        return from_plain(text)
    try:
        renderer = _Renderer(escape=False, exclude_anchor_links=True)
        written = MarkdownWithMath(renderer=renderer).render(text).strip()
        return _write(written, {**(images or {}), **own})
    except Exception:  # mistune declares none; RecursionError is one of them
        return from_plain(text)


def without_images(safe: str) -> str:
    """Remove the embedded images.

    Args:
        safe: HTML that matches `SAFE`.

    Returns:
        The same HTML, with empty addresses.
    """
    return _DATA_URL.sub("", safe)


def raster(data: str) -> tuple[str, str] | None:
    """Check an image.

    Args:
        data: the file, as base64 text.

    Returns:
        `(type, base64 text)`, for example `("image/png", …)`; None if it is none of PNG, JPEG, GIF and
        WebP, or too large.
    """
    try:
        characters = data.encode("ascii").translate(None, string.whitespace.encode())
        content = base64.b64decode(characters, validate=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    return None
                return f"image/{image.format.lower()}", base64.b64encode(content).decode()
    except Exception:  # Pillow raises many kinds for a file that is broken or a bomb
        return None


class _Renderer(IPythonRenderer):
    # nbconvert's own look into attachments, and pass code to whatever highlighter the text names.
    image = HTMLRenderer.image
    block_code = HTMLRenderer.block_code


def _cut(text, most, rest=0):
    """Shorten a text, of which the rest is missing already; returns it with a note.

    A text that has such a note already is not cut again.
    """
    if len(text) <= most + 100 and not rest:
        return text, ""
    left_out = len(text[most:]) + rest
    return text[:most], f"\n[{left_out:,} more characters were left out]"


def _take_images_out(text):
    """Replace embedded images by short names; returns the text and {name: base64 text}."""
    images = {}

    def name(match):
        images[f"image:{len(images)}"] = match[1]
        return f"image:{len(images) - 1}"

    return _DATA_URL.sub(name, text, count=MAX_IMAGES), images


def _write(text, images, most=MAX_HTML):
    if len(text) > most:
        return from_plain(text)
    writer = _Writer(images)
    # Python's own parser takes quadratic time, and stops with an error, for some texts.
    before, *pieces = _COMMENT.sub("", text).split("<")
    writer.text(before)
    for piece in pieces:
        tag = _TAG.match(piece)
        if tag is None:
            writer.text(f"<{piece}")
        elif tag["end"]:
            writer.end(tag["name"].lower())
        else:
            writer.start(tag["name"].lower(), tag["rest"])
        writer.text(piece[tag.end() :] if tag else "")
    return writer.result()


_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^<>]*>", re.S)
_TAG = re.compile(r"(?P<end>/?)(?P<name>[a-z][a-z0-9]*)(?P<rest>(?![^\s/>])[^>]*)>", re.I | re.A)
# From the beginning of a name only: from each of its letters would take quadratic time.
_ATTRIBUTE = re.compile(
    r"(?<![a-z])([a-z]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]++))", re.I
)


class _Writer:
    """Writes HTML while it is read."""

    def __init__(self, images):
        self._images = dict(images)
        self._parts, self._open = [], []
        self._silent, self._silent_depth = None, 0

    def result(self):
        closing = "".join(f"</{tag}>" for tag in reversed(self._open))
        return _OPEN + "".join(self._parts) + closing + _CLOSE

    def text(self, text):
        if not self._silent:
            self._parts.append(_encode(html.unescape(text)))

    def start(self, tag, rest):
        if self._silent:
            self._silent_depth += tag == self._silent
        elif tag in _SILENT:
            self._silent, self._silent_depth = tag, 1
            if tag not in ("head", "style", "title"):
                self._parts.append(_encode(f"[{tag} left out]"))
        elif tag in _EMPTY_TAGS:
            self._parts.append(f"<{tag}>")
        elif tag == "img":
            self._parts.append(self._image(_attributes(rest)))
        elif len(self._open) < _MAX_DEPTH and (written := _start(tag, rest)):
            self._parts.append(written)
            self._open.append(tag)

    def end(self, tag):
        if self._silent:
            self._silent_depth -= tag == self._silent
            self._silent = self._silent if self._silent_depth else None
        elif tag in self._open:
            while (last := self._open.pop()) != tag:
                self._parts.append(f"</{last}>")
            self._parts.append(f"</{tag}>")

    def _image(self, attributes):
        alt = attributes.get("alt", "")[:1000]
        # Each image is shown once: many references to one image would be as many copies of it.
        data = self._images.pop(urllib.parse.unquote(attributes.get("src", "")), None)
        image = data and raster(data)
        if not image:
            return _encode(f"[image left out{': ' * bool(alt)}{alt}]")
        return f'<img alt="{_encode(alt)}" src="data:{image[0]};base64,{image[1]}">'


def _attributes(text):
    found = {}
    for name, *values in _ATTRIBUTE.findall(text[:10_000]):
        found.setdefault(name.lower(), html.unescape("".join(values)))
    return found


def _start(tag, rest):
    """Write a start tag; empty if it is not allowed."""
    if tag == "a":
        address = _attributes(rest).get("href", "")
        address = "".join(_CONTROLS.sub("", address).split())[:2000]
        if not _LINK.match(address):
            return ""
        address = urllib.parse.quote(address, safe="-._~:/?#@!$&'()*+,;=%")
        return f'<a rel="noreferrer noopener" href="{_encode(_lower_scheme(address))}">'
    if tag not in _TAGS:
        return ""
    spans = ""
    if tag in ("td", "th"):
        attributes = _attributes(rest)
        for name in ("colspan", "rowspan"):
            if re.fullmatch(r"[1-9]\d{0,2}", attributes.get(name, ""), re.A):
                spans += f' {name}="{attributes[name]}"'
    return f"<{tag}{spans}>"


def _lower_scheme(address):
    scheme, colon, rest = address.partition(":")
    return address if address.startswith("#") else f"{scheme.lower()}{colon}{rest}"


def _encode(text):
    """Write everything but letters, digits and spaces as numbers."""
    text = _CONTROLS.sub("", text)
    return re.sub(r"[^\w ]|_", lambda match: f"&#{ord(match[0])};", text)
