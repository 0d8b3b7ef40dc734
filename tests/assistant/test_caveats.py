"""Caveats follow from who said it and when."""

from __future__ import annotations

from finds import found, hit, question, source

from assistant.caveats import caveats
from assistant.grounding import ground
from assistant.types import Caveat, Draft, DraftSentence, Statement
from assistant.verifiers import LexicalVerifier
from corpus.types import Authority, Kind, Source, Standpoint

PRESENT = "What is the benefit of this?"


def of(
    *sources: Source,
    unused: tuple[Source, ...] = (),
    asked: str = PRESENT,
    words: str = "Some words stand here.",
) -> tuple[Caveat, ...]:
    hits = tuple(hit(words, of=s) for s in sources)
    draft = Draft(tuple(DraftSentence(h.passage.text, (h.passage.id,)) for h in hits))
    find = found(*hits, *(hit("Other words.", of=s) for s in unused))
    statements: list[Statement] = [
        g.statement for g in ground(draft, find, LexicalVerifier()) if g.statement
    ]
    return caveats(
        question(asked), None, statements, find, (), 5, {"new-law": "The New Law"}.__getitem__
    )


JUDGEMENT = "The ferry is of great benefit to the town."


def test_an_opinion_names_who_judges() -> None:
    (caveat,) = of(source(kind=Kind.OPINION, authors=("A. Writer",)), words=JUDGEMENT)
    assert caveat.kind == "opinion"
    assert "A. Writer" in caveat.text
    assert caveat.statements == (0,)


def test_a_law_says_as_of_when_it_is_described() -> None:
    (caveat,) = of(source(kind=Kind.LEGISLATION, as_of="2025-10-01"))
    assert "1 October 2025" in caveat.text


def test_old_evidence_says_how_old_it_is_and_new_evidence_says_nothing() -> None:
    (caveat,) = of(source(published="2018-11"))
    assert "November 2018" in caveat.text
    assert "8 years" in caveat.text
    assert of(source(published="2024")) == ()


def test_a_superseded_source_names_its_successor() -> None:
    (caveat,) = of(source(superseded_by="new-law"))
    assert "superseded by The New Law" in caveat.text


def test_a_report_from_before_an_enactment_says_so_beside_the_law() -> None:
    law = source(
        "law", authority=Authority.ENACTED_TEXT, jurisdictions=("Texas", "United States"),
        cite_as="Texas Code", published="2025-06-20",
    )  # fmt: skip
    before = source("before", published="2025-05", jurisdictions=("Texas",))
    (caveat,) = of(before, unused=(law,))
    assert caveat.kind == "date"
    assert "from before Texas Code was enacted (20 June 2025)" in caveat.text
    assert "the enacted text holds" in caveat.text


def test_a_report_of_the_same_year_or_of_another_place_is_not_called_overtaken() -> None:
    law = source(
        "law", authority=Authority.ENACTED_TEXT, jurisdictions=("Texas",), published="2025-06-20"
    )
    same_year = source("report", published="2025", jurisdictions=("Texas",))
    elsewhere = source("other", published="2024", jurisdictions=("Utah",))
    assert of(same_year, elsewhere, unused=(law,)) == ()


def test_one_sided_evidence_names_the_other_side_that_was_found() -> None:
    for_it = (
        source("a", standpoint=Standpoint.SUPPORTIVE),
        source("b", standpoint=Standpoint.SUPPORTIVE),
    )
    against = source("c", standpoint=Standpoint.CAUTIONARY)
    caveat = of(*for_it, unused=(against,), words=JUDGEMENT)[-1]
    assert caveat.kind == "single_standpoint"
    assert "Publisher of c" in caveat.text
    assert of(*for_it) == ()


def test_judgements_are_noted_only_where_a_judgement_is_asked_for() -> None:
    opinion = source(kind=Kind.OPINION, authors=("A. Writer",))
    assert of(opinion, asked="How many ferries are there?", words=JUDGEMENT) == ()
    assert of(opinion, words="The town has 12 ferries.") == ()


def test_advocacy_and_party_statements_are_noted_as_opinion_pieces_are() -> None:
    for party in (
        source(kind=Kind.OFFICIAL_STATEMENT),
        source(kind=Kind.ASSOCIATION, standpoint=Standpoint.SUPPORTIVE),
    ):
        (caveat,) = of(party, words=JUDGEMENT)
        assert caveat.kind == "opinion"
        assert "Publisher of a-source" in caveat.text


def test_a_reported_judgement_is_that_of_whoever_the_words_name() -> None:
    (caveat,) = of(source(), words="Mayor Lee warned of the ferry.")
    assert caveat.text.endswith("those of whoever the words name.")


def test_a_question_about_the_past_does_not_find_evidence_of_that_time_old() -> None:
    old = source(published="2018-11")
    law = source(kind=Kind.LEGISLATION, as_of="2015")
    for asked in ("When did the ferry sink?", "What happened to the ferry in 2018?"):
        assert of(old, law, asked=asked) == ()
    for asked in ("Is the ferry safe?", "How many ferries are there?"):
        assert {c.kind for c in of(old, law, asked=asked)} == {"date"}


def test_old_sources_share_one_note_and_age_counts_whole_years() -> None:
    (caveat,) = of(source("a", published="2018"), source("b", published="2021-11-02"))
    assert caveat.statements == (0,)
    (caveat,) = of(source("a", published="2018"), source("b", published="2021-11-01"))
    assert caveat.statements == (0, 1)
    assert "2018 (8 years old)" in caveat.text
    assert "1 November 2021 (5 years old)" in caveat.text


def test_whoever_asks_what_a_named_one_says_is_not_told_that_it_is_one_side() -> None:
    for_it = source("a", cite_as="Ferry Friends", standpoint=Standpoint.SUPPORTIVE)
    against = source("c", standpoint=Standpoint.CAUTIONARY)
    named = "What do the Ferry Friends say?"
    kinds = {c.kind for c in of(for_it, unused=(against,), asked=named, words=JUDGEMENT)}
    assert "single_standpoint" not in kinds
    kinds = {c.kind for c in of(for_it, unused=(against,), words=JUDGEMENT)}
    assert "single_standpoint" in kinds
