"""A browser on the page, watched: whatever it requests elsewhere or complains of fails the test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant.types import Ask, Event
from ui.app import Assistant, Desk, Retriever
from ui.serving import Served, start

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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
class Front:
    """A desk with another assistant in front of the same index."""

    assistant: Assistant
    retriever: Retriever


@dataclass(frozen=True)
class Between:
    """Calls `before` with the question and each event that the real assistant is about to give."""

    assistant: Assistant
    before: Callable[[Ask, Event], None]

    def stream(self, ask: Ask, /) -> Iterator[Event]:
        for event in self.assistant.stream(ask):
            self.before(ask, event)
            yield event


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
        return serving(Front(Between(starter_desk.assistant, before), starter_desk.retriever))

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
