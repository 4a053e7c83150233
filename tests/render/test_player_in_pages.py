"""Where readers meet the player: JupyterLab and the book's page.

Chromium presses Play, sees frames advance, and asks no other machine.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import urlparse

import nbformat
import pytest

from tests.notebooks.lifting import LESSONS, ROOT
from tests.render.chromium_arguments import ARGUMENTS

pytestmark = pytest.mark.chromium
BOOK = ROOT / "build" / "book" / "_build" / "html" / "notebooks"
CELL = """from mini_vimogen.render import Player
from tests.oracles import wandering_clip
Player(wandering_clip(90))"""
SECONDS_TO_START = 120


@contextmanager
def tab(chromium):
    """A browser tab; fails if it asks any machine but this one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=ARGUMENTS
        )
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        asked = []
        page.context.on("request", lambda request: asked.append(request.url))
        yield page
        browser.close()
    hosts = {urlparse(url).hostname for url in asked}
    assert hosts <= {None, "", "127.0.0.1"}, f"the page asked {hosts}"


def plays(page) -> None:
    """Press Play in the first player and see the frames advance."""
    player = page.frame_locator("iframe[srcdoc]").first
    player.get_by_role("button", name="Play").click(timeout=60_000)
    stage = player.locator("#stage[data-frame]:not([data-frame='0'])")
    stage.wait_for(timeout=60_000)


@pytest.fixture
def lab(tmp_path):
    """Address of a JupyterLab on a notebook with one player."""
    pytest.importorskip("jupyterlab")
    cell = nbformat.v4.new_code_cell(CELL)
    kernel = {"name": "python3", "display_name": "Python 3"}
    notebook = nbformat.v4.new_notebook(
        cells=[cell], metadata={"kernelspec": kernel}
    )
    nbformat.write(notebook, tmp_path / "play.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--IdentityProvider.token=",
    ]
    with open(tmp_path / "lab.log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
        )
    try:
        until = time.monotonic() + SECONDS_TO_START
        while not _answers(port):
            assert server.poll() is None and time.monotonic() < until, (
                tmp_path / "lab.log"
            ).read_text()[-2000:]
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/lab/tree/play.ipynb"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)


def _answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def test_it_plays_in_jupyterlab(chromium, lab):
    with tab(chromium) as page:
        page.goto(lab, timeout=180_000)
        cell = page.locator(".jp-CodeCell .cm-content").first
        cell.wait_for(timeout=60_000)
        # A cell that is run before the kernel is there is not run at all.
        page.get_by_text("| Idle").wait_for(timeout=60_000)
        cell.click()
        page.keyboard.press("Shift+Enter")
        plays(page)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_it_plays_in_the_book(chromium, lesson):
    path = BOOK / f"{lesson.stem}.html"
    if not path.is_file():
        pytest.skip(f"{path.name} was not built: run make book")
    if "Player(" not in lesson.read_text(encoding="utf-8"):
        pytest.skip(f"{lesson.stem} has no player")
    with tab(chromium) as page:
        page.goto(path.as_uri(), timeout=180_000)
        page.locator("iframe[srcdoc]").first.scroll_into_view_if_needed()
        plays(page)
