"""A real browser and a real JupyterLab, for `make test-browser`.

The browser is the machine's own Chromium, driven by Playwright. JupyterLab is started with `make lab`, in
a copy of the checkout, so that nothing in the browser changes the repository's files. Screenshots are
kept in build/screenshots, for people to look at.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import ROOT, wait_until

SCREENSHOTS = ROOT / "build" / "screenshots"
# Turns off what Chromium does unasked in the background, and what doesn't work in a container.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "Chromium is missing; on Debian: sudo apt-get install chromium"
    before = _children()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        started = _children() - before
        yield browser
        browser.close()
    _, left = psutil.wait_procs(started, timeout=10)
    assert not left, f"left running: {left}"


@pytest.fixture(scope="module")
def new_page(chromium):
    """A function that opens pages. Each has its own profile, and keeps the errors in its console."""
    with contextlib.ExitStack() as stack:

        def open_page(*, width=1280, height=900, dark=False):
            context = chromium.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
            )
            stack.callback(context.close)
            page = context.new_page()
            page.console_errors = []
            page.on("pageerror", lambda error: page.console_errors.append(str(error)))
            page.on("console", lambda message: _record_error(page, message))
            return page

        yield open_page


@pytest.fixture
def screenshot():
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def take(page, name, **options):
        page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled", **options)

    return take


@dataclass
class Lab:
    """A running JupyterLab.

    Attributes:
        address: where it listens.
        folder: the folder that it serves.
        process: its process.
    """

    address: str
    folder: Path
    process: psutil.Process

    def url(self, path=""):
        """The URL of a path, with the token."""
        return f"{self.address}/{path}?token={TOKEN}"

    def kernels(self):
        """The processes that run notebooks, and all processes that those have started."""
        children = self.process.children(recursive=True)
        return [child for child in children if "ipykernel" in _command_line(child)]

    def processes(self):
        """All processes that belong to it."""
        return [self.process, *self.process.children(recursive=True)]


TOKEN = "browser"


@contextlib.contextmanager
def jupyterlab(folder, command, home):
    """Start JupyterLab, and at the end stop it and check that no process is left.

    Args:
        folder: the folder in which to start it, and which it serves.
        command: a function that takes JupyterLab's options, as one string, and returns a command line.
        home: a folder for everything that Jupyter would write into the home folder.

    Yields:
        A `Lab`.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"--no-browser --ip 127.0.0.1 --port {port} --ServerApp.port_retries=0"
    options += f" --IdentityProvider.token={TOKEN} --LabApp.expose_app_in_browser=True"
    names = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR", "LAB_SETTINGS_DIR", "LAB_WORKSPACES_DIR")
    environment = os.environ | {
        f"JUPYTER{'' if name.startswith('LAB') else '_'}{name}": str(home / name.lower())
        for name in names
    }
    environment["PATH"] = f"{ROOT / '.venv' / 'bin'}:{environment['PATH']}"
    environment["IPYTHONDIR"] = str(home / "ipython")
    environment.pop("MAKEFLAGS", None)
    with open(home / "lab.log", "w") as log:
        started = subprocess.Popen(
            command(options), cwd=folder, env=environment, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    lab = Lab(address, folder, psutil.Process(started.pid))
    try:
        wait_until(lambda: started.poll() is not None or _responds(lab.url("api")), 180)
        assert _responds(lab.url("api")), _log(home)
        yield lab
    finally:
        processes = lab.processes()
        started.terminate()  # make passes the signal on
        _, left = psutil.wait_procs(processes, timeout=60)
        for process in left:
            process.kill()
        started.wait()
    assert not left, f"left running: {left}"


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """JupyterLab, started with `make lab` in a copy of the checkout."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("Makefile", "pyproject.toml", "uv.lock"):
        shutil.copy2(ROOT / name, folder)
    for name in ("notebooks", "tools"):
        ignored = shutil.ignore_patterns("work", ".ipynb_checkpoints", "__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    (folder / ".venv").symlink_to(ROOT / ".venv")

    def command(options):
        # The environment is ready, and the copy must not create it again.
        return ["make", "--assume-old", ".venv/.ready", "lab", f"LAB={options}"]

    with jupyterlab(folder, command, tmp_path_factory.mktemp("home")) as running:
        yield running


def _children():
    return set(psutil.Process().children(recursive=True))


def menu(page, *names):
    """Choose an item in JupyterLab's menus with the mouse."""
    first, *rest = names
    page.locator(".lm-MenuBar-itemLabel", has_text=first).first.click()
    for name in rest:
        page.locator(".lm-Menu-itemLabel").get_by_text(name, exact=True).click()


def _record_error(page, message):
    """Keep an error, unless it says that a server on the internet can't be reached."""
    if message.type == "error" and "127.0.0.1" in message.location["url"]:
        page.console_errors.append(message.text)


def _responds(url):
    try:
        return urllib.request.urlopen(url, timeout=2).status == 200
    except OSError:
        return False


def _log(home):
    return (home / "lab.log").read_text()


def _command_line(process):
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
