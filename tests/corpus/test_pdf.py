"""PDFs: the right words on the right pages, and nothing that no reader would see."""

from __future__ import annotations

import itertools
import zlib

import pdfs_made
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import CorpusError
from corpus.formats import pdf
from corpus.isolating import Reader
from corpus.types import Extract, Notice


def told(extract: Extract) -> list[tuple[int | None, str]]:
    return [(b.page, extract.text[b.span.start : b.span.end]) for b in extract.blocks]


def notice(extract: Extract, kind: str) -> Notice:
    return next(notice for notice in extract.notices if notice.kind == kind)


@pytest.fixture(scope="module")
def report(reader: Reader) -> Extract:
    return reader.read(pdfs_made.report(), "report.pdf")


def test_a_sentence_over_a_page_break_belongs_to_the_page_where_it_begins(report: Extract) -> None:
    blocks = told(report)
    assert blocks[1][0] == 1
    assert blocks[1][1].endswith(
        "The last entry of the first page names a partner that signed in May."
    )
    assert blocks[2] == (
        2,
        "This sentence begins on the second page and ends there for sure.",
    )
    assert blocks[3][0] == 2
    assert blocks[3][1].endswith("with friends from Los Angeles after a long debate.")
    assert blocks[4] == (3, "Page three has this sentence as well.")


def test_lines_are_joined_and_hyphens_at_their_ends_mended(report: Extract) -> None:
    assert (
        "and it publishes the register each spring. The register was introduced in" in report.text
    )
    assert "a well-known clerk" in report.text


def test_running_lines_are_left_out_and_told(report: Extract) -> None:
    assert "Office of Twinning" not in report.text
    assert "of 5" not in report.text
    said = notice(report, "running-lines")
    assert "office of twinning" in said.text
    assert said.pages == (1, 2, 3, 4, 5)


def test_a_heading_names_the_blocks_below_it(report: Extract) -> None:
    assert {block.heading for block in report.blocks} == {"Annual Report on City Ties"}
    assert all(words != "Annual Report on City Ties" for _, words in told(report))


def test_clues_tell_where_they_were_seen(report: Extract) -> None:
    clues = [(clue.key, clue.value) for clue in report.clues]
    assert clues[0] == ("title", "Annual Report on City Ties")
    assert ("authors", "Jane Roe") in clues
    assert ("authors", "John Doe") in clues
    assert next(value for key, value in clues if key == "published") == "2023-03-03"
    assert ("language", "en") in clues
    assert all(clue.evidence for clue in report.clues)


def test_rows_of_a_table_read_as_sentences_with_their_headings(reader: Reader) -> None:
    assert told(reader.read(pdfs_made.table(), "a.pdf"))[1:] == [
        (1, "Springfield: Ties 12; Ended 3."),
        (1, "Shelbyville: Ties 7; Ended 0."),
        (1, "Ogdenville: Ties 4; Ended 1."),
    ]


def test_rows_with_labels_read_as_labels_with_values(reader: Reader) -> None:
    assert told(reader.read(pdfs_made.labels(), "a.pdf")) == [
        (1, "City: Springfield; Partner: Shelbyville upon the long river."),
        (1, "Since: 1998; Status: Active."),
    ]


def test_columns_are_read_one_after_the_other(reader: Reader) -> None:
    text = reader.read(pdfs_made.columns(), "a.pdf").text
    assert text.index("Left column line 7") < text.index("right column line 0")


def test_text_that_no_reader_would_see_is_left_out_and_told(reader: Reader) -> None:
    extract = reader.read(pdfs_made.hidden(), "a.pdf")
    assert told(extract) == [
        (1, "The mayor signed the agreement in public."),
        (1, "White words on a dark box are seen."),
        (2, "The second page hides nothing."),
    ]
    said = notice(extract, "hidden-text")
    assert said.pages == (1,)
    assert "WHITEWORDS ignore all" in said.text


@pytest.mark.parametrize("by", pdfs_made.hidden_by_drawing())
def test_text_that_drawing_hides_is_left_out_and_told(reader: Reader, by: str) -> None:
    extract = reader.read(pdfs_made.hidden_by_drawing()[by], "drawn.pdf")
    assert "Words that are seen." in extract.text
    assert "Ignore" not in extract.text
    assert "Ignore" in notice(extract, "hidden-text").text


def test_words_that_forms_and_clips_show_stay(reader: Reader) -> None:
    text = "BT /F1 12 Tf 50 650 Td (Sha) Tj (nghai signed.) Tj ET"
    raw = pdfs_made.drawn(
        "/X Do", "/XObject<</X 6 0 R>>", pdfs_made.form(f"q 40 600 400 100 re W n {text} Q")
    )
    extract = reader.read(raw, "drawn.pdf")
    assert "Shanghai signed." in extract.text
    assert not extract.notices


def test_a_page_turned_on_its_side_is_read_like_any_other(reader: Reader) -> None:
    extract = reader.read(pdfs_made.turned(), "a.pdf")
    assert told(extract) == [(1, "A page turned on its side has words to read as well.")]


def test_pages_that_are_scans_are_named(reader: Reader) -> None:
    extract = reader.read(pdfs_made.scan(others=["The second page has text."]), "a.pdf")
    assert told(extract) == [(2, "The second page has text.")]
    assert notice(extract, "no-text").pages == (1,)
    assert "ocrmypdf" in notice(extract, "no-text").text


def test_a_scan_without_text_is_refused_with_what_to_do(reader: Reader) -> None:
    with pytest.raises(CorpusError, match=r"No page of the PDF has text.*ocrmypdf"):
        reader.read(pdfs_made.scan(), "a.pdf")


def test_recognised_text_behind_a_scan_is_kept_and_told(reader: Reader) -> None:
    extract = reader.read(pdfs_made.scan(recognised=True), "a.pdf")
    assert told(extract) == [(1, "The words of the scan were recognised by a program.")]
    assert notice(extract, "ocr-layer").pages == (1,)


def test_a_pdf_with_a_password_is_refused_by_name(reader: Reader) -> None:
    with pytest.raises(CorpusError, match="encrypted and needs a password"):
        reader.read(pdfs_made.encrypted("letmein"), "a.pdf")


def test_a_pdf_that_asks_not_to_be_copied_is_read_and_told(reader: Reader) -> None:
    extract = reader.read(pdfs_made.encrypted(""), "a.pdf")
    assert extract.text == "The secret words of the council."
    assert notice(extract, "restricted")


def test_scripts_and_embedded_files_are_told_and_not_opened(reader: Reader) -> None:
    extract = reader.read(pdfs_made.active(), "a.pdf")
    assert extract.text == "The page itself says something harmless."
    said = notice(extract, "active-content").text
    assert "JavaScript" in said
    assert "embedded files" in said


def test_five_thousand_empty_pages_are_refused(reader: Reader) -> None:
    with pytest.raises(CorpusError, match=r"No page .* \(5,000 in all\)"):
        reader.read(pdfs_made.by_hand(b"", count=pdf.MAX_PAGES), "a.pdf")


def test_more_pages_than_the_limit_are_refused(reader: Reader) -> None:
    with pytest.raises(CorpusError, match=r"has 5,001 pages; the limit is 5,000"):
        reader.read(pdfs_made.by_hand(b"", count=pdf.MAX_PAGES + 1), "a.pdf")


def test_a_pdf_that_is_cut_off_is_refused_or_told(reader: Reader) -> None:
    whole = pdfs_made.by_hand(b"BT /F1 12 Tf 72 700 Td (Hello there.) Tj ET")
    assert notice(reader.read(whole[:-20], "a.pdf"), "damaged")
    with pytest.raises(CorpusError, match="damaged or none at all"):
        reader.read(whole[:60], "a.pdf")


def test_a_stream_that_unpacks_without_end_is_stopped(reader: Reader) -> None:
    packed = zlib.compressobj()
    bomb = (
        b"".join(packed.compress(b"(Hello) Tj " * 100_000) for _ in range(2_000)) + packed.flush()
    )
    raw = pdfs_made.by_hand(zlib.compress(bomb), b"/Filter[/FlateDecode/FlateDecode]")
    assert len(raw) < 100_000
    with pytest.raises(CorpusError, match=r"MiB of memory|took longer|characters of text|No page"):
        reader.read(raw, "a.pdf")
    assert reader.read(pdfs_made.pages(["Fine."]), "b.pdf").text == "Fine."


def test_objects_that_refer_to_themselves_end(reader: Reader) -> None:
    raw = pdfs_made.by_hand(b"BT /F1 12 Tf 72 700 Td (Hello.) Tj ET")
    looped = raw.replace(b"/Kids[5 0 R]", b"/Kids[2 0 R]")
    with pytest.raises(CorpusError):
        reader.read(looped, "a.pdf")


WORDS = st.lists(
    st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=12),
    min_size=1,
    max_size=120,
)


@settings(max_examples=40)
@given(words=WORDS, wide=st.integers(3, 12), high=st.integers(1, 30))
def test_no_word_is_lost_and_blocks_lie_in_order(words: list[str], wide: int, high: int) -> None:
    lines = [" ".join(part) for part in _batched(words, wide)]
    extract = pdf.read(pdfs_made.pages(*_batched(lines, high)))
    assert extract.text.split() == words
    at, page = 0, 1
    for block in extract.blocks:
        assert at <= block.span.start < block.span.end <= len(extract.text)
        assert block.page is not None
        assert block.page >= page
        at, page = block.span.end, block.page


def _batched(items: list[str], size: int) -> list[list[str]]:
    rest = iter(items)
    return list(iter(lambda: list(itertools.islice(rest, size)), []))
