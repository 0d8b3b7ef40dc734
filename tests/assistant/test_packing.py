"""Records as JSON and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from cited import a_source, a_statement
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.packing import cited_in, pack, unpack
from assistant.types import Ask, Kept, Record, TieRow, TieTable, TieValue


@pytest.mark.parametrize("outcome", ["complete", "stopped", "failed"])
def test_a_record_comes_back_as_it_went(make_record: Callable[..., Record], outcome: str) -> None:
    record = make_record(sources=(a_source("a"), a_source("b"), a_source("a")), outcome=outcome)
    packed = json.loads(json.dumps(pack(record)))
    assert unpack(packed) == record
    assert sorted(packed["sources"]) == ["a", "b"]
    assert [source for source, _ in cited_in(packed)] == ["a", "b"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    text=st.text(st.characters(codec="utf-8")),
    id_=st.text(min_size=1),
)
def test_whatever_is_asked_and_however_sources_are_named(
    make_record: Callable[..., Record], text: str, id_: str
) -> None:
    source = a_source("a", title=text)
    record = make_record(
        f"What of {text[:50]}",
        sources=(source,),
        conversation=id_.encode("utf-8", "replace").decode(),
    )
    assert unpack(json.loads(json.dumps(pack(record)))) == record


def test_a_record_of_a_real_answer_comes_back_as_it_went(starter_desk, today) -> None:
    ask = Ask("What does Texas law say about sister cities?", today)
    *_, kept, answer = starter_desk.recording.stream(ask, "d" * 24)
    assert isinstance(kept, Kept)
    record = starter_desk.kept.records.record(kept.record)
    assert record.answer == answer
    assert record.hits
    assert record.draft.sentences
    assert record.circumstances.models


def test_what_only_the_register_of_ties_cites_comes_back_and_counts_as_cited(
    make_record: Callable[..., Record],
) -> None:
    record = make_record(sources=(a_source("a"),))
    assert record.answer is not None
    (citation,) = a_statement(a_source("b")).citations
    row = TieRow("t", "Kiel", "Qingdao", (), (TieValue("2023", (citation,)),), ())
    ties = TieTable("ties of Kiel", (row,), 1, 9)
    record = replace(record, answer=replace(record.answer, ties=ties))
    packed = json.loads(json.dumps(pack(record)))
    assert unpack(packed) == record
    assert [source for source, _ in cited_in(packed)] == ["a", "b"]
    assert [c.source_id for c in record.citations] == ["a", "b"]


def test_a_record_from_before_there_was_a_register_is_read(
    make_record: Callable[..., Record],
) -> None:
    record = make_record(sources=(a_source("a"),))
    packed = json.loads(json.dumps(pack(record)))
    del packed["answer"]["ties"]
    for name in ("read_at", "collection"):
        del packed["sources"]["a"][name]
    assert unpack(packed) == record
    assert [source for source, _ in cited_in(packed)] == ["a"]
