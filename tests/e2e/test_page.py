"""The page driven in a browser, over the real starter collection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant.types import Ask, Event, Stage, Statement
from corpus.errors import IndexUnusable
from ui.app import EXAMPLES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from assistant.assembly import Desk

TEXAS = "What does Texas law say about sister cities?"
OHIO = "What does Ohio law say about sister cities?"

Open = Callable[..., "Page"]


def ask(page: Page, text: str) -> Locator:
    """Asks and gives the new exchange, without waiting for its answer."""
    number = page.locator("article.exchange").count() + 1
    box = page.locator("#question textarea")
    box.fill(text)
    box.press("Enter")
    exchange = page.locator(f"#x{number}")
    exchange.wait_for()
    return exchange


def answered(page: Page, text: str) -> Locator:
    """Asks and waits for the complete answer."""
    exchange = ask(page, text)
    exchange.locator(".copy").wait_for()
    return exchange


def in_view(target: Locator) -> bool:
    """Whether an element lies within the window."""
    box = target.bounding_box()
    height = target.page.viewport_size["height"]  # type: ignore[index]
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= height


def wait_in_view(page: Page, name: str) -> None:
    page.wait_for_function(
        """id => { const e = document.getElementById(id), r = e?.getClientRects()[0];
          return r && r.top >= 0 && r.bottom <= innerHeight
            && document.elementFromPoint(r.left + 4, r.top + r.height / 2) === e }""",
        arg=name,
    )


def target_of(marker: Locator) -> str:
    return (marker.get_attribute("href") or "")[1:]


def test_answers_with_statements_their_sources_and_what_was_checked(opened: Open) -> None:
    page = opened()
    exchange = answered(page, TEXAS)
    statements = exchange.locator(".statement")
    assert statements.count() >= 1
    assert "matches the cited text" in statements.first.inner_text()
    assert "Texas" in statements.first.inner_text()
    assert "[1]" in statements.first.inner_text()
    card = page.locator(".card").first
    for part in ("Texas", "Legislation", "Standpoint", "Our summary (note)", "Summary of"):
        assert part in card.inner_text()
    assert "“" not in card.locator(".passage").first.inner_text()


def test_opens_the_cited_words_by_mouse_and_leaves_the_answer_where_it_is(opened: Open) -> None:
    page = opened()
    exchange = answered(page, TEXAS)
    if exchange.locator("details.more").count():
        exchange.locator("details.more summary").click()
    marker = exchange.locator("a.ref").last
    marker.click()
    name = target_of(marker)
    wait_in_view(page, name)
    assert page.locator(f"mark#{name}").evaluate("e => e.matches(':target')")
    assert in_view(marker)


def test_opens_the_cited_words_by_keyboard_and_leads_back(opened: Open) -> None:
    page = opened()
    marker = answered(page, TEXAS).locator("a.ref").first
    assert (marker.get_attribute("aria-label") or "").startswith("Source 1: ")
    marker.focus()
    page.keyboard.press("Enter")
    wait_in_view(page, target_of(marker))
    assert page.evaluate("document.activeElement.tagName") == "MARK"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.classList.contains('statement')")


def test_markers_of_earlier_answers_still_open_theirs(opened: Open) -> None:
    page = opened()
    first = answered(page, TEXAS).locator("a.ref").first
    answered(page, "Why did Prague end its sister-city agreement with Beijing?")
    first.click()
    wait_in_view(page, target_of(first))


def test_leads_back_to_the_sentence_that_the_source_was_opened_from(opened: Open) -> None:
    page = opened(width=360, height=740)
    exchange = answered(page, TEXAS)
    for statement in exchange.locator(".statement:visible").all()[:3]:
        name = statement.get_attribute("id")
        marker = statement.locator("a.ref").first
        marker.click()
        mark = page.locator(f"#{target_of(marker)}")
        mark.locator("xpath=ancestor::*[contains(@class, 'passage')]/following-sibling::p").locator(
            "a", has_text="Back to the answer"
        ).first.click()
        page.wait_for_function("name => document.activeElement.id === name", arg=name)


def test_shows_the_newest_sources_first_when_a_question_is_asked(opened: Open) -> None:
    page = opened()
    answered(page, TEXAS).locator("a.ref:visible").last.click()
    side = page.locator("#side")
    page.wait_for_function("document.getElementById('side').scrollTop > 0")
    exchange = answered(page, "Why did Prague end its sister-city agreement with Beijing?")
    assert side.evaluate("e => e.scrollTop") == 0
    exchange.locator("a.ref").first.click()
    wait_in_view(page, target_of(exchange.locator("a.ref").first))


def test_understands_a_follow_up_and_says_how(opened: Open) -> None:
    page = opened()
    answered(page, TEXAS)
    follow_up = answered(page, "And Indiana?")
    understood = follow_up.locator(".understood").inner_text()
    assert understood.startswith("Understood as: ")
    assert "Indiana" in understood
    assert "sister cities" in understood


def test_says_that_the_collection_holds_no_answer(opened: Open) -> None:
    exchange = answered(opened(), OHIO)
    silence = exchange.locator(".silence").inner_text()
    assert "Not in this collection" in silence
    assert "Ohio" in silence
    assert "Nearest things that the collection covers" in silence
    assert "Searched: " in exchange.inner_text()
    assert exchange.locator(".statement").count() == 0


def test_searches_only_what_the_filters_let_through(opened: Open) -> None:
    page = opened()
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Legislation").check()
    page.get_by_label("Jurisdiction").click()
    page.get_by_role("option", name="Indiana").click()
    page.keyboard.press("Escape")
    exchange = answered(page, TEXAS)
    assert "only legislation; Indiana." in exchange.locator(".searched").inner_text()
    assert page.locator(".card", has_text="Texas Government Code").count() == 0


def test_begins_with_an_example(opened: Open) -> None:
    page = opened()
    page.get_by_role("button", name=EXAMPLES[0]).click()
    page.locator("#x1 .copy").wait_for()
    assert page.locator("#q1").inner_text() == EXAMPLES[0]
    assert not page.locator("#examples").is_visible()


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_collection_answers_its_examples(starter_desk: Any, today: Any, example: str) -> None:
    assert starter_desk.assistant.invoke(Ask(example, today)).statements


def test_copies_an_answer_with_its_citations(opened: Open) -> None:
    page = opened()
    answered(page, TEXAS).locator(".copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(TEXAS)
    assert "Sources\n" in copied
    assert "[1] Summary of " in copied


def test_begins_a_new_conversation_and_keeps_none_in_the_browser(opened: Open) -> None:
    page = opened()
    answered(page, TEXAS)
    stored = page.evaluate("JSON.stringify({...localStorage, ...sessionStorage}) + document.cookie")
    assert "Texas" not in stored
    page.get_by_role("button", name="New conversation").click()
    page.locator("#x1").wait_for(state="detached")
    assert page.locator(".card").count() == 0
    assert page.locator("#examples").is_visible()


@pytest.mark.parametrize("text", ["", " \t ", "?", "a" * 10_000])
def test_refuses_what_is_no_question_and_says_what_to_do(opened: Open, text: str) -> None:
    failure = ask(opened(), text).locator("[role=alert]")
    failure.wait_for()
    assert "question" in failure.inner_text().lower()


@pytest.mark.parametrize(
    "text",
    ["Texas\x00\x07 \x1b[31mlaw?", "🏙️ Texas law 🤝?", "מה אומר החוק בטקסס?", "Was sagt Texas?"],
)
def test_takes_odd_questions_as_questions(opened: Open, text: str) -> None:
    exchange = answered(opened(), text)
    assert exchange.locator("[role=alert]").count() == 0
    assert exchange.locator("h3").get_attribute("dir") == "auto"


def test_shows_statements_before_the_answer_is_complete_and_stops(
    serving_between: Callable[..., str], page: Page, gate: threading.Event
) -> None:
    said: list[Event] = []

    def before(_: Ask, event: Event) -> None:
        if any(isinstance(earlier, Statement) for earlier in said):
            gate.wait(60)
        said.append(event)

    page.goto(serving_between(before))
    exchange = ask(page, TEXAS)
    exchange.locator(".statement").wait_for()
    assert exchange.locator(".statement").count() == 1
    assert exchange.locator(".stage").is_visible()
    assert page.locator("#log").get_attribute("aria-busy") == "true"
    page.get_by_role("button", name="Stop").click()
    exchange.get_by_text("Stopped.").wait_for()
    assert exchange.locator(".statement").count() == 1
    assert page.locator("#log").get_attribute("aria-busy") == "false"
    gate.set()
    said.clear()
    assert answered(page, OHIO).locator(".silence").is_visible()


def test_tells_what_it_is_doing(
    serving_between: Callable[..., str], page: Page, gate: threading.Event
) -> None:
    def before(_: Ask, event: Event) -> None:
        if isinstance(event, Stage) and event.name == "compose":
            gate.wait(60)

    page.goto(serving_between(before))
    exchange = ask(page, TEXAS)
    exchange.get_by_text("Searching the sources").wait_for()
    assert "Searching the sources" in page.locator("p[role=status]").inner_text()
    gate.set()
    exchange.locator(".copy").wait_for()
    assert exchange.locator(".stage").count() == 0


def test_serves_ten_people_at_once(serving_between: Callable[..., str], browser: Browser) -> None:
    together = threading.Barrier(10)

    def before(_: Ask, event: Event) -> None:
        if isinstance(event, Stage) and event.name == "compose":
            together.wait(60)

    url = serving_between(before)
    contexts = [browser.new_context() for _ in range(10)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.goto(url)
    exchanges = [ask(page, TEXAS) for page in pages]
    for exchange in exchanges:
        exchange.locator(".copy").wait_for(timeout=90_000)
        assert exchange.locator("[role=alert]").count() == 0
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (IndexUnusable("The index is damaged.", "Run `attache index`."), "Run `attache index`."),
        (ZeroDivisionError("inner detail"), "Ask again."),
    ],
)
def test_shows_a_failure_with_what_to_do(
    serving_between: Callable[..., str], page: Page, error: Exception, shown: str
) -> None:
    def before(_: Ask, event: Event) -> None:
        if isinstance(event, Statement):
            raise error

    page.goto(serving_between(before))
    failure = ask(page, TEXAS).locator("[role=alert]")
    failure.wait_for()
    assert shown in failure.inner_text()
    assert "inner detail" not in page.content()
    assert "Not in this collection" not in page.locator("#log").inner_text()


HOSTILE = """---
id: hostile
title: "Zelbridge <script>window.hacked=1</script> <img src=x onerror=window.hacked=2>"
publisher: "![logo](https://example.com/logo.png) Gazette"
cite_as: "[Gazette](javascript:window.hacked=3)"
published: "2025-01-02"
kind: news
text_kind: full
read_extent: whole
perspective: "<iframe src=https://example.com></iframe>"
jurisdictions: ["<b onclick=window.hacked=4>Zel</b>"]
---

The Zelbridge council ended its sister-city agreement <img src=x onerror=window.hacked=5> in 2024.
The Zelbridge mayor said ![x](https://example.com/x.png) that ${window.hacked=6} trade goes on.
Zelbridge residents asked [why](javascript:window.hacked=7) {{constructor}} the $$agreement$$ ended.
"""


def test_shows_hostile_text_as_text_and_runs_nothing(
    tmp_path: Path, serving: Callable[[Desk], str], page: Page
) -> None:
    from assistant.assembly import build_index, open_desk
    from assistant.settings import load_settings

    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "hostile.md").write_text(HOSTILE, encoding="utf-8")
    settings = load_settings(home=tmp_path / "home", starter=False, sources=(folder,))
    build_index(settings)
    desk = open_desk(settings)
    page.goto(serving(desk))
    asked = "When did Zelbridge end its sister-city agreement? <img src=x onerror=window.hacked=8>"
    exchange = answered(page, asked)
    assert page.locator("#q1").inner_text() == asked
    assert "<img src=x onerror=window.hacked=5>" in exchange.inner_text()
    card = page.locator(".card").first.inner_text()
    for text in ("<script>window.hacked=1</script>", "![logo](https://example.com/logo.png)"):
        assert text in card
    assert page.locator("#log img, #log script, #sources img, #sources iframe").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    page.locator("a.ref").first.click()
    assert page.evaluate("window.hacked") is None
    desk.close()


def test_runs_no_injected_script(browser: Browser, served: Any) -> None:
    page = browser.new_page()
    page.goto(served.url)
    ran = page.evaluate(
        """() => new Promise(done => {
          addEventListener('securitypolicyviolation', () => done('refused'), {once: true});
          const holder = document.createElement('div');
          holder.innerHTML = '<img src="data:," onerror="window.hacked=1">';
          document.body.append(holder);
        })"""
    )
    assert ran == "refused"
    assert page.evaluate("window.hacked") is None
    page.close()


def test_is_readable_on_a_phone_and_leads_back_to_the_answer(opened: Open) -> None:
    page = opened(width=360, height=740)
    exchange = answered(page, TEXAS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    marker = exchange.locator("a.ref").first
    marker.click()
    wait_in_view(page, target_of(marker))
    page.get_by_role("link", name="Back to the answer").first.click()
    page.wait_for_function(
        """() => { const r = document.getElementById('t1-0').getBoundingClientRect();
          return r.top >= 0 && r.top < innerHeight }"""
    )


CONTRAST = """() => {
  const parse = c => (c.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor); if ((c[3] ?? 1) > 0) return c; }
    return [255, 255, 255]; };
  const poor = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !e.checkVisibility()) continue;
    if (e.closest(':disabled, .unseen, script, style')) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${ratio} ${e.className}: ${e.textContent.slice(0, 40)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_has_enough_contrast_in_light_and_dark(opened: Open, dark: bool) -> None:
    page = opened(dark=dark)
    page.get_by_role("button", name="Filters").click()
    assert page.evaluate(CONTRAST) == []
    marker = answered(page, TEXAS).locator("a.ref").first
    marker.click()
    wait_in_view(page, target_of(marker))
    assert page.evaluate(CONTRAST) == []
    ground = page.evaluate(
        "getComputedStyle(document.querySelector('.gradio-container')).backgroundColor"
    )
    assert (sum(map(int, ground[4:-1].split(","))) < 200) is dark


@pytest.mark.parametrize("dark", [False, True])
def test_shows_the_edges_of_every_control(opened: Open, dark: bool) -> None:
    page = opened(dark=dark)
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Jurisdiction").click()
    page.get_by_role("option", name="Indiana").wait_for()
    soft = page.evaluate(
        "getComputedStyle(document.querySelector('#question textarea')).borderTopColor"
    )
    for control in ("#filters input[type=checkbox]", "#filters .wrap", "#filters .options"):
        edge = page.locator(control).last.evaluate(
            "e => [getComputedStyle(e).borderTopColor, getComputedStyle(e).borderTopWidth]"
        )
        assert edge == [soft, "1px"], control
    options = page.locator("#filters .options").bounding_box()
    assert options is not None
    assert options["height"] <= 300


def test_names_every_field_and_landmark_for_a_screen_reader(opened: Open) -> None:
    page = opened()
    page.get_by_role("button", name="Filters").click()
    for role, name in (
        ("textbox", "Your question"),
        ("button", "Ask"),
        ("heading", "Attaché"),
        ("heading", "Sources"),
        ("log", "Questions and answers"),
    ):
        assert page.get_by_role(role, name=name, exact=True).count() == 1, name  # type: ignore[arg-type]
    for label in ("Legislation", "Jurisdiction", "From year", "To year"):
        assert page.get_by_label(label).count() >= 1, label
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('input, textarea, button')].filter(e =>
          e.checkVisibility() && !e.labels?.length && !e.ariaLabel && !e.textContent.trim()
          && !e.title).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert unnamed == []


def test_moves_nothing_for_those_who_ask_for_less_motion(browser: Browser, served: Any) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(served.url)
    page.locator("#question textarea").wait_for()
    style = "getComputedStyle(document.documentElement).scrollBehavior"
    assert page.evaluate(style) == "auto"
    context.close()
