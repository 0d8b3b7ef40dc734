"""Judgements are told from facts, and their judges from whoever reports them."""

from __future__ import annotations

import pytest
from finds import found, hit, question, source

from assistant.attribution import attribution
from assistant.grounding import ground
from assistant.judgements import asks_judgement, judge, judges
from assistant.types import Draft, DraftSentence
from assistant.verifiers import LexicalVerifier
from corpus.types import Kind, Source, Standpoint

NEWS = source(kind=Kind.NEWS)
PARTIES = (
    source(kind=Kind.OPINION, authors=("A. Writer",)),
    source(kind=Kind.OFFICIAL_STATEMENT),
    source(kind=Kind.ASSOCIATION, standpoint=Standpoint.SUPPORTIVE),
    source(kind=Kind.THINK_TANK, standpoint=Standpoint.CAUTIONARY),
)


@pytest.mark.parametrize("party", PARTIES)
def test_what_a_party_weighs_is_its_judgement_and_says_so_before_the_sentence(
    party: Source,
) -> None:
    words = "The tie is useful to the town."
    assert judges(words, party)
    find = found(hit(words, of=party))
    (checked,) = ground(
        Draft((DraftSentence(words, (find.hits[0].passage.id,)),)), find, LexicalVerifier()
    )
    assert checked.statement is not None
    assert checked.statement.text == words
    assert checked.statement.attribution == attribution(party, judge(party))
    assert "A. Writer" in checked.statement.attribution or "own judgement" in (
        checked.statement.attribution
    )


@pytest.mark.parametrize("party", PARTIES)
def test_a_plain_fact_of_a_party_is_no_judgement(party: Source) -> None:
    assert not judges("The town has 12 partners.", party)


def test_a_reporter_passes_on_the_judgements_of_whoever_the_words_name() -> None:
    assert judges("Mayor Lee said that the tie is useful.", NEWS)
    assert judges("Critics warned of the deal.", NEWS)
    assert not judges("Mayor Lee said that the office opens on Monday.", NEWS)
    assert judge(NEWS) == ""


def test_questions_for_what_somebody_holds_are_told_from_questions_for_facts() -> None:
    for asked in (
        "Should we keep the tie?",
        "What are the risks of the tie?",
        "What does the mayor say about the tie?",
    ):
        assert asks_judgement(question(asked))
    for asked in ("When did the tie begin?", "How many ties has the town?"):
        assert not asks_judgement(question(asked))
