"""The report of a run in a browser, as someone reads it who has only the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.settings import load_settings
from evals.reading import read_case
from evals.reporting import write_report
from evals.running import run_suite
from evals.runs import Run
from evals.scoring import score_run
from evals.suites.suite import Plan, Suite
from ui.serving import start_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>"
LONG = "Donaudampfschifffahrtsgesellschaft" * 5
QUESTION = "Which countries are foreign adversaries under Texas HB 128?"
LAW = "texas-gov-code-795-hb128-2025"
WORDS = "HB 128 applies only to Texas sister-city agreements"
FACT = {"fact": "Only recognised agreements", "source": LAW, "words": WORDS}
CASES = [
    {"id": "right", "question": QUESTION, "sources": [LAW], "facts": [FACT], "notes": HOSTILE},
    {"id": "elsewhere", "question": QUESTION, "sources": ["gone"], "expected": HOSTILE},
    {"id": "zebra", "type": "NA", "question": "How much do zebras weigh?"},
    {"id": LONG, "type": "NA", "question": f"What is a {LONG}?", "expected": LONG, "notes": LONG},
]


@pytest.fixture(scope="module")
def url(
    browser: Browser,  # noqa: ARG001
    starter_home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Where the report of real answers of the starter collection stands, beside another run."""
    from fastapi import FastAPI
    from fastapi.responses import FileResponse

    folder = tmp_path_factory.mktemp("report")

    def run(name: str, rows: list[dict[str, object]]) -> Run:
        suite = Suite(name, "this test", tuple(map(read_case, rows)))
        settings = load_settings(home=starter_home)
        run = run_suite(suite, settings, folder / name, Plan(date(2026, 11, 23)))
        score_run(run)
        return run

    other = [row | {"sources": [LAW]} if row["id"] == "elsewhere" else row for row in CASES]
    page = write_report(run("small", CASES), folder / "report.html", run("other", other))
    app = FastAPI()
    app.add_route("/", lambda _: FileResponse(page))
    served = start_app(app)
    yield served.url
    served.stop()


def listed(page: Page) -> list[str]:
    """The ids of the cases that can be seen."""
    return page.locator("#cases details.case > summary code:visible").all_text_contents()


def cases(page: Page) -> list[str]:
    """The ids of the cases that the filter leaves; it says how many they are."""
    shown = listed(page)
    said = page.get_by_role("status").inner_text()
    assert said == f"{len(shown)} of {len(CASES)} cases shown"
    return shown


def test_the_list_is_narrowed_by_type_by_flaw_and_by_words(url: str, page: Page) -> None:
    page.goto(url)
    everything = cases(page)
    assert sorted(everything) == sorted(str(row["id"]) for row in CASES)
    type_, flaw = (page.get_by_role("combobox", name=name) for name in ("Type", "What went wrong"))
    words = page.get_by_role("searchbox", name="Words")
    type_.select_option("SF")
    assert cases(page) == ["elsewhere", "right"]
    assert page.get_by_role("heading", name="NA not answerable").is_hidden()
    flaw.select_option("serious error")
    assert cases(page) == ["elsewhere"]
    type_.select_option("NA")
    flaw.select_option("none")
    words.fill("  ZEBRAS weigh ")
    assert cases(page) == ["zebra"]
    words.fill("no such words")
    assert cases(page) == []
    words.press("Enter")
    for box in (type_, flaw):
        box.select_option("")
    words.fill("")
    assert cases(page) == everything


def test_a_case_opens_with_its_question_answer_and_the_words_that_were_expected(
    url: str, page: Page
) -> None:
    page.goto(url)
    case = page.locator("#cases details.case").filter(has=page.get_by_text("right", exact=True))
    assert case.locator(".asked").is_hidden()
    case.locator("summary").first.click()
    assert case.locator(".asked").inner_text() == QUESTION
    assert "Texas" in case.locator(".answer .statement").first.inner_text()
    assert HOSTILE in case.inner_text()
    case.get_by_text("Retrieved: ").click()
    assert WORDS in case.locator("mark").first.inner_text()


def test_the_text_of_a_passage_opens_in_its_place(url: str, page: Page) -> None:
    page.goto(url)
    case = page.locator("#cases details.case").filter(has=page.get_by_text("elsewhere", exact=True))
    case.locator("summary").first.click()
    case.get_by_text("Retrieved: ").click()
    passage = case.locator(".retrieved details").first
    target = passage.locator("a.text").get_attribute("href")
    passage.locator("summary").click()
    words = passage.locator(".words")
    words.wait_for()
    assert words.inner_text() == page.locator(f"{target} .words").inner_text()
    assert passage.locator("a.text").count() == 0
    assert page.url.endswith("/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_shows_everything_without_scrolling_sideways(
    scheme: str, url: str, watching: Callable[..., AbstractContextManager[Page]]
) -> None:
    with watching(viewport={"width": 360, "height": 780}, color_scheme=scheme) as page:
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        # What is out of sight takes part in the layout only when asked to.
        page.evaluate(
            "for (const it of document.querySelectorAll('details, .case, #passages > section')) {"
            "it.open = true; it.style.contentVisibility = 'visible'; }"
        )
        page.locator("#against .two").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        red, green, blue = page.evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        )
        assert (red + green + blue < 128) == (scheme == "dark")


def test_everything_can_be_read_without_scripts(
    url: str, watching: Callable[..., AbstractContextManager[Page]]
) -> None:
    with watching(java_script_enabled=False) as page:
        page.goto(url)
        assert page.locator("#filter").is_hidden()
        assert len(listed(page)) == len(CASES)
        case = page.locator("#cases details.case").filter(
            has=page.get_by_text("elsewhere", exact=True)
        )
        case.locator("summary").first.click()
        case.get_by_text("Retrieved: ").click()
        passage = case.locator(".retrieved details").first
        passage.locator("summary").click()
        passage.locator("a.text").click()
        assert page.url.endswith("#p0")
        assert page.locator("#p0 .words").is_visible()
