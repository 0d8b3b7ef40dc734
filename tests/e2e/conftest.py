"""A browser on the page, watched: whatever it requests elsewhere or complains of fails the test."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant.assembly import Desk, circumstances, open_desk
from assistant.recording import Recording, Works
from assistant.settings import load_settings
from assistant.types import Ask, Event, Workings
from index.embedders import make_embedder
from ui.serving import Served, start

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass(frozen=True)
class Between:
    """Calls `before` with the question and each event that the real chain is about to give."""

    chain: Works
    before: Callable[[Ask, Event], None]

    def worked(self, ask: Ask, /) -> Iterator[Event | Workings]:
        for event in self.chain.worked(ask):
            if not isinstance(event, Workings):
                self.before(ask, event)
            yield event


def with_between(desk: Desk, before: Callable[[Ask, Event], None]) -> Desk:
    """The same desk, where `before` is called ahead of each event of its chain."""
    shaped = circumstances(desk.settings, make_embedder(desk.settings.embedder))
    recording = Recording(
        Between(desk.assistant, before), desk.kept.records, shaped, desk.retriever.source_text
    )
    return replace(desk, recording=recording)


@pytest.fixture(scope="session")
def browser(require: Callable[[str, bool, str], None]) -> Iterator[Browser]:
    reason = f"there is no {CHROMIUM}; install Debian's chromium and the development extras"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        require("chromium", False, "playwright is not installed; it is in the development extras")
    require("chromium", Path(CHROMIUM).exists(), reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(browser: Browser, starter_desk: Desk) -> Iterator[Served]:  # noqa: ARG001
    """The real page over the real starter collection."""
    page = start(starter_desk)
    yield page
    page.stop()


@pytest.fixture
def serving(browser: Browser) -> Iterator[Callable[[Desk], str]]:  # noqa: ARG001
    """`serving(desk)` is the address of a page over another desk."""
    started: list[Served] = []

    def serve(desk: Desk) -> str:
        started.append(start(desk))
        return started[-1].url

    yield serve
    for page in started:
        page.stop()


@pytest.fixture
def serving_between(
    serving: Callable[[Desk], str], starter_desk: Desk
) -> Callable[[Callable[[Ask, Event], None]], str]:
    """`serving_between(before)` is the real page, where `before` is called ahead of each event."""

    def serve(before: Callable[[Ask, Event], None]) -> str:
        return serving(with_between(starter_desk, before))

    return serve


@contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page in a fresh browser session; fails when it reached elsewhere or logged an error."""
    context = browser.new_context(locale="en-US", **options)
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("request", lambda r: _local(r.url) or complaints.append(f"requested {r.url}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append("opened a dialog"), dialog.dismiss()))
    page.on(
        "console",
        lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None,
    )
    yield page
    context.close()
    assert complaints == []


def _local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "blob:"))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched(browser, viewport={"width": 1280, "height": 860}) as page:
        yield page


@pytest.fixture
def watching(browser: Browser) -> Callable[..., AbstractContextManager[Page]]:
    """`with watching(**options) as page`: another watched browser session."""
    return partial(watched, browser)


@pytest.fixture
def opened(browser: Browser, served: Served) -> Iterator[Callable[..., Page]]:
    """`opened(width=…, dark=…)` is the real page in a browser of that kind."""
    stack: list[Any] = []

    def open_page(width: int = 1280, height: int = 860, dark: bool = False) -> Page:
        options: dict[str, Any] = {
            "viewport": {"width": width, "height": height},
            "color_scheme": "dark" if dark else "light",
            "permissions": ["clipboard-read", "clipboard-write"],
        }
        stack.append(watched(browser, **options))
        page = stack[-1].__enter__()
        page.goto(served.url)
        page.locator("#question textarea").wait_for()
        return page

    yield open_page
    for context in stack:
        context.__exit__(None, None, None)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Something to wait for; opened at the end, so that no thread is left waiting."""
    event = threading.Event()
    yield event
    event.set()


class Office:
    """A home folder whose page can be closed and opened again at the same address."""

    def __init__(self, home: Path, **settings: Any) -> None:
        self.home = home
        self._settings = settings
        self._desk: Desk | None = None
        self._page: Served | None = None
        self._port = 0

    @property
    def desk(self) -> Desk:
        """The desk that is open."""
        assert self._desk is not None
        return self._desk

    @property
    def url(self) -> str:
        """Where the page is."""
        assert self._page is not None
        return self._page.url

    def open(self, before: Callable[[Ask, Event], None] | None = None) -> None:
        self._desk = open_desk(load_settings(home=self.home, **self._settings))
        front = with_between(self._desk, before) if before else self._desk
        self._page = start(front, self._port)
        self._port = int(self._page.url.rstrip("/").rpartition(":")[2])

    def close(self) -> None:
        if self._page and self._desk:
            self._page.stop()
            self._desk.close()
        self._page = self._desk = None


@pytest.fixture
def office(browser: Browser, starter_home: Path, tmp_path: Path) -> Iterator[Office]:  # noqa: ARG001
    """The starter collection with an empty history of its own, served."""
    home = tmp_path / "home"
    shutil.copytree(starter_home, home, ignore=shutil.ignore_patterns("records*"))
    office = Office(home)
    office.open()
    yield office
    office.close()


@pytest.fixture
def office_over(browser: Browser, tmp_path: Path) -> Iterator[Callable[[Path], Office]]:  # noqa: ARG001
    """`office_over(folder)` indexes a folder of sources; open it to serve it."""
    made: list[Office] = []

    def make(folder: Path) -> Office:
        options: dict[str, Any] = {"starter": False, "sources": (folder,)}
        made.append(Office(tmp_path / "office", **options))
        return made[-1]

    yield make
    for office in made:
        office.close()


@pytest.fixture
def asks() -> Callable[[Page, str], Locator]:
    """`asks(page, text)` asks and gives the new exchange once its answer is complete."""

    def ask(page: Page, text: str) -> Locator:
        number = page.locator("article.exchange").count() + 1
        box = page.locator("#question textarea")
        box.fill(text)
        box.press("Enter")
        exchange = page.locator(f"#x{number}")
        exchange.locator(".copy").wait_for()
        return exchange

    return ask


@pytest.fixture
def settles() -> Callable[[Page], None]:
    """`settles(page)` waits until the page has been loaded with what its address names."""

    def wait(page: Page) -> None:
        page.locator("#question textarea").wait_for()
        page.locator("nav.talks").wait_for(state="attached")

    return wait
