"""Rating with a keyboard, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.assembly import Desk, circumstances
from assistant.recording import taped
from assistant.types import Ask
from evals.rating import ratings_of
from evals.reading import read_case
from evals.runs import Run, RunInfo
from evals.types import Trial
from index.embedders import make_embedder
from ui.rating_page import build_app, work
from ui.serving import start_app

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUESTIONS = ("Which countries are foreign adversaries under Texas HB 128?", "How old is Mars?")


def a_run(path: Path, desk: Desk) -> Run:
    """Two real answers of the starter collection, one of them a silence."""
    info = RunInfo("s", "t", "2026-11-24", "2026-11-24", 0, "", "", {}, {}, {}, "", 1, 1, "")
    cases = [read_case({"id": f"c{n}", "question": q}) for n, q in enumerate(QUESTIONS)]
    run = Run.begin(path, info, cases)
    shaped = circumstances(desk.settings, make_embedder(desk.settings.embedder))
    for case, question in zip(cases, QUESTIONS, strict=True):
        ask = Ask(question, date(2026, 11, 24))
        run.add([Trial(case.id, 0, taped(desk.assistant, ask, case.id, shaped, who="t"))])
    return run


def test_a_person_rates_everything_from_the_keyboard(
    tmp_path: Path, starter_desk: Desk, watching: Callable[..., AbstractContextManager[Page]]
) -> None:
    run = a_run(tmp_path / "run", starter_desk)
    served = start_app(build_app(work([run], "Ada", 0, None)))
    with watching(viewport={"width": 360, "height": 780}) as page:
        page.goto(served.url)
        assert page.locator(".back").first.inner_text() == "0 of 2 rated, by Ada"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.keyboard.press("1")
        page.get_by_text("1 of 2 rated").wait_for()
        page.get_by_label("Note").fill("1, 2 and 3 are only text here.")
        page.get_by_role("button", name="3 Misleading").focus()
        page.keyboard.press("Enter")
        page.get_by_text("All 2 answers are rated").wait_for()
    served.stop()
    rated = ratings_of(run)["Ada"]
    assert sorted(rating.verdict for rating in rated.values()) == ["misleading", "right"]
