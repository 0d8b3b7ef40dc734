"""The Quality tab in a browser: runs, cases, a comparison, and a case asked in the chat."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from evals.reading import own_cases
from evals.running import run_suite
from evals.scoring import score_run
from evals.suites.suite import Plan, Suite

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ASKED = ("s001", "s147", "n001")


@pytest.fixture
def measured(office: Any) -> Any:
    """A page whose home holds two runs of three own cases, one of them a conversation."""
    cases = {case.id: case for case in own_cases("starter", "near-misses")}
    suite = Suite("three", "this test", tuple(cases[id_] for id_ in ASKED))
    for name, day in (("one", 1), ("two", 2)):
        out = office.home / "runs" / name
        score_run(run_suite(suite, office.desk.settings, out, Plan(date(2026, 1, day))))
    return office


def open_quality(page: Page, url: str) -> Locator:
    page.goto(url)
    page.locator("#question textarea").wait_for()
    tab = page.get_by_role("tab", name="Quality")
    if not tab.is_visible():  # on a narrow page Gradio folds the last tabs away
        page.locator(".overflow-menu > button").click()
        tab = page.locator(".overflow-dropdown").get_by_text("Quality")
    tab.click()
    page.locator(".quality h2", has_text="Runs").wait_for()
    return page.locator(".quality")


def test_a_case_is_found_read_and_asked_in_the_chat(measured: Any, page: Page) -> None:
    quality = open_quality(page, measured.url)
    quality.get_by_role("button", name="one", exact=True).click()
    quality.locator("h3", has_text="Cases").wait_for()
    quality.locator("select[name=type]").select_option("FU")
    quality.get_by_role("button", name="Show").click()
    quality.get_by_text("1 of 3 cases").wait_for()
    quality.get_by_role("link", name="What was the Subnational Diplomacy Unit?").click()
    quality.locator("h2", has_text="Case s147").wait_for()
    assert quality.get_by_text("Question 2 of 2").is_visible()
    quality.get_by_role("button", name="Ask this in the chat").click()
    page.locator("#x2 .copy").wait_for()
    assert page.locator("#x1 .asked").inner_text() == "What was the Subnational Diplomacy Unit?"
    assert page.locator("#x2 .asked").inner_text() == "Does it still exist?"
    assert page.locator("nav.talks a").count() == 1
    assert "c=" in page.url


def test_two_runs_are_compared_from_the_keyboard(measured: Any, page: Page) -> None:
    quality = open_quality(page, measured.url)
    quality.locator("select[name=other]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    quality.locator("h2", has_text="two and one").wait_for()
    assert "Too few cases to tell" in quality.inner_text()
    assert page.evaluate("document.activeElement.textContent") == "two and one"


def test_the_report_of_a_run_is_downloaded(measured: Any, page: Page) -> None:
    quality = open_quality(page, measured.url)
    quality.get_by_role("button", name="one", exact=True).click()
    with page.expect_download() as download:
        quality.get_by_role("link", name="Download the whole report").click()
    assert download.value.suggested_filename == "one.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_telephone(
    measured: Any, watching: Callable[..., AbstractContextManager[Page]], scheme: str
) -> None:
    with watching(viewport={"width": 360, "height": 780}, color_scheme=scheme) as page:
        quality = open_quality(page, measured.url)
        quality.get_by_role("button", name="one", exact=True).click()
        for folded in quality.locator("details.group > summary").all():
            folded.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        quality.locator(".queue a").first.click()
        quality.locator("h2", has_text="Case").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
