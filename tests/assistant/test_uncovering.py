"""A question with several parts hears which of them is not answered."""

from __future__ import annotations

from finds import found, hit, question, source

from assistant.grounding import ground
from assistant.types import Draft, DraftSentence, Statement
from assistant.uncovering import uncovered_parts
from assistant.verifiers import LexicalVerifier


def open_parts(asked: str, *texts: str) -> tuple[str, ...]:
    hits = tuple(hit(text, of=source(f"s{i}")) for i, text in enumerate(texts))
    find = found(*hits)
    draft = Draft(tuple(DraftSentence(h.passage.text, (h.passage.id,)) for h in hits))
    statements: list[Statement] = [
        g.statement for g in ground(draft, find, LexicalVerifier()) if g.statement
    ]
    return uncovered_parts(question(asked), find, statements)


def test_a_part_that_no_statement_speaks_of_is_named() -> None:
    assert open_parts(
        "When did the ferry sink, and who paid the divers?", "The ferry did sink in 1990."
    ) == ("who paid the divers?",)


def test_a_part_that_asks_for_a_figure_needs_one() -> None:
    asked = "When did the ferry sink, and how many divers were there?"
    assert open_parts(asked, "The ferry did sink in 1990.", "Divers were there.") == (
        "how many divers were there?",
    )
    assert open_parts(asked, "The ferry did sink in 1990.", "Some 12 divers were there.") == ()


def test_a_name_counts_as_found_wherever_a_passage_holds_it() -> None:
    fillers = [f"Boat number {i} is blue." for i in range(6)]
    assert open_parts("Does Oslo have a ferry?", *fillers, "Oslo has a ferry.") == ()
    assert open_parts("Does Oslo have a ferry?", *fillers) == ("Oslo",)


def test_a_comparison_is_no_part_of_its_own() -> None:
    asked = "Is the ferry fast? Compare the tram and the train."
    assert open_parts(asked, "The ferry is fast.") == ()
