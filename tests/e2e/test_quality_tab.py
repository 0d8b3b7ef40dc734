"""The Quality tab in a browser: runs, cases, a comparison, and a case asked in the chat."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from evals.comparing import compare_runs
from evals.reading import own_cases, read_case
from evals.running import run_suite
from evals.scoring import score_run
from evals.suites.suite import Plan, Suite

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ASKED = ("s001", "s147", "n001")
IN_VIEW = (
    "e => e.getBoundingClientRect().top >= 0 && e.getBoundingClientRect().bottom <= innerHeight"
)


@pytest.fixture
def measured(office: Any) -> Any:
    """A page whose home holds two runs of three own cases, one of them a conversation."""
    cases = {case.id: case for case in own_cases("starter", "near-misses")}
    suite = Suite("three", "this test", tuple(cases[id_] for id_ in ASKED))
    for name, day in (("one", 1), ("two", 2)):
        out = office.home / "runs" / name
        score_run(run_suite(suite, office.desk.settings, out, Plan(date(2026, 1, day))))
    return office


@pytest.fixture
def differing(measured: Any) -> Any:
    """Beside them a run of the same questions that expects other sources, and lists of two."""
    cases = tuple(
        replace(case, turns=tuple(t.model_copy(update={"sources": ("no",)}) for t in case.turns))
        for case in own_cases("starter", "near-misses")
        if case.id in ASKED
    )
    out = measured.home / "runs" / "zeta"
    suite = Suite("three", "this test", cases)
    score_run(run_suite(suite, measured.desk.settings, out, Plan(date(2026, 1, 1))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ui.quality_pages.PAGE", 2)
        yield measured


def focused(page: Page) -> str:
    """The text of what has the focus."""
    return str(page.evaluate("document.activeElement.textContent"))


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


def test_a_list_that_is_turned_or_narrowed_is_read_from_its_heading(
    differing: Any, page: Page
) -> None:
    quality = open_quality(page, differing.url)
    quality.get_by_role("button", name="one", exact=True).click()
    quality.locator("summary", has_text="All measures").click()
    quality.get_by_text("Next page").click()
    quality.get_by_text("Previous page").wait_for()
    heading = quality.locator("h3", has_text="Cases")
    assert focused(page) == "Cases"
    assert heading.evaluate(IN_VIEW)
    assert quality.locator("details.group[open]").count() == 1
    quality.locator("input[name=words]").fill("s1")
    page.keyboard.press("Enter")
    quality.get_by_text("1 of 3 cases").wait_for()
    assert focused(page) == "Cases"
    assert heading.evaluate(IN_VIEW)


def test_back_leads_to_the_link_of_the_case_that_was_open(differing: Any, page: Page) -> None:
    quality = open_quality(page, differing.url)
    quality.get_by_role("button", name="one", exact=True).click()
    quality.get_by_text("Next page").click()
    quality.get_by_text("Previous page").wait_for()
    case = quality.locator(".queue a").get_attribute("data-case")
    quality.locator(".queue a").click()
    quality.locator("h2", has_text=f"Case {case}").wait_for()
    assert focused(page) == f"Case {case}"
    quality.get_by_role("button", name="one", exact=True).click()
    quality.get_by_text("3 of 3 cases").wait_for()
    assert page.evaluate("document.activeElement.dataset.case") == case
    assert quality.locator(".queue a").evaluate(IN_VIEW)


def test_narrowing_a_comparison_folds_what_was_open_and_back_opens_the_case_again(
    differing: Any, page: Page
) -> None:
    quality = open_quality(page, differing.url)
    quality.locator("select[name=run]").select_option("one")
    quality.locator("select[name=other]").select_option("zeta")
    quality.get_by_role("button", name="Compare").click()
    cases = quality.locator("details.case")
    cases.first.wait_for()
    assert cases.count() > 1
    cases.first.locator("summary").first.click()
    first = cases.first.locator("code").inner_text()
    kept = "FU" if first.startswith("s001") else "SF"
    quality.locator("select[name=type]").select_option(kept)
    quality.get_by_role("button", name="Show").click()
    quality.locator("details.case code", has_text=first).wait_for(state="detached")
    assert focused(page) == "Question by question"
    assert quality.locator("details.case[open]").count() == 0
    cases.first.locator("summary").first.click()
    cases.first.get_by_role("button", name="Open the case in A").click()
    quality.locator("h2", has_text="Case").wait_for()
    quality.get_by_role("button", name="one and zeta").click()
    cases.first.wait_for()
    assert focused(page) == "Open the case in A"
    assert quality.locator("details.case[open]").count() == 1


def test_a_comparison_that_is_late_leaves_a_person_where_they_went_meanwhile(
    measured: Any, page: Page, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = threading.Event()

    def slow(*runs: Any) -> Any:
        gate.wait(30)
        done.set()
        return compare_runs(*runs)

    monkeypatch.setattr("ui.quality_handling.compare_runs", slow)
    quality = open_quality(page, measured.url)
    quality.get_by_role("button", name="Compare").click()
    quality.locator("form[aria-busy]").wait_for()
    quality.get_by_role("button", name="one", exact=True).click()
    quality.locator("h3", has_text="Cases").wait_for()
    with page.expect_response(lambda _: done.is_set()):
        gate.set()
    page.wait_for_timeout(300)
    assert quality.locator("h2").inner_text() == "one"
    quality.get_by_role("button", name="Runs").click()
    quality.locator("h2", has_text="Runs").wait_for()
    assert quality.locator("form[aria-busy]").count() == 0


def test_a_case_asked_by_key_leads_to_its_question_and_blocks_no_later_one(
    measured: Any, page: Page, asks: Callable[[Page, str], Locator]
) -> None:
    question = "What does Texas law say about sister cities?"
    old = {"id": "old", "type": "SF", "question": question, "filters": {"year_from": 1950}}
    suite = Suite("old", "this test", (read_case(old),))
    out = measured.home / "runs" / "zeta"
    score_run(run_suite(suite, measured.desk.settings, out, Plan(date(2026, 1, 1))))
    quality = open_quality(page, measured.url)
    page.get_by_role("tab", name="Questions").click()
    page.locator("#question textarea").fill("A draft")
    page.get_by_role("tab", name="Quality").click()
    quality.get_by_role("button", name="zeta", exact=True).click()
    quality.locator(".queue a").click()
    quality.get_by_text("Asked with filters: published 1950 to any year.").wait_for()
    quality.get_by_role("button", name="Ask this in the chat").press("Enter")
    page.locator("#x1 .copy").wait_for()
    assert focused(page) == question
    assert page.locator("#question textarea").input_value() == "A draft"
    assert asks(page, "And in Indiana?").is_visible()


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
