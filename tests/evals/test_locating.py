"""Where expected words stand in a source."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from made import FACT, HALF, TEXTS, a_case, kept_texts

from evals.locating import evidence, holders, locate


def test_words_are_found_where_they_stand_first() -> None:
    assert locate("one", "one, two, one") == (0, 3)
    assert locate("three", "one, two") is None
    assert locate("", "one") == (0, 0)


def test_white_space_between_words_does_not_matter_and_nothing_else_is_overlooked() -> None:
    assert locate("city of the\nport", "The city  of\tthe port.") == (4, 21)
    assert locate("a.c", "abc") is None
    assert locate("One", "one") is None


@given(st.lists(st.sampled_from(["a", "b(", "c.", "é", "*"]), min_size=1, max_size=6), st.data())
def test_words_spread_over_any_white_space_are_found_whole(
    words: list[str], data: st.DataObject
) -> None:
    gaps = st.sampled_from([" ", "\n", "\t ", "\u00a0"])
    text = "".join(word + data.draw(gaps) for word in words)
    span = locate(" ".join(words), f"before {text} after")
    assert span is not None
    assert f"before {text} after"[span.start : span.end].split() == words


def test_an_id_is_itself_before_it_stands_for_its_parts() -> None:
    known = ["law", "law--1", "pact--2", "pact--1", "pacts"]
    assert holders("law", known) == ["law"]
    assert holders("pact", known) == ["pact--1", "pact--2"]
    assert holders("none", known) == []


def test_facts_are_located_in_whichever_part_holds_their_words() -> None:
    fact = {"fact": "Steep", "source": "tunnel", "words": "southern end"}
    found = evidence(a_case(facts=[FACT, fact]).turns[0], kept_texts())
    assert found is not None
    located, lost = found
    assert [(e.source_id, TEXTS[e.source_id][e.start : e.end]) for e in located] == [
        ("bridge", FACT["words"]), ("tunnel--south", "southern end")
    ]  # fmt: skip
    assert lost == ()


def test_facts_that_cannot_be_located_are_named_and_without_labels_there_is_nothing_to_tell() -> (
    None
):
    facts = [FACT | {"words": "painted red", "fact": "Red"}, FACT | {"words": HALF}]
    found = evidence(a_case(facts=facts).turns[0], kept_texts())
    assert found is not None
    assert [e.fact for e in found[0]] == [FACT["fact"]]
    assert found[1] == ("Red",)
    assert evidence(a_case().turns[0], kept_texts()) is None
    assert evidence(a_case(facts=[]).turns[0], kept_texts()) == ((), ())
