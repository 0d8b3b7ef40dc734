"""The Sources tab: what it shows of the collection, and what curators do there."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from assistant.assembly import Desk, build_index, open_desk
from assistant.settings import load_settings
from assistant.types import Ask, Citation, TieRow, TieValue
from corpus.balance import balance
from corpus.catalogue import MAX_BYTES
from corpus.changes import Entry
from corpus.errors import IndexBusy, ShelfProblem
from corpus.filed import Card, Like, Original
from corpus.heads import Head
from corpus.shelf import Shelf
from corpus.ties import Tie
from corpus.types import (
    Block,
    Clue,
    Confidence,
    Document,
    Kind,
    Notice,
    Passage,
    Reading,
    Source,
    Span,
    Standpoint,
    TextKind,
)
from ui import collection_handling
from ui.balance_charts import balance_html, lacking
from ui.collection import At, Find, FindTies, read_event
from ui.collection_handling import NOT_UNDERSTOOD, Collecting
from ui.collection_table import PAGE, collection_html, found, ordered
from ui.head_forms import KEYS, changed, shown
from ui.review_pages import Queue, findings_html, queue_html
from ui.serving import Served, start
from ui.source_pages import MAX_TEXT, Sheet, ranges, sheet_html
from ui.tie_pages import fits, ties_html
from ui.uploading import take_file

TODAY = "2026-11-23"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
ATTRIBUTES = set(
    "accept aria-current aria-hidden aria-label aria-sort autocomplete class data-act data-by "
    "data-count data-do data-page data-part data-place data-source data-turn data-upload dir href "
    "id inputmode list maxlength name pattern rel required role scope selected style tabindex "
    "target title type value".split()
)
WORDS = (
    "The Marlow council signed a sister-city agreement with Tessport in June 2021.",
    "The Marlow council reported that the agreement with Tessport cost nothing in 2022.",
)
NOTE = """---
id: zelbridge-2025
title: "Zelbridge ends an agreement"
publisher: Zelbridge Gazette
cite_as: Zelbridge Gazette
published: "2025-01-02"
kind: news
text_kind: full
read_extent: whole
---

## What happened

The Zelbridge council ended its sister-city agreement with Quillport in March 2024.
"""


def source(id: str = "bridge", **changes: Any) -> Source:
    made = Source(
        id=id,
        version="0" * 64,
        title="The bridge",
        publisher="City archive",
        cite_as="the city archive",
        kind=Kind.CITY_RECORD,
        text_kind=TextKind.FULL,
        path=f"{id}.md",
        published="2025-03-01",
        collection="own",
    )
    return replace(made, **changes)


class Reader(HTMLParser):
    """Reads HTML as a browser would."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


SOURCES = (
    source("a", title="Alpha", published="2024", topics=("trade",), review_by="2026-10"),
    source("b", title="beta", published=None, kind=Kind.NEWS, confidence=Confidence.LOW),
    source("c", title="Gamma", jurisdictions=("Ohio", "China"), confidence=Confidence.HIGH),
    source("d", title="delta", collection="starter", standpoint=Standpoint.NEUTRAL),
)


def ids(sources: list[Source]) -> str:
    return "".join(s.id for s in sources)


@pytest.mark.parametrize(
    ("find", "expected"),
    [
        (Find(), "abcd"),
        (Find(words="ALPHA archive"), "a"),
        (Find(words="trade"), "a"),
        (Find(words="alpha gamma"), ""),
        (Find(kind="news"), "b"),
        (Find(jurisdiction="China"), "c"),
        (Find(collection="starter", standpoint="neutral"), "d"),
        (Find(jurisdiction="Chin"), ""),
    ],
)
def test_finds_sources_by_words_and_filters(find: Find, expected: str) -> None:
    assert ids(found(SOURCES, find)) == expected


@pytest.mark.parametrize(
    ("by", "down", "expected"),
    [
        ("title", False, "abdc"),
        ("title", True, "cdba"),
        ("published", False, "adcb"),
        ("published", True, "dcab"),
        ("confidence", False, "cbad"),
        ("jurisdictions", False, "cabd"),
        ("review_by", True, "abdc"),
    ],
)
def test_orders_by_any_column_with_what_is_missing_last(by: Any, down: bool, expected: str) -> None:
    assert ids(ordered(SOURCES, by, down)) == expected


def test_the_table_tells_order_count_and_what_is_past_its_review() -> None:
    html = collection_html(SOURCES, At(find=Find(words="a"), by="review_by"), TODAY)
    page = Reader(html)
    assert [th.get("aria-sort") for th in page.all("th") if "aria-sort" in th].count("none") == 9
    assert "All 4 sources." in page.text
    assert "October 2026 past" in page.text
    assert (
        "1 of 4 sources."
        in Reader(collection_html(SOURCES, At(find=Find(kind="news")), TODAY)).text
    )
    none = collection_html(SOURCES, At(find=Find(words="zzz")), TODAY)
    assert "No source of the collection fits." in none
    assert "<table" not in none


def test_the_table_is_paged_and_a_page_beyond_the_last_is_the_last() -> None:
    many = [source(f"s{n}", title=f"Title {n:03}") for n in range(PAGE + 1)]
    first = collection_html(many, At(), TODAY)
    assert "Page 1 of 2." in first
    assert "Title 049" in first
    assert "Title 050" not in first
    last = collection_html(many, At(page=9), TODAY)
    assert "Page 2 of 2." in last
    assert "Title 050" in last
    assert "Next page" not in last


def cite(words: str) -> Citation:
    end = len(words)
    passage = Passage("p", "bridge", "0" * 64, words, 0, end, "", None, (Span(0, end),))
    return Citation(0, source(), passage, words, 0, end)


def tie(id: str, city: str, region: str, country: str, partner: str) -> Tie:
    return Tie(id, city, region, country, partner, "", "China", (), (), (), ())


TIES = (
    tie("prague-beijing", "Prague", "", "Czechia", "Beijing"),
    tie("fort-worth-guiyang", "Fort Worth", "Texas", "United States", "Guiyang"),
)
CITED = (cite("Prague and Beijing were sister cities."),)
ROWS = (
    TieRow(
        "prague-beijing",
        "Prague, Czechia",
        "Beijing, China",
        (TieValue("sister-city", CITED),),
        (TieValue("2016", CITED), TieValue("2017-03", CITED)),
        (TieValue("ended", CITED, ("2019-10",)),),
    ),
    TieRow("fort-worth-guiyang", "Fort Worth, Texas", "Guiyang, China", (), (), ()),
)


@pytest.mark.parametrize(
    ("find", "expected"),
    [
        ({}, 2),
        ({"place": "Texas"}, 1),
        ({"place": "Czechia", "partner": "Guiyang"}, 0),
        ({"kind": "sister-city"}, 1),
        ({"status": "ended"}, 1),
        ({"status": "active"}, 0),
        ({"words": "worth TEXAS"}, 1),
        ({"first": "2018", "last": "2020"}, 1),
        ({"first": "2020", "last": "2018"}, 1),
        ({"first": "2020"}, 0),
        ({"last": "2016"}, 1),
    ],
)
def test_finds_ties_by_place_partner_kind_status_years_and_words(
    find: dict[str, str], expected: int
) -> None:
    wanted = FindTies(**find)
    pairs = zip(TIES, ROWS, strict=True)
    assert sum(fits(one, row, wanted) for one, row in pairs) == expected


def test_the_register_tells_what_it_lacks_and_leads_to_the_words() -> None:
    page = Reader(ties_html(TIES, ROWS, FindTies()))
    assert "far from complete" in page.text
    assert "Sources differ:" in page.text
    assert "ended (October 2019)" in page.text
    links = [a["href"] for a in page.all("a")]
    assert links[0] == f"/source/bridge/{'0' * 64}?start=0&end=38#cited"
    assert "This collection has no register." in ties_html((), (), FindTies())


def test_the_balance_gives_numbers_beside_bars_that_no_reader_hears() -> None:
    html = balance_html(balance(SOURCES, date(2026, 11, 23)))
    page = Reader(html)
    assert "City record3" in page.text
    bars = [td for td in page.all("td") if "aria-hidden" in td]
    assert len(bars) == len([s for s in page.all("span") if s.get("class") == "bar"]) == 16
    assert "Past its review date (1)" in page.text
    assert "3 sources without a day of review" in page.text
    assert "holds no source." in balance_html(balance((), date(2026, 11, 23)))


def test_says_what_a_collection_does_not_hold() -> None:
    told = lacking(balance(SOURCES, date(2026, 11, 23)))
    assert "no source of the kind legislation, government report" in told
    assert "none with a cautionary, mixed or supportive standpoint" in told
    assert "3 sources state no standpoint." in told
    assert "may well exist" in told


def test_numbers_of_sentences_are_told_as_ranges() -> None:
    assert ranges((7, 1, 2, 3, 9, 10)) == "1–3, 7, 9–10"
    assert ranges(()) == ""


HEAD = Head.model_validate(
    {
        "id": "bridge",
        "title": "The bridge",
        "publisher": "City archive",
        "kind": "city-record",
        "text_kind": "full",
        "authors": ["A. Roe", "B. Doe"],
        "status": "proposed",
        "authority": "report",
    }
)


def test_a_form_that_was_not_touched_changes_nothing() -> None:
    fields = {key.name: shown(getattr(HEAD, key.name)) for key in KEYS}
    assert changed(HEAD, fields) == {}
    assert changed(HEAD, {"id": "other", "status": "current", "unknown": "x"}) == {}


def test_fields_become_values_of_the_head() -> None:
    fields = {"authors": "C. Poe ; ; D. Foe", "published": "2024-05", "authority": " "}
    assert changed(HEAD, fields) == {
        "authors": ("C. Poe", "D. Foe"),
        "published": "2024-05",
        "authority": None,
    }
    assert changed(HEAD, {"title": ""}) == {"title": ""}, "what is required is not emptied silently"


@given(st.lists(st.text("abc é<&", min_size=1).map(str.strip).filter(bool), max_size=4))
def test_lists_of_the_head_come_back_from_their_field(values: list[str]) -> None:
    head = HEAD.model_copy(update={"cities": ()})
    expected = {"cities": tuple(values)} if values else {}
    assert changed(head, {"cities": shown(tuple(values))}) == expected


def entry(**changes: Any) -> Entry:
    card = Card(
        head=HEAD,
        original=Original(name="bridge.pdf", sha256="1" * 64, size=1234),
        clues=(Clue("title", "The bridge", "the first heading"), Clue("title", "Old", "the name")),
        notices=(Notice("no-text", "Pages hold no text.", (2, 3)),),
        likes=(Like(id="a", what="same-sentences", share=0.95),),
    )
    return Entry("bridge", "own", "0" * 64, card.model_copy(update=changes))


def sheet(entry: Entry | None, text: str = "One.\nTwo.", **changes: Any) -> Sheet:
    blocks = (Block(Span(0, 4), "First", 1), Block(Span(5, len(text)), "First › Second", 2))
    shown_source = source(**changes)
    return Sheet(Document(shown_source, text, blocks), entry, (), (), {"a": "Alpha"})


def test_a_proposal_shows_guesses_with_evidence_notices_and_what_it_resembles() -> None:
    page = Reader(sheet_html(sheet(entry(), status="proposed"), "the queue", "Ada", TODAY))
    assert "Guessed from the first heading" in page.text
    assert "or “Old” (the name)" in page.text
    assert "Pages hold no text. (pages 2, 3)" in page.text
    assert "nearly the same sentences as a (95% of the sentences): Alpha" in page.text
    assert "bridge.pdf, 1,234 bytes" in page.text
    assert "1" * 64 in page.text
    names = [i.get("value") for i in page.all("input") if i.get("name") == "who"]
    assert names == ["Ada"]
    acts = [b.get("value") for b in page.all("button") if b.get("name") == "act"]
    assert acts == ["save", "approve", "reject"], "Enter presses the first: it decides nothing"


def test_a_source_shows_its_head_headings_pages_and_where_facts_were_read() -> None:
    readings = (Reading("https://example.org/a", "", (1, 2)), Reading(None, "a leaflet"))
    shown_sheet = sheet(None, read_at=readings, superseded_by="a", supersedes=("gone",))
    page = Reader(sheet_html(shown_sheet, "the collection", "", TODAY))
    assert "First › Second" in page.text
    assert "Page 2" in page.text
    assert "(sentences 1–2)" in page.text
    assert "a leaflet" in page.text
    assert "Superseded byAlpha" in page.text
    assert "Takes the place ofgone" in page.text
    assert "No answer on record cites it." in page.text
    assert "file in a folder" in page.text
    assert not [i for i in page.all("input") if (i.get("name") or "").startswith("head-")]


def test_a_very_long_text_is_cut_and_says_so() -> None:
    page = Reader(sheet_html(sheet(None, "x" * (MAX_TEXT + 9)), "the collection", "", TODAY))
    assert f"The first {MAX_TEXT:,} of {MAX_TEXT + 9:,} characters are shown." in page.text
    assert page.text.count("x") < MAX_TEXT + 50


def test_nothing_in_a_source_becomes_markup() -> None:
    texts = dict.fromkeys(("title", "publisher", "cite_as", "perspective", "read_note"), HOSTILE)
    lists = dict.fromkeys(("authors", "jurisdictions", "cities", "topics"), (HOSTILE,))
    wild = source(**texts, **lists, url="javascript:alert(1)", collection=HOSTILE, language=HOSTILE)
    head = HEAD.model_copy(update=texts | lists)
    card = entry(
        head=head,
        clues=(Clue("title", HOSTILE + "2", HOSTILE), Clue("publisher", HOSTILE, HOSTILE)),
        notices=(Notice("no-text", HOSTILE),),
        original=Original(name=HOSTILE, sha256="1" * 64, size=1),
    )
    at = At(find=Find(words=HOSTILE, kind=HOSTILE), said=HOSTILE, problem=HOSTILE, who=HOSTILE)
    wild_ties = (tie("t", HOSTILE, HOSTILE, HOSTILE, HOSTILE),)
    rows = (TieRow("t", HOSTILE, HOSTILE, (TieValue("sister-city", CITED),), (), ()),)
    text = HOSTILE + "\n" + HOSTILE
    blocks = (Block(Span(0, len(text)), HOSTILE, 1),)
    page = Sheet(
        Document(replace(wild, status="proposed"), text, blocks), card, (), (), {"a": HOSTILE}
    )
    html = "".join(
        (
            collection_html([wild], replace(at, find=Find()), TODAY),
            collection_html([wild], at, TODAY),
            sheet_html(page, HOSTILE, HOSTILE, TODAY),
            queue_html(Queue((card,), (card,), (), (HOSTILE,)), HOSTILE, HOSTILE, 20),
            findings_html(card, {"a": HOSTILE}),
            ties_html(wild_ties, rows, FindTies(words=HOSTILE)),
            ties_html(wild_ties, rows, FindTies()),
            balance_html(balance([replace(wild, review_by="2020")], date(2026, 11, 23))),
            collection_handling.frame_html(at, 1, ""),
        )
    )
    read = Reader(html)
    tags = {tag for tag, _ in read.elements}
    assert not tags & {"script", "img", "iframe", "object", "style"}
    assert {name for _, attributes in read.elements for name in attributes} <= ATTRIBUTES
    hrefs = [a.get("href") or "" for a in read.all("a")]
    assert hrefs
    assert all(h == "#" or h.startswith(("/source/", "/?c=", "https://")) for h in hrefs)
    assert HOSTILE in read.text


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"do": "drop"},
        {"do": "part", "part": "elsewhere"},
        {"do": "sort", "by": "path"},
        {"do": "page", "page": "0"},
        {"do": "source", "source": ""},
        {"do": "find", "words": "x" * 201},
        {"do": "find-ties", "first": "20"},
        {"do": "decide", "act": "destroy", "source": "a"},
        {"do": "decide", "act": "save", "source": "a", "head-title": "x" * 2001},
        {"do": "decide", "act": "save", "source": "a", "head-title": ["x"]},
    ],
)
def test_refuses_what_the_tab_never_sends(data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read_event(data)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "zelbridge.md").write_text(NOTE, encoding="utf-8")
    settings = load_settings(
        home=tmp_path / "home", starter=False, sources=(folder,), embedder="hashing:384"
    )
    build_index(settings)
    desk = open_desk(settings)
    yield desk
    desk.close()


def add(desk: Desk, text: str = "\n".join(WORDS), name: str = "marlow.txt") -> str:
    acquired = take_file(desk.settings.home, text.encode(), name, "own", "Ada")
    assert acquired.outcome == "proposed"
    return acquired.entry.id


def act(desk: Desk, at: At = At(), **data: str) -> tuple[str, At]:  # noqa: B008 - At is frozen
    html, after = Collecting(desk).act(at, {key.replace("_", "-"): v for key, v in data.items()})
    return html, after


def decide(desk: Desk, what: str, id: str, **data: str) -> tuple[str, At]:
    return act(desk, do="decide", act=what, source=id, who="Ada", **data)


def titles(desk: Desk) -> set[str]:
    return {s.title for s in desk.retriever.sources()}


def test_walks_through_the_parts_and_keeps_the_search(desk: Desk) -> None:
    html, at = act(desk, do="find", words="zelbridge")
    assert "Zelbridge ends an agreement" in html
    html, at = act(desk, at, do="source", source="zelbridge-2025")
    assert "What happened" in html
    assert "nothing was changed on this machine" in html
    html, at = act(desk, at, do="part", part="balance")
    assert "1 source." in html
    html, at = act(desk, at, do="part", part="ties")
    assert "no register" in html
    html, at = act(desk, at, do="part", part="collection")
    assert at.find.words == "zelbridge"
    _, at = act(desk, at, do="sort", by="title")
    assert at.down, "the same column again is the other way round"
    _, at = act(desk, at, do="sort", by="kind")
    assert not at.down


def test_says_where_a_source_was_cited(desk: Desk) -> None:
    asked = "When did the Zelbridge council end its sister-city agreement with Quillport?"
    list(desk.recording.stream(Ask(asked, date(2026, 11, 23)), "c" * 24))
    html, _ = act(desk, do="source", source="zelbridge-2025")
    assert asked in Reader(html).text
    assert f'href="/?c={"c" * 24}"' in html


def test_an_unknown_source_or_event_is_said_and_nothing_moves(desk: Desk) -> None:
    before = At(part="review")
    html, at = act(desk, before, do="source", source="nowhere")
    assert "There is no source &#x27;nowhere&#x27;" in html
    assert (at.part, at.source) == ("review", "")
    html, at = act(desk, before, do="eval")
    assert NOT_UNDERSTOOD in html
    assert at.part == "review"


def test_a_proposed_source_is_reviewed_edited_approved_and_then_searched(desk: Desk) -> None:
    id_ = add(desk)
    html, _ = act(desk, do="part", part="review")
    assert "To review (1)" in html
    assert titles(desk) == {"Zelbridge ends an agreement"}
    html, at = act(desk, do="source", source=id_)
    assert "Proposed: it is not cited" in html
    html, at = decide(desk, "approve", id_, head_title="Marlow's ties", head_published="2022-05")
    assert "Marlow&#x27;s ties: approved. The index is up to date." in html
    assert (at.who, at.source) == ("Ada", "")
    assert "Marlow's ties" in titles(desk)
    html, _ = act(desk, do="source", source=id_)
    text = Reader(html).text
    assert "In use: it may be cited." in text
    assert "Approved by Ada" in text
    assert "→ Marlow's ties" in text


def test_saving_for_later_keeps_it_proposed(desk: Desk) -> None:
    id_ = add(desk)
    html, _ = decide(desk, "save", id_, head_publisher="Marlow council")
    assert "the head was saved." in html
    with Shelf(desk.settings.home) as shelf:
        assert shelf.entry(id_).head.publisher == "Marlow council"
        assert shelf.entry(id_).status == "proposed"
    html, _ = decide(desk, "save", id_, head_publisher="Marlow council")
    assert "Nothing of" in html


def test_a_rejection_needs_a_reason_and_a_name(desk: Desk) -> None:
    id_ = add(desk)
    assert "It is not said why." in decide(desk, "reject", id_)[0]
    html, _ = act(desk, do="decide", act="reject", source=id_, who=" ", why="off topic")
    assert "It is not said who decides." in html
    html, _ = decide(desk, "reject", id_, why="off topic")
    assert "rejected." in html
    html, _ = act(desk, do="part", part="review")
    assert "No longer used (1)" in html
    html, _ = act(desk, do="source", source=id_)
    assert "Propose again" in html
    html, _ = decide(desk, "restore", id_)
    assert "restored." in html
    assert "To review (1)" in html


def test_a_head_that_is_not_allowed_is_refused_in_one_line(desk: Desk) -> None:
    id_ = add(desk)
    html, _ = decide(desk, "approve", id_, head_published="yesterday")
    assert "write a date as 2023, 2023-06 or 2023-06-07" in html
    with Shelf(desk.settings.home) as shelf:
        assert shelf.entry(id_).status == "proposed"


def test_a_file_of_a_folder_is_retired_and_used_again(desk: Desk) -> None:
    id_ = add(desk)
    decide(desk, "approve", id_)
    html, _ = decide(desk, "retire", "zelbridge-2025", why="out of date")
    assert "retired. The index is up to date." in html
    assert "Zelbridge ends an agreement" not in titles(desk)
    html, _ = act(desk, do="part", part="review")
    assert "Use it again" in html
    html, _ = decide(desk, "restore", "zelbridge-2025", why="it was not")
    assert "restored." in html
    assert "Zelbridge ends an agreement" in titles(desk)


@pytest.mark.parametrize("what", ["retire", "supersede"])
def test_the_page_of_a_file_that_is_no_longer_used_is_left(desk: Desk, what: str) -> None:
    other = add(desk)
    decide(desk, "approve", other)
    _, opened = act(desk, do="source", source="zelbridge-2025")
    data = {"do": "decide", "act": what, "source": "zelbridge-2025", "other": other}
    html, at = act(desk, opened, who="Ada", why="newer", **data)
    assert f"Zelbridge ends an agreement: {what}d. The index is up to date." in html
    assert "1 source." in html
    assert (at.source, at.problem) == ("", "")
    html, _ = act(desk, at, do="part", part="review")
    assert "Zelbridge ends an agreement" in html


def test_where_the_open_source_is_gone_the_part_around_it_is_shown(desk: Desk) -> None:
    html, at = Collecting(desk).show(At(source="nowhere"))
    assert "There is no source &#x27;nowhere&#x27;" in html
    assert "Zelbridge ends an agreement" in html
    assert at.source == ""


def test_a_source_takes_the_place_of_another(desk: Desk) -> None:
    id_ = add(desk)
    decide(desk, "approve", id_)
    html, _ = decide(desk, "supersede", "zelbridge-2025", other="nothing", why="newer")
    assert "There is no filed source &#x27;nothing&#x27;" in html
    html, _ = decide(desk, "supersede", "zelbridge-2025", other=id_, why="newer")
    assert "superseded." in html
    assert "Zelbridge ends an agreement" not in titles(desk)


def test_a_busy_index_is_said_and_can_be_brought_up_to_date_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = add(desk)

    def busy(_: object) -> None:
        raise IndexBusy("Another build is running.", "Wait for it.")

    with monkeypatch.context() as patch:
        patch.setattr(collection_handling, "build_index", busy)
        html, at = decide(desk, "approve", id_)
    assert "Another build is running." in html
    assert "approved." in html
    assert "1 source in the index are not yet as decided" in html
    html, at = act(desk, at, do="reindex")
    assert "The index is up to date." in html
    assert "Bring the index up to date" not in html


def test_a_file_is_refused_where_nobody_adds_it_or_it_holds_nothing(desk: Desk) -> None:
    home = desk.settings.home
    with pytest.raises(ShelfProblem, match="not said"):
        take_file(home, b"Some words stand here.", "a.txt", "own", "")
    with pytest.raises(ShelfProblem, match="cannot be the name"):
        take_file(home, b"Some words stand here.", "a.txt", "../up", "Ada")


def test_the_same_file_again_opens_what_is_there(desk: Desk) -> None:
    id_ = add(desk)
    again = take_file(desk.settings.home, "\n".join(WORDS).encode(), "b.txt", "own", "Ada")
    assert (again.outcome, again.entry.id) == ("unchanged", id_)
    html, at = act(desk, do="uploaded", outcome="unchanged", id=id_, who="Ada")
    assert "on the shelf already" in html
    assert (at.part, at.source, at.who) == ("review", id_, "Ada")


@pytest.fixture
def served(desk: Desk) -> Iterator[Served]:
    page = start(desk)
    yield page
    page.stop()


def post(url: str, body: bytes, query: str, origin: str = "") -> tuple[int, dict[str, str]]:
    headers = {"Origin": origin} if origin else {}
    request = urllib.request.Request(f"{url}sources?{query}", body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        return error.code, {}


def test_a_file_that_is_sent_is_proposed_or_refused_in_one_line(desk: Desk, served: Served) -> None:
    named = "collection=own&who=Ada&name="
    status, told = post(served.url, "\n".join(WORDS).encode(), f"{named}marlow.txt")
    assert (status, told["outcome"]) == (200, "proposed")
    with Shelf(desk.settings.home) as shelf:
        assert shelf.entry(told["id"]).status == "proposed"
        assert shelf.original(told["id"])[0].read_bytes() == "\n".join(WORDS).encode()
    for raw, name, why in (
        (b"", "empty.txt", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "photo.pdf", "a PNG picture"),
        (bytes(MAX_BYTES + 1), "large.txt", "larger than 20 MiB"),
    ):
        status, told = post(served.url, raw, named + name)
        assert (status, told["outcome"]) == (200, "refused")
        assert why in told["problem"]
        assert told["problem"].count(name) == 1


@pytest.mark.parametrize("site", ["https://evil.example", "null", "http://[", "http://127.0.0.1:1"])
def test_another_site_cannot_add_a_file(desk: Desk, served: Served, site: str) -> None:
    query = "collection=own&who=Ada&name=a.txt"
    assert post(served.url, b"Words.", query, site)[0] == 403
    with Shelf(desk.settings.home) as shelf:
        assert shelf.entries() == ()
