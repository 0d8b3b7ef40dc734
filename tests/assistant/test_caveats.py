"""Caveats follow from who said it and when."""

from __future__ import annotations

from finds import TODAY, found, hit, source

from assistant.caveats import caveats
from assistant.grounding import ground
from assistant.types import Caveat, Draft, DraftSentence, Statement
from assistant.verifiers import LexicalVerifier
from corpus.types import Kind, Source, Standpoint


def of(*sources: Source, unused: tuple[Source, ...] = ()) -> tuple[Caveat, ...]:
    hits = tuple(hit("Some words stand here.", of=s) for s in sources)
    draft = Draft(tuple(DraftSentence(h.passage.text, (h.passage.id,)) for h in hits))
    find = found(*hits, *(hit("Other words.", of=s) for s in unused))
    statements: list[Statement] = [
        g.statement for g in ground(draft, find, LexicalVerifier()) if g.statement
    ]
    return caveats(statements, find, (), TODAY, 5)


def test_an_opinion_names_who_judges() -> None:
    (caveat,) = of(source(kind=Kind.OPINION, authors=("A. Writer",)))
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
    assert "new-law" in caveat.text


def test_one_sided_evidence_names_the_other_side_that_was_found() -> None:
    for_it = (
        source("a", standpoint=Standpoint.SUPPORTIVE),
        source("b", standpoint=Standpoint.SUPPORTIVE),
    )
    against = source("c", standpoint=Standpoint.CAUTIONARY)
    (caveat,) = of(*for_it, unused=(against,))
    assert caveat.kind == "single_standpoint"
    assert "Publisher of c" in caveat.text
    assert of(*for_it) == ()
