"""The curator's view: reports, decisions, and answers that rest on sources which have changed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant.assembly import build_index
from assistant.settings import load_settings

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

TEXAS = "What does Texas law say about sister cities?"
ASKED = "When did the Zelbridge council end its sister-city agreement with Quillport?"
FIRST = "The Zelbridge council ended its sister-city agreement with Quillport in March 2024."
SECOND = "The Zelbridge council ended its sister-city agreement with Quillport in May 2024."
HEAD = """---
id: zelbridge-2025
title: "Zelbridge ends an agreement"
publisher: Zelbridge Gazette
cite_as: Zelbridge Gazette
published: "2025-01-02"
kind: news
text_kind: full
read_extent: whole
---

"""

Asks = Callable[["Page", str], "Locator"]
Settles = Callable[["Page"], None]
Watching = Callable[..., AbstractContextManager["Page"]]


def open_corrections(page: Page) -> Locator:
    page.get_by_role("tab", name="Corrections").click()
    page.locator(".curating").wait_for()
    return page.locator(".curating")


def test_a_curator_sees_what_was_reported_and_decides(office: Any, page: Page, asks: Asks) -> None:
    page.goto(office.url)
    assert "No report is waiting." in open_corrections(page).inner_text()
    page.get_by_role("tab", name="Questions").click()
    statement = asks(page, TEXAS).locator(".statement").first
    statement.get_by_role("button", name="Report this sentence as wrong").click()
    statement.get_by_text("Reported", exact=True).wait_for()
    curating = open_corrections(page)
    report = curating.locator("article.reported")
    report.wait_for()
    assert "Texas's HB 128" in report.inner_text()
    assert report.get_by_role("link", name=TEXAS).get_attribute("href") == (
        f"/?c={page.url.partition('?c=')[2][:24]}"
    )
    with page.expect_popup() as popup:
        report.get_by_role("link", name="Texas Government Code").click()
    assert popup.value.locator("h1").inner_text().startswith("Texas Government Code")
    popup.value.close()
    report.get_by_role("button", name="Decide").click()
    assert office.desk.kept.corrections.queue(), "an outcome has to be chosen"
    report.get_by_role("radio", name="Source corrected").check()
    report.get_by_label("Note").fill("Mended <b>on</b> Monday.")
    report.get_by_role("button", name="Decide").click()
    curating.get_by_text("No report is waiting.").wait_for()
    decided = curating.locator(".outcome")
    assert "Source corrected" in decided.inner_text()
    assert "Mended <b>on</b> Monday." in decided.inner_text()
    (correction,) = office.desk.kept.corrections.queue(decided=True)
    assert correction.decision.outcome == "source-corrected"


def test_leads_back_to_the_conversation_of_a_report(office: Any, page: Page, asks: Asks) -> None:
    page.goto(office.url)
    asks(page, TEXAS).get_by_role("button", name="Report this sentence as wrong").first.click()
    page.locator("#x1 .reported").wait_for()
    page.goto(office.url)
    open_corrections(page).get_by_role("link", name=TEXAS).click()
    page.locator("#x1 .reported").wait_for()
    assert page.locator("#q1").inner_text() == TEXAS


def test_a_citation_opens_the_text_that_was_cited_once_the_source_has_changed(
    office_over: Any, tmp_path: Path, page: Page, asks: Asks, settles: Settles
) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    file = folder / "zelbridge.md"
    file.write_text(f"{HEAD}{FIRST}\n", encoding="utf-8")
    office = office_over(folder)
    settings = load_settings(home=office.home, starter=False, sources=(folder,))
    build_index(settings)
    office.open()
    page.goto(office.url)
    assert "March 2024" in asks(page, ASKED).inner_text()
    assert page.locator(".changed").count() == 0

    file.write_text(f"{HEAD}{SECOND}\n", encoding="utf-8")
    build_index(settings)
    page.reload()
    settles(page)
    card = page.locator(".card")
    card.get_by_text("Earlier version of this text, cited on").wait_for()
    page.locator("#x1 a.ref").first.click()
    page.wait_for_function("document.querySelector('mark:target') !== null")
    assert "March 2024" in page.locator("mark:target").inner_text()
    with page.expect_popup() as popup:
        card.get_by_role("link", name="Whole text as cited").click()
    text = popup.value
    text.locator("mark#cited").wait_for()
    assert "March 2024" in text.locator("mark").inner_text()
    assert "Earlier version of this text" in text.locator(".changed").inner_text()
    assert text.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none"
    text.close()
    assert "May 2024" in asks(page, ASKED).inner_text()

    affected = open_corrections(page).locator("article.affected")
    assert "Zelbridge ends an agreement" in affected.inner_text()
    affected.locator("summary", has_text="1 answer resting on it").click()
    assert affected.get_by_role("link", name=ASKED).is_visible()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_the_corrections_fit_the_window(
    office: Any, watching: Watching, asks: Asks, width: int, dark: bool
) -> None:
    scheme = "dark" if dark else "light"
    with watching(viewport={"width": width, "height": 800}, color_scheme=scheme) as page:
        page.goto(office.url)
        asks(page, TEXAS).get_by_role("button", name="Report this sentence as wrong").first.click()
        page.locator("#x1 .reported").wait_for()
        curating = open_corrections(page)
        curating.get_by_role("button", name="Decide").scroll_into_view_if_needed()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wide = page.evaluate(
            """() => [...document.querySelectorAll('#tabs *')].filter(e => e.checkVisibility()
              && e.getBoundingClientRect().width > 1
              && e.getBoundingClientRect().right > innerWidth)
              .map(e => e.outerHTML.slice(0, 80))"""
        )
        assert wide == []


def test_a_text_is_readable_on_a_phone_in_the_dark(office: Any, watching: Watching) -> None:
    source = office.desk.retriever.sources()[0]
    options: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}
    with watching(**options) as page:
        page.goto(f"{office.url}source/{source.id}/{source.version}?start=0&end=40")
        assert page.locator("h1").inner_text() == source.title
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert sum(map(int, ground[4:-1].split(","))) < 200
