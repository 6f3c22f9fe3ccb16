"""A real browser for the tests of the report: Chromium, driven by Playwright, with every host out of reach."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import metalog

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running browser; the tests are skipped where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright drives the browser: pip install playwright")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser is installed ({', '.join(NAMES)}); Debian: apt-get install chromium")
    unreachable = ["--host-resolver-rules=MAP * ~NOTFOUND", "--no-sandbox"]  # containers have no user namespaces
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=unreachable)
        yield browser
        browser.close()


@dataclass
class Opened:
    """A report in the browser, and what it did that it must not do."""

    page: Any
    url: str
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _dialog(self, dialog: Any) -> None:
        self.messages.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def go(self, fragment: str = "") -> None:
        self.page.goto("about:blank")
        self.page.goto(self.url + fragment)
        self.page.wait_for_selector("html[data-ready]", state="attached")

    def text(self, selector: str) -> str:
        found: str = self.page.locator(selector).first.inner_text()
        return found

    def fragment(self) -> str:
        found: str = self.page.evaluate("location.hash")
        return found

    def pixels(self, selector: str) -> str:
        """What a canvas shows, as one text."""
        found: str = self.page.locator(selector).first.evaluate("canvas => canvas.toDataURL()")
        return found

    def quiet(self) -> None:
        """Check that the page said nothing, asked nothing and fetched nothing."""
        assert self.messages == []
        assert {url.split("#")[0] for url in self.requests} <= {self.url, "about:blank"}


Show = Callable[..., Opened]


@pytest.fixture
def show(chromium: Any, tmp_path: Path) -> Iterator[Show]:
    """Open the report of a run, of several, or of a log's text; in the end nothing forbidden must have happened."""
    contexts = []
    opened: list[Opened] = []

    def open_(what: Any, *, fragment: str = "", **options: Any) -> Opened:
        if isinstance(what, Path):
            path = what
        else:
            run = metalog.read(io.BytesIO(what.encode()), name="run") if isinstance(what, str) else what
            path = tmp_path / f"report-{len(contexts)}.html"
            run.report().save(path)
        context = chromium.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
        contexts.append(context)
        one = Opened(context.new_page(), path.as_uri())
        one.page.set_default_timeout(20000)
        one.watch()
        one.go(fragment)
        opened.append(one)
        return one

    yield open_
    for one in opened:
        one.quiet()
    for context in contexts:
        context.close()
