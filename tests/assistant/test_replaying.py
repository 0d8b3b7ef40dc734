"""A recorded question, asked again after something changed: what differs is named, and why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.answering import Answering
from assistant.assembly import Desk, build_index, open_desk
from assistant.reasons import Reason
from assistant.recording import Recording
from assistant.register import Register
from assistant.replaying import Replay, TieSaid, replay
from assistant.settings import Settings
from assistant.types import Ask, Failure, Record, Statement
from corpus.ties import Place, Said, Tie
from index.types import Filters

BRIDGE = "When did the harbour bridge of Westport open?"
LANES = "How many lanes does the harbour bridge of Westport have?"
OPENED = "The harbour bridge of Westport opened in 1932."
FERRY = "The ferry of Westport stopped in 1940."


class Town:
    """A folder of sources, the index over it and the desk on top; a test may change any."""

    def __init__(self, folder: Path, today: date) -> None:
        self.folder, self.home, self.today = folder / "sources", folder / "home", today
        self.folder.mkdir()
        self.options: dict[str, Any] = {"embedder": "hashing:384"}
        self._desk: Desk | None = None
        self.write("harbour", f"{OPENED} The bridge carries eight lanes.", published="2024")
        self.write("ferry", f"{FERRY} The ferry company was sold.", published="2023")
        for i in range(6):
            self.write(f"library{i}", f"The library of town {i} holds {i}000 books.")

    def write(self, name: str, body: str, **head: Any) -> None:
        told = {
            "id": name, "title": f"Title of {name}", "publisher": "City Press", "kind": "news",
            "text_kind": "full", **head,
        }  # fmt: skip
        lines = "\n".join(f"{key}: {json.dumps(value)}" for key, value in told.items())
        (self.folder / f"{name}.md").write_text(f"---\n{lines}\n---\n{body}\n", encoding="utf-8")

    @property
    def desk(self) -> Desk:
        """A desk over the folder as it is now."""
        if self._desk is None:
            settings = Settings(
                home=self.home, starter=False, sources=(self.folder,), **self.options
            )
            build_index(settings)
            self._desk = open_desk(settings)
        return self._desk

    def close(self) -> None:
        if self._desk:
            self._desk.close()
        self._desk = None

    def ask(self, text: str = BRIDGE) -> str:
        """Asks, keeps, and gives the record's id."""
        return self.desk.recording.invoke(Ask(text, self.today), "c" * 24)[0]

    def replay(
        self, id_: str, today: date | None = None, change: Callable[[Record], Record] = lambda r: r
    ) -> Replay:
        """Indexes what was changed, opens a desk over it, and replays."""
        self.close()
        records, retriever = self.desk.kept.records, self.desk.retriever
        return replay(
            change(records.record(id_)),
            records.get(id_).created,
            self.desk.assistant,
            retriever.sources(),
            self.desk.circumstances,
            retriever.seen,
            today or self.today,
        )


@pytest.fixture
def town(tmp_path: Path, today: date) -> Iterator[Town]:
    built = Town(tmp_path, today)
    yield built
    built.close()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, today: date) -> Iterator[Town]:
    """A town that the tests share: they ask and replay, and change no source and no setting."""
    built = Town(tmp_path_factory.mktemp("still"), today)
    yield built
    built.close()


def named(replayed: Replay, kind: str) -> list[str]:
    return [reason.subject for reason in replayed.why if reason.kind == kind]


def texts(statements: tuple[Statement, ...]) -> list[str]:
    return [statement.text for statement in statements]


def rests(replayed: Replay, reason: Reason) -> list[str]:
    return [replayed.record.statements[i].text for i in reason.statements]


def test_nothing_changed_is_the_same_answer_for_no_reason(still: Town) -> None:
    replayed = still.replay(still.ask())
    assert replayed.same
    assert replayed.why == ()
    assert OPENED in texts(replayed.kept)
    assert replayed.kept == replayed.record.statements


def test_a_silence_replays_as_the_same_silence(still: Town) -> None:
    replayed = still.replay(still.ask("How do I bake sourdough bread?"))
    assert replayed.answer.status == "not_in_sources"
    assert replayed.same
    assert replayed.why == ()


def test_replaying_keeps_no_record(still: Town) -> None:
    id_ = still.ask()
    head = still.desk.kept.records.head()
    still.replay(id_)
    assert still.desk.kept.records.head() == head


def test_the_same_question_is_asked_with_its_history_and_filters(still: Town) -> None:
    earlier = still.desk.assistant.invoke(Ask(BRIDGE, still.today))
    asked = Ask("And the ferry?", still.today, (earlier.turn,), Filters(publishers=("City Press",)))
    id_, _ = still.desk.recording.invoke(asked, "c" * 24)
    replayed = still.replay(id_)
    assert replayed.answer.question.ask == asked
    assert replayed.same


def test_a_changed_text_names_the_source_and_the_sentences_that_rested_on_it(town: Town) -> None:
    id_ = town.ask()
    town.write(
        "harbour",
        "The harbour bridge of Westport opened in 1934. The bridge carries eight lanes.",
        published="2024",
    )
    replayed = town.replay(id_)
    assert not replayed.same
    assert [(p.then.text, p.now.text) for p in replayed.reworded] == [
        (OPENED, OPENED.replace("1932", "1934"))
    ]
    first = replayed.why[0]
    assert (first.kind, first.subject) == ("text-changed", "harbour")
    assert OPENED in rests(replayed, first)
    assert FERRY not in rests(replayed, first)
    assert "Title of harbour" in first.text


@pytest.mark.parametrize("how", ["deleted", "retired"])
def test_a_source_that_went_is_named_and_its_sentences_are_gone(town: Town, how: str) -> None:
    id_ = town.ask()
    if how == "deleted":
        (town.folder / "harbour.md").unlink()
    else:
        town.write("harbour", OPENED, status="retired")
    replayed = town.replay(id_)
    assert OPENED in texts(replayed.gone)
    first = replayed.why[0]
    assert (first.kind, first.subject) == ("retired", "harbour")
    assert OPENED in rests(replayed, first)
    assert named(replayed, "collection") == []


def test_a_superseded_source_is_named_with_what_took_its_place(town: Town) -> None:
    id_ = town.ask()
    body = f"{OPENED} The bridge carries eight lanes."
    town.write("harbour", body, published="2024", superseded_by="harbour-2")
    town.write(
        "harbour-2",
        "The harbour bridge of Westport opened on 3 March 1932, says the new edition.",
        published="2026",
        supersedes=["harbour"],
    )
    replayed = town.replay(id_)
    first = replayed.why[0]
    assert (first.kind, first.subject) == ("superseded", "harbour")
    assert "harbour-2" in first.text
    assert named(replayed, "described") == []
    assert named(replayed, "new") == ["harbour-2"]
    assert "harbour-2" in {c.source_id for s in replayed.new for c in s.citations}
    newer = "superseded by “Title of harbour-2” (2026)"
    assert any(newer in c.text for c in replayed.caveats_new)


def test_a_description_that_changed_says_what_it_was_and_is(town: Town) -> None:
    id_ = town.ask()
    body = f"{OPENED} The bridge carries eight lanes."
    town.write("harbour", body, published="2019", publisher="Harbour Office")
    replayed = town.replay(id_)
    (reason,) = (r for r in replayed.why if r.kind == "described")
    assert "published was 2024, is 2019" in reason.text
    assert "publisher was City Press, is Harbour Office" in reason.text
    assert "version" not in reason.text
    assert OPENED in rests(replayed, reason)
    assert OPENED in [pair.then.text for pair in replayed.relabelled]
    assert OPENED not in texts(replayed.gone)
    assert named(replayed, "text-changed") == []


def test_a_source_that_came_later_is_named_as_new_where_a_silence_was_before(town: Town) -> None:
    id_ = town.ask("When was the lighthouse of Eastport painted?")
    assert town.desk.kept.records.record(id_).statements == ()
    town.write("light", "The lighthouse of Eastport was painted in 1951.", published="2025")
    replayed = town.replay(id_)
    assert next((t.what, t.then, t.now) for t in replayed.turned) == (
        "status", "not_in_sources", "answered"
    )  # fmt: skip
    assert texts(replayed.new) == ["The lighthouse of Eastport was painted in 1951."]
    assert named(replayed, "new") == ["light"]


def test_a_source_whose_first_indexing_is_not_known_is_said_not_to_have_been_found(
    town: Town,
) -> None:
    id_ = town.ask("When was the lighthouse of Eastport painted?")
    town.write("light", "The lighthouse of Eastport was painted in 1951.", published="2025")
    town.close()
    desk = town.desk
    replayed = replay(
        desk.kept.records.record(id_),
        desk.kept.records.get(id_).created,
        desk.assistant,
        desk.retriever.sources(),
        desk.circumstances,
        dict.fromkeys,
        town.today,
    )
    (reason,) = (r for r in replayed.why if r.kind == "new")
    assert "was not found then" in reason.text


def test_a_source_that_was_only_found_is_named_behind_those_that_were_cited(town: Town) -> None:
    id_ = town.ask()
    cited = {
        c.source_id for s in town.desk.kept.records.record(id_).statements for c in s.citations
    }
    found = {hit.source_id for hit in town.desk.kept.records.record(id_).hits}
    beside = min(found - cited)
    (town.folder / f"{beside}.md").unlink()
    town.write("harbour", f"{OPENED} The bridge carries nine lanes.", published="2024")
    replayed = town.replay(id_)
    assert named(replayed, "text-changed") == ["harbour"]
    assert named(replayed, "retired") == [beside]
    assert [r.subject for r in replayed.why][:2] == ["harbour", beside]
    assert replayed.why[1].statements == ()
    assert "found then, but not cited" in replayed.why[1].text


def test_a_change_elsewhere_in_the_collection_is_told_as_that(town: Town) -> None:
    for i in range(20):
        sentence = f"The harbour bridge of Westport in chapter {i} opened a door."
        town.write(f"filler{i}", " ".join([sentence] * 12))
    town.write("far", "Sourdough wants a warm place.")
    id_ = town.ask()
    known = {h.source_id for h in town.desk.kept.records.record(id_).hits}
    assert "far" not in known
    town.write("far", "Sourdough wants a cold place.")
    replayed = town.replay(id_)
    assert [reason.kind for reason in replayed.why] == ["collection"]


def test_another_setting_is_named_with_both_values(town: Town) -> None:
    id_ = town.ask(LANES)
    assert town.desk.kept.records.record(id_).answer.caveats == ()
    town.options["old_after_years"] = 1
    replayed = town.replay(id_)
    assert not replayed.same
    assert {c.kind for c in replayed.caveats_new} == {"date"}
    (reason,) = replayed.why
    assert (reason.kind, reason.subject) == ("setting", "old_after_years")
    assert reason.text == "Setting old_after_years was 5, is 1."
    assert replayed.kept == replayed.record.statements


def test_another_day_is_named_where_what_is_said_of_dates_differs(still: Town) -> None:
    replayed = still.replay(still.ask(LANES), today=date(2035, 1, 2))
    assert {c.kind for c in replayed.caveats_new} == {"date"}
    (reason,) = replayed.why
    assert reason.kind == "day"
    assert "2026-11-23" in reason.text
    assert "2035-01-02" in reason.text


def test_another_day_on_which_nothing_depends_is_no_reason(still: Town) -> None:
    replayed = still.replay(still.ask(), today=date(2026, 11, 30))
    assert replayed.same
    assert replayed.why == ()


def test_another_embedder_is_named_as_model_and_setting(town: Town) -> None:
    id_ = town.ask()
    town.options["embedder"] = "hashing:256"
    replayed = town.replay(id_)
    assert named(replayed, "model") == ["embedder"]
    assert named(replayed, "setting") == ["embedder"]


def test_prompts_program_and_weights_of_then_are_compared_with_todays(still: Town) -> None:
    def older(record: Record) -> Record:
        then = record.circumstances
        models = {**then.models, "evidence": "0" * 16}
        return replace(
            record,
            circumstances=replace(then, program="0.0.9", models=models, prompts={"compose": "1"}),
        )

    replayed = still.replay(still.ask(), change=older)
    assert [(r.kind, r.subject) for r in replayed.why] == [
        ("model", "evidence"), ("prompt", "compose"), ("program", ""),
    ]  # fmt: skip
    assert replayed.why[1].text == "Prompt compose was 1, is nothing."
    assert replayed.why[2].text.startswith("Program was 0.0.9, is ")


def test_a_difference_without_a_reason_stands_without_one(still: Town) -> None:
    def shorter(record: Record) -> Record:
        assert record.answer is not None
        assert len(record.answer.statements) > 1
        return replace(record, answer=replace(record.answer, statements=record.statements[1:]))

    replayed = still.replay(still.ask(), change=shorter)
    assert not replayed.same
    assert texts(replayed.new) == [OPENED]
    assert replayed.why == ()


def test_another_order_is_no_difference_but_another_first_sentence_is_told(still: Town) -> None:
    def turned(record: Record) -> Record:
        assert record.answer is not None
        statements = record.answer.statements[::-1]
        return replace(record, answer=replace(record.answer, statements=statements))

    replayed = still.replay(still.ask(), change=turned)
    assert replayed.same
    assert replayed.leading is not None
    assert replayed.leading.now.text == OPENED
    assert replayed.leading.then.text != OPENED


def test_a_stopped_question_is_compared_with_what_had_been_shown(still: Town) -> None:
    events = still.desk.recording.stream(Ask(BRIDGE, still.today), "c" * 24)
    shown = next(e for e in events if isinstance(e, Statement))
    events.close()
    *_, entry = still.desk.kept.records.entries()
    replayed = still.replay(entry.id)
    assert replayed.record.outcome == "stopped"
    assert texts(replayed.kept) == [shown.text]
    assert replayed.gone == ()
    assert replayed.turned == ()
    assert replayed.why == ()
    assert not replayed.same


def test_a_failed_question_is_answered_now(still: Town) -> None:
    def failed(record: Record) -> Record:
        return replace(
            record,
            answer=None,
            outcome="failed",
            failure=Failure("It broke.", "Mend it."),
            hits=(),
            circumstances=replace(record.circumstances, collection="", generation=0),
        )

    replayed = still.replay(still.ask(), change=failed)
    assert OPENED in texts(replayed.new)
    assert replayed.why == ()
    assert not replayed.same


def test_a_value_that_only_the_register_showed_is_missed_when_it_is_gone(town: Town) -> None:
    start = (Said("1932", (Place("harbour", 1),)),)
    tie = Tie("w", "Westport", "", "Ireland", "Aror", "", "France", (), start, (), ())
    desk = town.desk

    def asking(*ties: Tie) -> Answering:
        steps = desk.assistant.steps
        return Answering(replace(steps, register=Register(ties, desk.retriever)))

    records, shaped = desk.kept.records, desk.circumstances
    keeping = Recording(asking(tie), records, shaped, desk.retriever.source_text)
    id_, answer = keeping.invoke(
        Ask("Which sister cities does Westport have?", town.today), "c" * 24
    )
    assert answer.ties is not None

    def again(*ties: Tie) -> Replay:
        record, entry = records.record(id_), records.get(id_)
        sources, seen = desk.retriever.sources(), desk.retriever.seen
        return replay(record, entry.created, asking(*ties), sources, shaped, seen, town.today)

    assert again(tie).same
    changed = again()
    assert not changed.same
    assert changed.ties_gone == (
        TieSaid("Westport, Ireland and Aror, France", "start", "1932", ("harbour",)),
    )
    assert changed.ties_new == ()
