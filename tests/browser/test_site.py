"""The pages of the site that `make site` builds."""

import functools
import http.server
import re
import threading
from urllib.parse import urldefrag

import pytest

from tests.conftest import ROOT

SITE = ROOT / "build" / "site"
PAGES = sorted(str(path.relative_to(SITE)) for path in SITE.rglob("*.html"))
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
SCREENSHOT_PAGES = ["index.html", "notebooks/00_start_here.html", f"notebooks/{LESSONS[-1]}.html"]


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    handler = functools.partial(QuietHandler, directory=SITE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def page(new_page):
    return new_page()


@pytest.fixture(scope="module")
def anchors(address, page):
    """The anchors of every page, as {address: names}."""
    found = {}
    for name in PAGES:
        page.goto(address + name)
        names = page.evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id)")
        found[address + name] = {"", *names}
    return found


def test_every_lesson_has_a_page():
    assert {f"notebooks/{name}.html" for name in LESSONS} <= set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_complete(name, address, page, anchors):
    """No internal link is broken, every image loads and has a text, and nothing comes from elsewhere."""
    page.console_errors.clear()
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(address + name)
    for link in page.evaluate("() => [...document.links].map(link => link.href)"):
        if link.startswith(address):
            target, anchor = urldefrag(link)
            assert target in anchors, link
            assert anchor in anchors[target], link
    for image in page.locator("img").all():
        image.scroll_into_view_if_needed()
        assert image.evaluate("i => i.decode().then(() => i.naturalWidth)") > 0
        assert image.get_attribute("alt"), image.get_attribute("src")
    assert page.console_errors == []
    assert [url for url in requested if not url.startswith((address, "data:"))] == []


def test_the_front_page_links_to_every_lesson_in_order(address, page):
    page.goto(address)
    targets = page.evaluate("() => [...document.querySelectorAll('article td a')].map(a => a.href)")
    assert targets == [f"{address}notebooks/{name}.html" for name in LESSONS]


def test_the_lessons_link_to_the_next_and_the_previous_one(address, page):
    page.goto(f"{address}notebooks/{LESSONS[0]}.html")
    for name in LESSONS[1:]:
        page.locator(".related-pages .next-page").click()
        assert page.url.endswith(f"{name}.html")
    for name in LESSONS[-2::-1]:
        page.locator(".related-pages .prev-page").click()
        assert page.url.endswith(f"{name}.html")


@pytest.mark.parametrize("name", LESSONS)
def test_each_lesson_has_a_colab_button(name, address, page):
    page.goto(f"{address}notebooks/{name}.html")
    button = page.get_by_role("link", name="Open in Colab").first
    assert re.search(rf"colab.+/notebooks/{name}\.ipynb$", button.get_attribute("href"))


def test_the_search_finds_a_lesson(address, page):
    page.goto(address)
    page.locator("input[name=q]").fill("heterogeneity")
    page.locator("input[name=q]").press("Enter")
    page.locator("#search-results a[href*='02_many_devices']").first.wait_for()


def test_the_theme_follows_the_readers_setting(address, new_page):
    backgrounds = []
    for dark in (False, True):
        page = new_page(dark=dark)
        page.goto(address)
        backgrounds.append(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))
    assert backgrounds[0] != backgrounds[1]


@pytest.mark.parametrize("width", [1280, 390], ids=["desk", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_is_wider_than_the_screen(width, dark, address, new_page, screenshot):
    """Also takes screenshots for people to look at, in build/screenshots."""
    page = new_page(width=width, dark=dark)
    for name in PAGES:
        page.goto(address + name)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, name
        if name in SCREENSHOT_PAGES:
            theme = "dark" if dark else "light"
            where = name.removesuffix(".html").replace("/", "-")
            screenshot(page, f"site-{where}-{width}-{theme}", full_page=True)
