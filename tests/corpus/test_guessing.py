"""What is guessed of a head, and from which words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.guessing import guess, make_id
from corpus.heads import Head
from corpus.readers import read_markdown
from corpus.types import Block, Clue, Extract, Kind, Notice, ReadExtent, Span


def extract(text: str, *clues: Clue, notices: tuple[Notice, ...] = ()) -> Extract:
    return Extract(text, tuple(read_markdown(text)), clues, notices)


def guessed(text: str, *clues: Clue, name: str = "file.md") -> tuple[Head, dict[str, list[Clue]]]:
    head, found = guess(extract(text, *clues), name, ())
    by_key: dict[str, list[Clue]] = {}
    for clue in found:
        by_key.setdefault(clue.key, []).append(clue)
    return head, by_key


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("RESOLUTION NO. 2023-14 of the council", Kind.CITY_RECORD),
        ("Minutes of the regular meeting of May 3", Kind.CITY_RECORD),
        ("Be it enacted by the Legislature of the State:", Kind.LEGISLATION),
        ("Ordinance No. 77", Kind.LEGISLATION),
        ("Press release", Kind.OFFICIAL_STATEMENT),
        ("FOR IMMEDIATE RELEASE", Kind.OFFICIAL_STATEMENT),
        ("Abstract. We study towns.", Kind.ACADEMIC),
        ("See https://doi.org/10.1000/182 for more", Kind.ACADEMIC),
        ("Notice is hereby given that the hearing is off.", Kind.GOVERNMENT_NOTICE),
        ("Memorandum Circular No. 2026-004", Kind.GOVERNMENT_NOTICE),
        ("Report to Congress on towns", Kind.GOVERNMENT_REPORT),
        ("PRAGUE (AP) The mayor went home.", Kind.NEWS),
        ("Op-ed", Kind.OPINION),
        ("Policy brief", Kind.THINK_TANK),
        ("Bulletin of the League of Minnesota Cities", Kind.ASSOCIATION),
    ],
)
def test_a_kind_is_guessed_from_words_that_only_it_uses(words: str, kind: Kind) -> None:
    head, clues = guessed(f"# Towns\n\n{words}\n")
    assert head.kind is kind
    assert clues["kind"][0].evidence == f"“{words}”"


def test_without_evidence_the_head_says_that_nothing_is_known() -> None:
    head, clues = guessed("Towns are fine.", name="towns.txt")
    assert (head.kind, head.publisher, head.published) == (Kind.UNCLASSIFIED, "unstated", None)
    assert clues.keys() == {"title"}
    assert head.status == "proposed"


@pytest.mark.parametrize(
    ("words", "date"),
    [
        ("Published on June 7, 2023", "2023-06-07"),
        ("Adopted: 7 June 2023", "2023-06-07"),
        ("Date: 2023-06-07", "2023-06-07"),
        ("approved by the council on the 7th of June 2023", None),
        ("Issued Sept. 2021", "2021-09"),
        ("published 31 February 2023", None),
        ("Posted May 5th, 2020", "2020-05-05"),
        ("Released Oct-16-2023", "2023-10-16"),
    ],
)
def test_a_date_behind_a_word_such_as_published_is_believed(words: str, date: str | None) -> None:
    head, _ = guessed(f"The fair of 3 March 1999 was fine.\n\n{words}\n")
    assert head.published == (date or "1999-03-03")


def test_a_date_of_the_metadata_outranks_a_bare_one_in_the_text() -> None:
    stated = Clue("published", "2024-02-03T10:00:00Z", "the page's metadata")
    head, clues = guessed("The fair of 3 March 1999 was fine.", stated)
    assert head.published == "2024-02-03"
    assert [clue.value for clue in clues["published"]] == ["2024-02-03", "1999-03-03"]
    head, _ = guessed("Published 5 May 2020.\n\nThe fair of 3 March 1999 was fine.", stated)
    assert head.published == "2020-05-05"


MADE = Clue(
    "published", "2024-02-03", "when the file was made, which may be long after publication"
)


@pytest.mark.parametrize(
    ("words", "date"),
    [
        ("Report Date: 01/31/2008", "2008-01-31"),
        ("Report Date: 05/05/2008", "2008-05-05"),
        ("Report Date: 01/02/2008", "2008"),
        ("Report Date: 31/01/2008", "2008"),
        ("Location: Delft; Date: 1/31/2008.", "2008-01-31"),
        ("Oct-16-2023", "2023-10-16"),
        ("Date: 16 October 2023", "2023-10-16"),
        ("Dated 16 October 2023", "2023-10-16"),
        ("Published 16 October 2023", "2023-10-16"),
        ("The towns met.\nOct-16-2023\nThey parted.", "2023-10-16"),
        ("Report Date: 31/31/2008", "2024-02-03"),
        ("Date & Time: 12/08/2007, 1730 EST", "2024-02-03"),
        ("Date of birth: 01/31/1950", "2024-02-03"),
        ("Completion Date: 01/31/1950", "2024-02-03"),
    ],
)
@pytest.mark.parametrize(
    "made", [MADE, Clue("published", "2024-02-03", "the document's property created")]
)
def test_a_printed_date_is_preferred_to_when_the_file_was_made(
    words: str, date: str, made: Clue
) -> None:
    head, clues = guessed(f"# Towns\n\n{words}\n\nWords.", made)
    assert head.published == date
    assert "2024-02-03" in [clue.value for clue in clues["published"]]
    if date != "2024-02-03":
        assert clues["published"][0].evidence.strip("“”") in words


def test_figures_of_a_date_give_the_year_where_the_language_is_not_english() -> None:
    dutch = Clue("language", "nl-NL", "x")
    assert guessed("Report date: 01/31/2008", dutch)[0].published == "2008"


def test_a_date_far_below_counts_only_as_that_of_the_report() -> None:
    long = "# Towns\n\n" + "Words follow on words here. " * 200
    assert guessed(f"{long}\n\nOct-16-2023", MADE)[0].published == "2024-02-03"
    assert guessed(f"{long}\n\nDate: 01/31/2008", MADE)[0].published == "2024-02-03"
    stated = f"{long}\n\nIn charge: Jane Roe Report Date: 01/31/2008."
    assert guessed(stated, MADE)[0].published == "2008-01-31"
    one_block = "Words follow on here.\n" * 200 + "Oct-16-2023"
    whole = Extract(one_block, (Block(Span(0, len(one_block)), ""),), (MADE,))
    assert guess(whole, "a.txt", ())[0].published == "2024-02-03"


def test_a_date_on_a_line_of_its_own_is_likelier_than_one_in_a_sentence() -> None:
    text = "# Towns\n\nThe fair of 3 March 1999 was fine.\n\nOct-16-2023\n"
    head, clues = guessed(text, MADE)
    assert head.published == "2023-10-16"
    assert clues["published"][0].evidence == "“Oct-16-2023”"


def test_a_year_in_the_name_of_the_file_is_better_than_none() -> None:
    head, clues = guessed("Towns are fine.", name="annual-report-2019.pdf")
    assert head.published == "2019"
    assert clues["published"][0].evidence == "the name of the file"


@pytest.mark.parametrize(
    ("text", "publisher"),
    [
        ("City of Springfield\n\nSome words follow here.", "City of Springfield"),
        ("The City and County of Denver\n\nWords.", "City and County of Denver"),
        ("# Towns\n\nPublished by Example House, in Delft", "Example House, in Delft"),
        ("# Towns\n\nWords.\n\n© 2021-2023 Example Trust. All rights reserved.", "Example Trust"),
        ("# Towns\n\n© 2021 All rights reserved.", "unstated"),
    ],
)
def test_a_publisher_is_read_from_letterhead_or_imprint(text: str, publisher: str) -> None:
    assert guessed(text)[0].publisher == publisher


def test_the_letterhead_is_not_taken_for_the_title() -> None:
    head, _ = guessed("City of Springfield\n\nResolution No. 2023-14\n\nWords follow here.")
    assert head.title == "Resolution No. 2023-14"
    assert guessed("June 7, 2023\n\nOn towns\n\nWords.")[0].title == "On towns"


def test_a_page_title_is_parted_into_heading_and_site() -> None:
    head, clues = guessed(
        "# Towns: a review\n\nWords.", Clue("title", "Towns: a review | Example News", "the page")
    )
    assert (head.title, head.publisher) == ("Towns: a review", "Example News")
    assert "Towns: a review | Example News" in [clue.value for clue in clues["title"]]


@pytest.mark.parametrize("junk", ["Microsoft Word - a.doc", "untitled", "report.indd", "Document1"])
def test_a_title_that_a_program_made_up_is_passed_over(junk: str) -> None:
    head, _ = guessed("# Towns\n\nWords.", Clue("title", junk, "the file's metadata"))
    assert head.title == "Towns"


def test_authors_are_read_from_a_byline_and_from_metadata() -> None:
    head, _ = guessed("# Towns\n\nBy Jane Roe and John O'Neil-Doe\n\nWords.")
    assert head.authors == ("Jane Roe", "John O'Neil-Doe")
    head, _ = guessed("# Towns\n\nBy the way, this is no name.", Clue("authors", "A B; C D", "x"))
    assert head.authors == ("A B", "C D")


def test_clues_that_cannot_stand_in_a_head_are_dropped() -> None:
    head, clues = guessed(
        "# Towns\n\nWords.",
        Clue("kind", "gossip", "x"),
        Clue("url", "javascript:alert(1)", "x"),
        Clue("language", "English!", "x"),
        Clue("published", "yesterday", "x"),
        Clue("title", "t" * 5000, "x"),
    )
    assert (head.kind, head.url, head.language, head.published) == (
        Kind.UNCLASSIFIED, None, "en", None,
    )  # fmt: skip
    assert clues.keys() == {"title"}


def test_what_no_head_may_hold_is_left_out_of_guesses() -> None:
    bent = Clue("title", "On\x08 \u202etowns\ud800", "x")
    assert guessed("Words.", bent)[0].title == "On towns"
    assert guessed("", name="\x08.md")[0].title == ".md"


def test_a_language_with_a_region_is_cut_to_its_code() -> None:
    assert guessed("# T\n\nWords.", Clue("language", "pt-BR", "x"))[0].language == "pt"


def test_evidence_names_the_page() -> None:
    text = "Press release"
    found = Extract(text, (Block(Span(0, len(text)), "", 4),))
    _, clues = guess(found, "a.pdf", ())
    assert Clue("kind", "official-statement", "“Press release” on page 4") in clues


def test_pages_without_text_leave_the_publication_read_in_part() -> None:
    scan = (Notice("no-text", "Two pages have no text.", (3, 4)),)
    assert guess(extract("Words.", notices=scan), "a.pdf", ())[0].read_extent is ReadExtent.PART
    assert guess(extract("Words."), "a.pdf", ())[0].read_extent is ReadExtent.WHOLE


@pytest.mark.parametrize(
    ("title", "name", "published", "made"),
    [
        ("Towns of Friesland", "a.pdf", "2023-06-07", "towns-of-friesland-2023"),
        ("Towns in 2023", "a.pdf", "2023", "towns-in-2023"),
        ("Příklad: město", "a.pdf", None, "priklad-mesto"),
        ("姐妹城市", "sister city.pdf", "2020", "sister-city-2020"),
        ("姐妹城市", "姐妹.pdf", None, "source"),
    ],
)
def test_an_id_is_made_of_title_and_year(
    title: str, name: str, published: str | None, made: str
) -> None:
    assert make_id(title, name, published, ()) == made
    assert make_id(title, name, published, {made, f"{made}-2"}) == f"{made}-3"


@given(st.text(min_size=1), st.text(min_size=1, max_size=40), st.sampled_from([None, "2023-06"]))
def test_an_id_can_always_be_one(title: str, name: str, published: str | None) -> None:
    head = {"title": "t", "publisher": "p", "kind": "news", "text_kind": "full"}
    Head.model_validate({"id": make_id(title, name, published, ()), **head})


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300), st.lists(st.text(max_size=30)))
def test_any_text_gets_a_head_and_every_clue_has_evidence(text: str, values: list[str]) -> None:
    keys = ("title", "publisher", "published", "language", "kind", "url", "authors", "licence")
    clues = [Clue(key, value, "metadata") for key in keys for value in values]
    head, found = guess(Extract(text, tuple(read_markdown(text)), tuple(clues)), "a.md", ())
    assert head.status == "proposed"
    assert all(clue.evidence for clue in found)


def test_a_line_made_to_keep_a_pattern_busy_is_passed_over_quickly() -> None:
    hostile = "By A" + " and B" * 600 + " 1"
    assert guessed(f"# Towns\n\n{hostile}\n")[0].authors == ()
