"""What a reader says of an answer: helpful or not, and which sentence is wrong."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

TEXAS = "What does Texas law say about sister cities?"
REPORT = "Report this sentence as wrong"

Asks = Callable[["Page", str], "Locator"]
Settles = Callable[["Page"], None]
Watching = Callable[..., AbstractContextManager["Page"]]


def records(office: Any, page: Page) -> Any:
    """The exchanges of the page's conversation as they are on record."""
    return office.desk.kept.conversations.exchanges(page.url.partition("?c=")[2][:24])


def test_a_thumb_with_a_reason_survives_a_reload_and_the_latest_counts(
    office: Any, page: Page, asks: Asks, settles: Settles
) -> None:
    page.goto(office.url)
    exchange = asks(page, TEXAS)
    words = exchange.get_by_label("In your own words")
    assert not words.is_visible()
    exchange.get_by_role("radio", name="Not helpful").check(force=True)
    exchange.get_by_role("radio", name="A source is missing").check()
    words.fill('The <b>treaty</b> of "1979"')
    exchange.get_by_role("button", name="Send feedback").click()
    said = exchange.get_by_text(
        'You said: not helpful: A source is missing. The <b>treaty</b> of "1979"', exact=True
    )
    said.wait_for()
    page.reload()
    settles(page)
    said.wait_for()
    assert not words.is_visible()
    exchange.get_by_text("Change", exact=True).click()
    exchange.get_by_role("radio", name="Helpful", exact=True).check(force=True)
    assert words.input_value() == ""
    exchange.get_by_role("button", name="Send feedback").click()
    exchange.get_by_text("You said: helpful", exact=True).wait_for()
    assert not words.is_visible()
    (told,) = records(office, page)
    assert told.feedback.good
    assert told.feedback.reason == ""


def test_feedback_is_given_by_keyboard(office: Any, page: Page, asks: Asks) -> None:
    page.goto(office.url)
    exchange = asks(page, TEXAS)
    exchange.get_by_role("radio", name="Helpful", exact=True).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Short and plain")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    exchange.get_by_text("You said: helpful: Answers my question. Short and plain").wait_for()


def test_a_sentence_is_reported_in_one_click_and_a_note_added_afterwards(
    office: Any, page: Page, asks: Asks
) -> None:
    page.goto(office.url)
    exchange = asks(page, TEXAS)
    statement = exchange.locator(".statement").first
    statement.get_by_role("button", name=REPORT).click()
    statement.get_by_text("Reported", exact=True).wait_for()
    (report,) = office.desk.kept.corrections.queue()
    assert report.statement == 0
    assert report.text in statement.inner_text()
    assert report.note == ""
    statement.get_by_text("Add a note").click()
    statement.get_by_label("What is wrong with it?").fill("It is chapter 796.")
    statement.get_by_role("button", name="Send note").click()
    statement.get_by_text("Reported, with your note").wait_for()
    notes = [report.note for report in office.desk.kept.corrections.queue()]
    assert notes == ["", "It is chapter 796."]


def test_the_keyboard_keeps_its_place_once_something_was_sent(
    office: Any, page: Page, asks: Asks
) -> None:
    page.goto(office.url)
    exchange = asks(page, TEXAS)
    within = "name => document.activeElement.matches(name)"
    exchange.get_by_role("button", name=REPORT).first.press("Enter")
    page.wait_for_function(within, arg="#t1-0")
    exchange.get_by_text("Add a note").first.press("Enter")
    exchange.get_by_label("What is wrong with it?").fill("It is chapter 796.")
    exchange.get_by_role("button", name="Send note").press("Enter")
    exchange.get_by_text("Reported, with your note").wait_for()
    page.wait_for_function(within, arg="#t1-0")
    exchange.get_by_role("radio", name="Helpful", exact=True).check(force=True)
    exchange.get_by_role("button", name="Send feedback").press("Enter")
    page.wait_for_function(within, arg="#x1 .feedback")
    page.get_by_text("Rename, hide, export").press("Enter")
    page.get_by_label("Name of this conversation").fill("Memo")
    page.get_by_label("Name of this conversation").press("Enter")
    page.wait_for_function(within, arg="#head summary")


def test_a_sentence_behind_more_is_reported_after_a_reload_and_stays_in_view(
    office: Any, page: Page, asks: Asks, settles: Settles
) -> None:
    page.goto(office.url)
    asks(page, TEXAS)
    page.reload()
    settles(page)
    exchange = page.locator("#x1")
    exchange.locator("details.more summary").click()
    statement = exchange.locator("details.more .statement").last
    statement.get_by_role("button", name=REPORT).click()
    statement.get_by_text("Reported", exact=True).wait_for(state="visible")
    (told,) = records(office, page)
    last = len(told.record.answer.everything) - 1
    assert told.reported == (last,)
    (report,) = office.desk.kept.corrections.queue()
    assert report.text in statement.locator(".words").inner_text()


def test_what_was_typed_does_not_follow_into_another_conversation(
    office: Any, page: Page, asks: Asks
) -> None:
    page.goto(office.url)
    asks(page, TEXAS)
    page.get_by_role("button", name="New conversation").click()
    page.locator("#x1").wait_for(state="detached")
    exchange = asks(page, "Why did Prague end its sister-city agreement with Beijing?")
    exchange.get_by_role("radio", name="Not helpful").check(force=True)
    exchange.get_by_label("In your own words").fill("Only of Prague")
    page.get_by_role("link", name=TEXAS).click()
    page.locator("#q1", has_text=TEXAS).wait_for()
    assert not exchange.get_by_label("In your own words").is_visible()
    exchange.get_by_role("radio", name="Not helpful").check(force=True)
    assert exchange.get_by_label("In your own words").input_value() == ""


def test_marks_of_an_earlier_answer_leave_the_next_one_running(
    office: Any, page: Page, asks: Asks, gate: Any
) -> None:
    from assistant.types import Stage

    def before(ask: Any, event: Any) -> None:
        if ask.history and isinstance(event, Stage) and event.name == "compose":
            gate.wait(60)

    office.close()
    office.open(before)
    page.goto(office.url)
    first = asks(page, TEXAS)
    box = page.locator("#question textarea")
    box.fill("And Indiana?")
    box.press("Enter")
    page.locator("#x2 .stage").wait_for()
    first.get_by_role("button", name=REPORT).first.click()
    first.get_by_text("Reported", exact=True).wait_for()
    gate.set()
    page.locator("#x2 .copy").wait_for()
    assert first.get_by_text("Reported", exact=True).is_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_forms_fit_and_are_named(
    office: Any, watching: Watching, asks: Asks, width: int
) -> None:
    with watching(viewport={"width": width, "height": 800}) as page:
        page.goto(office.url)
        exchange = asks(page, TEXAS)
        exchange.get_by_role("radio", name="Not helpful").check(force=True)
        exchange.get_by_role("group", name="Was this answer helpful?").wait_for()
        exchange.get_by_role("group", name="Why? (optional)").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wide = page.evaluate(
            """() => [...document.querySelectorAll('#x1 .feedback *')].filter(e =>
              e.checkVisibility() && e.getBoundingClientRect().right > innerWidth)
              .map(e => e.outerHTML.slice(0, 80))"""
        )
        assert wide == []
