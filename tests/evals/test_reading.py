"""Case files: one JSON object a line, read as it is meant and refused by line where it is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import CorpusError
from evals.reading import (
    BESIDE,
    case_line,
    matches,
    own_files,
    read_case,
    read_cases,
    read_rows,
    split_of,
    unknown_keys,
)
from evals.types import TYPES, Case, Expected, Fact, FilterNames

SIMPLE = {"id": "a", "type": "SF", "question": "When?"}


def file(folder: Path, *lines: str | dict[str, Any], encoding: str = "utf-8") -> Path:
    path = folder / "cases.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts), encoding=encoding)
    return path


def test_a_question_alone_is_a_case_and_nothing_is_held_against_its_answer() -> None:
    case = read_case({"id": "a", "question": "When?"})
    (turn,) = case.turns
    assert (case.type, case.group, turn.question) == ("SF", "a", "When?")
    assert (turn.sources, turn.facts, turn.caveats, turn.answerable) == (None, None, None, None)


def test_what_names_what_answers_it_can_be_answered() -> None:
    assert read_case({"id": "a", "question": "When?", "sources": ["s"]}).turns[0].answerable
    fact = {"fact": "In 1979", "source": "s", "words": "in 1979"}
    assert read_case({"id": "a", "question": "When?", "facts": [fact]}).turns[0].answerable


def test_a_case_of_type_na_is_not_answerable_unless_it_says_so() -> None:
    assert not read_case(SIMPLE | {"type": "na"}).turns[0].answerable
    assert read_case(SIMPLE | {"type": "NA", "answerable": True}).turns[0].answerable
    assert read_case(SIMPLE | {"answerable": None}).turns[0].answerable is None


def test_turns_are_questions_of_one_conversation_with_expectations_each() -> None:
    turns = [{"question": "When?", "sources": ["s"]}, {"question": "Why?", "answerable": False}]
    case = read_case({"id": "a", "type": "FU", "turns": turns})
    assert [turn.question for turn in case.turns] == ["When?", "Why?"]
    assert [turn.answerable for turn in case.turns] == [True, False]


def test_whether_a_conversation_is_answerable_holds_for_turns_that_do_not_say() -> None:
    turns = [{"question": "When?"}, {"question": "Why?", "answerable": True}]
    case = read_case({"id": "a", "type": "FU", "answerable": False, "turns": turns})
    assert [turn.answerable for turn in case.turns] == [False, True]


@pytest.mark.parametrize(
    "expected",
    [
        {"sources": ["s"]},
        {"nearest": ["s"]},
        {"facts": []},
        {"expected": "In May."},
        {"caveats": []},
        {"filters": {"year_from": 2020}},
        {"history": ["Where?"]},
    ],
)
def test_what_is_expected_beside_turns_is_refused_as_no_turn_would_have_it(
    tmp_path: Path, expected: dict[str, Any]
) -> None:
    case = {"id": "a", "turns": [{"question": "When?"}]}
    assert read_case(case | dict.fromkeys(expected)) == read_case(case)
    (name,) = expected
    with pytest.raises(CorpusError, match=f"line 1: .*{name} stands beside turns"):
        read_cases(file(tmp_path, case | expected))


def test_facts_may_be_written_in_any_of_the_usual_words() -> None:
    facts = [
        {"fact": "f", "source": "s", "words": "w"},
        {"statement": "f", "source_id": "s", "quote": "w"},
        {"text": "f", "source": "s", "words": "w", "limit": True},
    ]
    read = read_case(SIMPLE | {"facts": facts}).turns[0].facts
    assert read == (Fact(fact="f", source="s", words="w"),) * 2 + (
        Fact(fact="f", source="s", words="w", limit=True),
    )


def test_cases_about_one_source_share_a_group_and_its_parts_are_that_source() -> None:
    assert read_case(SIMPLE | {"sources": ["law--part-2", "b"]}).group == "law"
    assert read_case(SIMPLE | {"nearest": ["law"]}).group == "law"
    assert read_case(SIMPLE | {"sources": ["law"], "group": "g"}).group == "g"


def test_what_belongs_together_falls_to_one_half() -> None:
    assert split_of("a", wording_of="b") == split_of("c", pair="b") == split_of("b")
    assert read_case(SIMPLE | {"split": "test"}).split == "test"
    halves = [split_of(f"case-{n}") for n in range(3000)]
    assert 900 < halves.count("test") < 1100


def test_an_id_stands_for_itself_and_its_parts_only() -> None:
    assert matches("law--part", ("law",))
    assert matches("law", ("law",))
    assert not matches("law-2", ("law",))
    assert not matches("law", ("law--part",))


def test_filters_are_those_of_a_search_and_unknown_ones_are_refused(tmp_path: Path) -> None:
    case = read_case(SIMPLE | {"filters": {"jurisdictions": ["US-TX"], "year_from": 2020}})
    assert case.turns[0].filters.filters().jurisdictions == ("US-TX",)
    with pytest.raises(CorpusError, match=r"line 1: filters\.mood"):
        read_cases(file(tmp_path, SIMPLE | {"filters": {"mood": "good"}}))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "JSON"),
        ("[]", "object"),
        ({"id": "a"}, "either a question or turns"),
        (SIMPLE | {"turns": [{"question": "x"}]}, "either a question or turns"),
        ({"id": "a", "turns": []}, "turns is empty"),
        ({"id": "", "question": "x"}, "id"),
        ({"question": "x"}, "id"),
        ({"id": "a", "question": ""}, "question"),
        (SIMPLE | {"sources": "s"}, "sources"),
        (SIMPLE | {"facts": [{"fact": "f", "source": "s", "words": ""}]}, "facts.0.words"),
        (SIMPLE | {"split": "train"}, "split"),
        ({"id": "a", "turns": [{"sources": []}]}, "question"),
    ],
)
def test_a_line_that_is_no_case_is_named_with_what_is_wrong(
    tmp_path: Path, line: str | dict[str, Any], said: str
) -> None:
    with pytest.raises(CorpusError, match="line 2") as error:
        read_cases(file(tmp_path, SIMPLE | {"id": "first"}, line))
    assert said in str(error.value)


def test_an_id_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="line 3: the id 'a' occurs twice"):
        read_cases(file(tmp_path, SIMPLE, "", SIMPLE))


def test_marks_line_ends_and_empty_lines_of_other_systems_do_no_harm(tmp_path: Path) -> None:
    lines = (json.dumps(SIMPLE), "", json.dumps(SIMPLE | {"id": "b"}))
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert [case.id for case in read_cases(path)] == ["a", "b"]


def test_a_line_separator_inside_a_question_does_not_end_its_line(tmp_path: Path) -> None:
    line = json.dumps(SIMPLE | {"question": "When\u2028and\x85where?"}, ensure_ascii=False)
    assert read_cases(file(tmp_path, line))[0].turns[0].question == "When\u2028and\x85where?"


def test_an_empty_file_holds_no_case_and_a_missing_or_foreign_one_is_refused(
    tmp_path: Path,
) -> None:
    assert read_cases(file(tmp_path)) == ()
    with pytest.raises(CorpusError, match="cannot be read"):
        read_cases(tmp_path / "none.jsonl")
    with pytest.raises(CorpusError, match="cannot be read"):
        read_cases(file(tmp_path, SIMPLE | {"question": "Où ?"}, encoding="utf-16"))


def test_what_is_not_known_is_left_alone(tmp_path: Path) -> None:
    (case,) = read_cases(file(tmp_path, SIMPLE | {"mood": "good", "facts": None}))
    assert case.turns[0].facts is None


def test_a_key_that_nothing_reads_is_found_wherever_it_stands() -> None:
    fact = {"statement": "f", "source_id": "s", "quote": "w", "limits": True}
    assert unknown_keys(SIMPLE | {"answerble": False, "facts": [fact]}) == [
        (0, "answerble"),
        (0, "limits"),
    ]
    turns = [{"question": "When?"}, {"question": "Why?", "fact": [], "facts": [fact]}]
    assert unknown_keys({"id": "a", "tpye": "FU", "turns": turns}) == [
        (0, "tpye"),
        (1, "fact"),
        (1, "limits"),
    ]


def test_what_a_line_tells_people_is_known_and_so_is_every_key_of_the_own_cases() -> None:
    assert unknown_keys(SIMPLE | dict.fromkeys(BESIDE, "x")) == []
    rows = [row for path in own_files() for row in read_rows(path)]
    assert [row["id"] for row in rows if unknown_keys(row)] == []


def test_lines_are_read_as_they_stand(tmp_path: Path) -> None:
    lines = [SIMPLE | {"mood": "good"}, {"id": "b", "question": "Why?"}]
    assert read_rows(file(tmp_path, lines[0], "", lines[1])) == lines
    with pytest.raises(CorpusError, match="line 2"):
        read_rows(file(tmp_path, SIMPLE, "[]"))


words = st.text(min_size=1, max_size=12).filter(str.strip)
facts = st.builds(Fact, fact=words, source=words, words=words, limit=st.booleans())
expected = st.builds(
    Expected,
    question=words,
    sources=st.none() | st.lists(words, max_size=2).map(tuple),
    nearest=st.lists(words, max_size=2).map(tuple),
    facts=st.none() | st.lists(facts, max_size=2).map(tuple),
    expected=st.text(max_size=8),
    answerable=st.none() | st.booleans(),
    caveats=st.none() | st.lists(words, max_size=2).map(tuple),
    filters=st.just(FilterNames()) | st.just(FilterNames(year_from=2020, jurisdictions=("US",))),
    history=st.lists(words, max_size=2).map(tuple),
)
cases = st.builds(
    Case,
    id=words,
    type=st.sampled_from(sorted(TYPES)),
    turns=st.lists(expected, min_size=1, max_size=3).map(tuple),
    group=words,
    split=st.sampled_from(["tune", "test"]),
    pair=st.text(max_size=4),
    side=st.text(max_size=4),
    wording_of=st.text(max_size=4),
    notes=st.text(max_size=4),
    proposed=st.booleans(),
)


@given(cases)
def test_a_case_is_read_as_it_was_written(case: Case) -> None:
    assert read_case(json.dumps(case_line(case))) == case
    assert read_case(case_line(case)) == case
