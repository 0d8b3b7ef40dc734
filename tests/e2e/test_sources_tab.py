"""The Sources tab in a browser: the collection, the register, review and balance."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant.assembly import build_index
from assistant.settings import load_settings
from corpus.isolating import read_isolated
from corpus.sentences import sentence_spans

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ASKED = "When did the Marlow council sign its sister-city agreement with Tessport?"
PAGES = (
    ("Annual report on the ties of Marlow", "The harbour of Marlow was dredged in 2019."),
    ("The Marlow council signed its sister-city agreement with Tessport in June 2021.",),
    ("The Marlow library was painted green in 2022.",),
)
NOTE = """---
id: zelbridge-2025
title: "Zelbridge ends an agreement"
publisher: Zelbridge Gazette
kind: news
text_kind: full
---

The Zelbridge council ended its sister-city agreement with Quillport in March 2024.
"""

Asks = Callable[["Page", str], "Locator"]
Watching = Callable[..., AbstractContextManager["Page"]]


def open_sources(page: Page, part: str = "") -> Locator:
    page.get_by_role("tab", name="Sources").click()
    page.locator(".catalogue h2").wait_for()
    if part:
        page.locator(".catalogue nav").get_by_role("button", name=part).click()
        page.locator(".catalogue h2", has_text=part).wait_for()
    return page.locator(".catalogue")


def make_pdf(pages: Sequence[Sequence[str]]) -> bytes:
    from fpdf import FPDF

    pdf = FPDF()
    for lines in pages:
        pdf.add_page()
        for i, line in enumerate(lines):
            pdf.set_font("Helvetica", size=20 if i == 0 and len(lines) > 1 else 11)
            pdf.text(20, 30 + 20 * i, line)
    return bytes(pdf.output())


@pytest.fixture
def marlow(office_over: Any, tmp_path: Path) -> Any:
    """A page over one small source, to which others are added."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "zelbridge.md").write_text(NOTE, encoding="utf-8")
    office = office_over(folder)
    build_index(load_settings(home=office.home, starter=False, sources=(folder,)))
    office.open()
    return office


def upload(page: Page, name: str, content: bytes, who: str = "Ada Byron") -> None:
    adding = page.locator(".adding")
    file: Any = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    adding.get_by_label("File").set_input_files(file)
    adding.get_by_label("Your name").fill(who)
    adding.get_by_role("button", name="Add as proposed").click()


def test_the_collection_is_searched_filtered_and_sorted(opened: Callable[..., Page]) -> None:
    page = opened()
    sources = open_sources(page)
    count = sources.locator(".count")
    total = count.inner_text()
    assert total.startswith("All ")
    titles = sources.locator("tbody th")
    sources.get_by_label("Search title").fill("florida statutes")
    sources.get_by_label("Search title").press("Enter")
    page.wait_for_function("document.querySelector('.count').textContent.startsWith('1 of')")
    assert titles.all_inner_texts() == [
        "Florida Statutes 288.860, International cultural agreements"
    ]
    sources.get_by_role("button", name="Show all again").click()
    page.wait_for_function("document.querySelector('.count').textContent.startsWith('All')")
    assert sources.get_by_label("Search title").input_value() == ""
    sources.get_by_label("Kind").select_option("legislation")
    sources.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_function("!document.querySelector('.count').textContent.startsWith('All')")
    cells = sources.locator("tbody tr td:nth-child(4)").all_inner_texts()
    assert set(cells) == {"Legislation"}
    sources.get_by_role("button", name="Published").press("Enter")
    heading = sources.locator("th[aria-sort=ascending]")
    heading.get_by_text("Published").wait_for()
    years = [cell[-4:] for cell in sources.locator("tbody tr td:nth-child(3)").all_inner_texts()]
    assert years == sorted(years)
    assert page.evaluate("document.activeElement.dataset.by") == "published"
    heading.get_by_role("button").press("Enter")
    sources.locator("th[aria-sort=descending]").wait_for()
    again = [cell[-4:] for cell in sources.locator("tbody tr td:nth-child(3)").all_inner_texts()]
    assert again == sorted(years, reverse=True)


def test_a_source_opens_in_its_place_and_leads_back(opened: Callable[..., Page]) -> None:
    page = opened()
    sources = open_sources(page)
    sources.get_by_label("Search title").fill("florida-288-860")
    sources.get_by_label("Search title").press("Enter")
    link = sources.locator("tbody").get_by_role("link", name="Florida Statutes 288.860")
    page.wait_for_function("document.querySelector('.count').textContent.startsWith('1 of')")
    link.press("Enter")
    heading = sources.get_by_role("heading", level=2)
    heading.get_by_text("Florida Statutes 288.860").wait_for()
    assert page.evaluate("document.activeElement.tagName") == "H2"
    for name in ("What the law says", "History", "Cited in answers"):
        assert sources.get_by_role("heading", name=name).is_visible()
    assert "In use: it may be cited." in sources.inner_text()
    assert "Facts read at" in sources.inner_text()
    with page.expect_popup() as popup:
        sources.get_by_role("link", name="The whole text on a page of its own").click()
    assert "Florida" in popup.value.locator("h1").inner_text()
    popup.value.close()
    sources.get_by_role("button", name="Back to the collection").click()
    link.wait_for()
    assert sources.get_by_label("Search title").input_value() == "florida-288-860"


def test_the_register_is_filtered_and_leads_to_the_words(opened: Callable[..., Page]) -> None:
    page = opened()
    ties = open_sources(page, "Ties")
    assert "far from complete" in ties.inner_text()
    ties.get_by_label("Country or state").select_option("Czechia")
    ties.get_by_label("Partner").select_option("Beijing")
    ties.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_function("document.querySelector('.count').textContent.startsWith('1 of')")
    row = ties.locator("tbody tr")
    assert "Prague" in row.inner_text()
    with page.expect_popup() as popup:
        row.get_by_role("link").first.click()
    mark = popup.value.locator("mark#cited")
    assert "Prague" in mark.inner_text()
    popup.value.close()


def test_the_balance_shows_counts(opened: Callable[..., Page]) -> None:
    page = opened()
    balance = open_sources(page, "Balance")
    kinds = balance.get_by_role("table", name="Kind")
    assert kinds.get_by_role("row", name="Legislation").is_visible()
    assert "may well exist" in balance.inner_text()


def test_a_pdf_is_added_reviewed_approved_asked_about_and_cited_with_its_page(
    marlow: Any, page: Page, asks: Asks
) -> None:
    page.goto(marlow.url)
    before = asks(page, ASKED).inner_text()
    assert "June 2021" not in before
    review = open_sources(page, "To review")
    assert "No source is waiting for review." in review.inner_text()
    upload(page, "marlow-report.pdf", make_pdf(PAGES))
    review.get_by_text("Proposed: it is not cited").wait_for()
    assert "To review (1)" in review.locator("nav").inner_text()
    title = review.get_by_label("Title", exact=True)
    assert title.input_value() == PAGES[0][0]
    assert (
        "Guessed" in review.locator(".key", has=page.get_by_label("Title", exact=True)).inner_text()
    )
    assert "marlow-report.pdf" in review.inner_text()
    review.locator("summary", has_text="The text").click()
    assert review.get_by_text("Page 2", exact=True).is_visible()
    page.get_by_role("tab", name="Questions").click()
    assert "June 2021" not in asks(page, ASKED).inner_text(), "what is proposed is not cited"

    review = open_sources(page)
    review.get_by_label("Publisher", exact=True).fill("Council of Marlow")
    review.get_by_role("button", name="Reject").click()
    review.get_by_text("It is not said why.").wait_for()
    assert review.get_by_label("Publisher", exact=True).input_value() == "Council of Marlow"
    assert review.get_by_label("Your name").input_value() == "Ada Byron", "it is asked once"
    review.get_by_role("button", name="Approve").click()
    review.get_by_text("The index is up to date.").wait_for()
    assert "To review (0)" in review.locator("nav").inner_text()

    page.get_by_role("tab", name="Questions").click()
    answer = asks(page, ASKED)
    assert "June 2021" in answer.inner_text()
    assert "Council of Marlow" in answer.inner_text()
    answer.locator("a.ref").first.click()
    card = page.locator(".card", has_text=PAGES[0][0]).first
    assert "page 2" in card.inner_text()

    sources = open_sources(page, "Collection")
    sources.get_by_role("link", name=PAGES[0][0]).click()
    sources.get_by_text("In use: it may be cited.").wait_for()
    assert "Approved by Ada Byron" in sources.inner_text()
    assert sources.get_by_role("link", name=ASKED).count() == 1


def telling_sentence(path: Path) -> tuple[str, int]:
    """A sentence of a PDF from its second page on, long enough to be found by, and its page."""
    text = (extract := read_isolated(path.read_bytes(), path.name)).text
    found = [
        (text[span.start : span.end], block.page)
        for block in extract.blocks
        for span in sentence_spans(text[block.span.start : block.span.end], block.span.start)
        if block.page and block.page > 1
    ]
    return max(found, key=lambda one: (15 <= len(one[0].split()) <= 30, len(one[0])))


def pages_of(path: Path) -> int:
    import pypdfium2

    with closing(pypdfium2.PdfDocument(path)) as pdf:
        return len(pdf)


def printed_on(path: Path, page: int) -> str:
    """What stands on a page, told by PDFium alone, without white space and hyphens."""
    import pypdfium2

    with closing(pypdfium2.PdfDocument(path)) as pdf:
        return re.sub(r"[\s\-\ufffe]", "", pdf[page - 1].get_textpage().get_text_range())


def test_a_folder_of_real_pdfs_is_added_reviewed_asked_about_and_cited_with_the_right_pages(
    marlow: Any, page: Page, asks: Asks
) -> None:
    folder = os.environ.get("ATTACHE_TEST_DOCUMENTS", "")
    if not folder:
        pytest.skip("set ATTACHE_TEST_DOCUMENTS to a folder of PDFs")
    page.goto(marlow.url)
    for path in sorted(Path(folder).glob("*.pdf")):
        review = open_sources(page, "To review")
        upload(page, path.name, path.read_bytes())
        if not any(printed_on(path, 1 + n) for n in range(pages_of(path))):
            review.get_by_text("No page of the PDF has text").wait_for()
            continue
        review.get_by_text("Proposed: it is not cited").wait_for()
        title = review.get_by_label("Title", exact=True).input_value()
        review.get_by_label("Publisher", exact=True).fill("The archive")
        review.get_by_role("button", name="Approve").click()
        review.get_by_text("The index is up to date.").wait_for(timeout=120_000)
        sentence, number = telling_sentence(path)
        page.get_by_role("tab", name="Questions").click()
        answer = asks(page, sentence)
        assert " ".join(sentence.split()) in answer.inner_text()
        words = answer.locator(".words", has_text=" ".join(sentence.split())).first
        words.locator("a.ref").first.click()
        card = page.locator(".card", has_text=title).first
        assert f"page {number}" in card.inner_text()
        assert re.sub(r"[\s\-]", "", sentence) in printed_on(path, number)


def test_a_file_that_cannot_be_read_is_named_in_one_line(marlow: Any, page: Page) -> None:
    page.goto(marlow.url)
    review = open_sources(page, "To review")
    upload(page, "photo.pdf", b"\x89PNG\r\n\x1a\n" + bytes(64), who="")
    assert review.locator(".problem").count() == 0, "the browser asks for a name first"
    upload(page, "photo.pdf", b"\x89PNG\r\n\x1a\n" + bytes(64))
    problem = review.locator(".problem")
    problem.wait_for()
    assert "a PNG picture" in problem.inner_text()
    assert "No source is waiting for review." in review.inner_text()


@pytest.mark.parametrize("part", ["Collection", "Ties", "To review", "Balance"])
@pytest.mark.parametrize(("width", "dark"), [(360, True), (1280, False)])
def test_every_part_fits_the_window(
    served: Any, watching: Watching, part: str, width: int, dark: bool
) -> None:
    scheme = "dark" if dark else "light"
    with watching(viewport={"width": width, "height": 800}, color_scheme=scheme) as page:
        page.goto(served.url)
        page.locator("#question textarea").wait_for()
        open_sources(page, part)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wide = page.evaluate(
            """() => [...document.querySelectorAll('.catalogue *')].filter(e => e.checkVisibility()
              && !e.closest('.scrolled table') && e.getBoundingClientRect().width > 1
              && e.getBoundingClientRect().right > innerWidth)
              .map(e => e.outerHTML.slice(0, 80))"""
        )
        assert wide == []
        ground, ink = page.evaluate(
            """() => [getComputedStyle(document.querySelector('.gradio-container')).backgroundColor,
              getComputedStyle(document.querySelector('.catalogue h2')).color]
              .map(c => c.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0))"""
        )
        assert (ground < 200 < ink) if dark else (ink < 200 < ground)
