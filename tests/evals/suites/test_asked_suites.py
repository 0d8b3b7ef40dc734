"""Public questions with documents of their own, in small files made up in each format."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.settings import load_settings
from corpus.errors import CorpusError
from evals.pairing import against_baselines
from evals.running import run_suite
from evals.runs import Run, Summary
from evals.scoring import score_run
from evals.suites.choosing import choose
from evals.suites.documents import write_source
from evals.suites.suite import Plan

BRIDGE = "The bridge over the river was opened in 1979. It may not carry lorries."
FERRY = "The ferry leaves from the old pier. It runs every hour in summer."
CHEESE = "Cheese is made from milk. Rennet makes the milk curdle."


def lines(path: Path, rows: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def asked(name: str, data: Path, folder: Path) -> tuple[Run, Summary]:
    settings = load_settings(home=folder / "home", embedder="hashing:384", starter=False)
    run = run_suite(choose(name, data, None), settings, folder / "run", Plan(date(2026, 11, 24)))
    return run, score_run(run)


def a_chunking_folder(folder: Path) -> Path:
    filler = "\n\n".join(f"Paragraph {n} tells of sheep number {n}." for n in range(60))
    (folder / "corpora").mkdir(parents=True)
    for name, text in (("river_works", BRIDGE), ("cheese", CHEESE)):
        (folder / "corpora" / f"{name}.md").write_text(f"{text}\n\n{filler}\n", encoding="utf-8")
    reference = {"content": "opened in 1979", "start_index": 30, "end_index": 44}
    row = {"question": "When was the bridge opened?", "document": "river_works"}
    lines(folder / "questions.jsonl", [row | {"references": [reference]}])
    return folder


def test_excerpts_are_evidence_and_chunks_stand_beside_at_each_budget(tmp_path: Path) -> None:
    run, summary = asked("chunking-evaluation", a_chunking_folder(tmp_path / "data"), tmp_path)
    (case,) = run.cases()
    assert (case.group, case.turns[0].sources) == ("river_works", ("river-works",))
    assert summary.measures["span_recall_at_5_passages"].value == 1
    plain = dict(summary.baseline)
    sentences = plain.pop("sentences by cosine")
    assert set(plain) == {
        f"{split} characters, {way}"
        for split in ("1000/200", "800/0")
        for way in ("dense", "hybrid")
    }
    for figures in (summary.measures, sentences):
        assert figures["span_precision_at_85"].value == pytest.approx(14 / 45)
    for figures in plain.values():
        assert figures["span_recall_at_5_passages"].value == 1
        assert figures["recall_1000"].tokens is not None
    against = against_baselines(run)
    assert against.pop("sentences by cosine")["span_precision_at_85"].value == 0
    for differences in against.values():
        assert differences["span_recall_at_5_passages"].value == 0
        assert "answered" not in differences
        assert 0 < figures["span_precision_at_5_passages"].value <= 14 / 500  # type: ignore[operator]


def test_an_excerpt_that_is_in_no_document_is_unscored(tmp_path: Path) -> None:
    data = a_chunking_folder(tmp_path / "data")
    row = json.loads((data / "questions.jsonl").read_text())
    lines(data / "questions.jsonl", [row | {"references": [{"content": "painted red"}]}])
    _, summary = asked("chunking-evaluation", data, tmp_path)
    sentences = summary.baseline["sentences by cosine"]
    told = [(sentences, "span_precision_at_65"), (summary.measures, "span_precision_at_65")]
    for name, figures in summary.baseline.items():
        told += [(figures, "recall_1000")] if name != "sentences by cosine" else []
    for figures, measure in [*told, (summary.measures, "recall_1000")]:
        figure = figures[measure]
        assert (figure.value, figure.scored, figure.unscored) == (None, 0, 1)


def test_a_document_of_any_name_and_with_a_head_of_its_own_is_found(tmp_path: Path) -> None:
    data = a_chunking_folder(tmp_path / "data")
    text = f"---\nid: other\nkind: law\n---\n# Works\n\n{BRIDGE}\n{'w' * 9000}\n"
    (data / "corpora" / "River (2) Works.md").write_text(text, encoding="utf-8")
    row = json.loads((data / "questions.jsonl").read_text())
    lines(data / "questions.jsonl", [row | {"document": "River (2) Works"}])
    run, summary = asked("chunking-evaluation", data, tmp_path)
    assert run.cases()[0].turns[0].sources == ("river-2-works",)
    assert summary.measures["recall_1000"].value == 1


def a_clapnq_folder(folder: Path) -> Path:
    def row(id_: str, question: str, title: str, text: str, selected: list[str]) -> dict[str, Any]:
        sentences = [f"{sentence}." for sentence in text.rstrip(".").split(". ")]
        passage = {"title": title, "text": text, "sentences": sentences}
        output = {"answer": " ".join(selected), "selected_sentences": selected}
        return {"id": id_, "input": question, "passages": [passage], "output": [output]}

    first = row("1", "when was the bridge over the river opened", "Bridge: a --- history", BRIDGE,
                ["The bridge over the river was opened in 1979."])  # fmt: skip
    second = row("2", "how is cheese made", "Cheese", CHEESE, ["Cheese is made from milk."])
    lines(folder / "answerable.jsonl", [first, second])
    lines(folder / "unanswerable.jsonl", [row("3", "who built the old pier", "Ferry", FERRY, [])])
    return folder


def test_selected_sentences_are_facts_and_what_has_none_is_not_answerable(tmp_path: Path) -> None:
    run, summary = asked("clapnq", a_clapnq_folder(tmp_path / "data"), tmp_path)
    first, second, third = run.cases()
    assert first.group == "Bridge: a --- history"
    assert first.turns[0].facts is not None
    assert [fact.words for fact in first.turns[0].facts] == [
        "The bridge over the river was opened in 1979."
    ]
    assert (second.type, third.type) == ("SF", "NA")
    assert not third.turns[0].answerable
    assert summary.measures["fact_recall"].scored == 2
    # Both sentences are among the top three, and one of the two was selected: F1 of 2/3.
    assert summary.measures["sentence_f1"].value == pytest.approx(2 / 3)
    assert summary.baseline["dense"]["sentence_f1"].value == pytest.approx(2 / 3)
    assert summary.baseline["dense"]["first"].value == 1
    assert summary.baseline["hybrid"]["recall_at_5"].scored == 2
    assert summary.baseline["dense"]["auroc"].scored == 3
    # What cannot be answered has nothing to be found, and is still counted.
    first_hit = summary.baseline["hybrid"]["first"]
    assert (first_hit.scored, first_hit.not_applicable) == (2, 1)


def test_a_sentence_that_two_people_chose_is_one_fact_and_the_first_choice_is_held_against(
    tmp_path: Path,
) -> None:
    data = a_clapnq_folder(tmp_path / "data")
    (row, _) = map(json.loads, (data / "answerable.jsonl").read_text().splitlines())
    opened, lorries = row["passages"][0]["sentences"]
    chosen = [["", opened], [opened, lorries]]
    outputs = [{"answer": "In 1979.", "selected_sentences": ones} for ones in chosen]
    lines(data / "answerable.jsonl", [row | {"output": outputs}])
    run, summary = asked("clapnq", data, tmp_path)
    facts = run.cases()[0].turns[0].facts
    assert facts is not None
    assert [fact.words for fact in facts] == [opened, lorries]
    # One of the two sentences of the passage: F1 of 2/3; against both it would be 1.
    assert summary.measures["sentence_f1"].value == pytest.approx(2 / 3)


def a_mtrag_folder(folder: Path) -> Path:
    def task(id_: str, said: list[str], context: str, kind: str) -> dict[str, Any]:
        turns = [
            {"speaker": "user" if n % 2 == 0 else "agent", "text": t} for n, t in enumerate(said)
        ]
        return {
            "task_id": id_, "input": turns, "contexts": [{"document_id": context}],
            "targets": [{"speaker": "agent", "text": "So."}], "Answerability": [kind],
        }  # fmt: skip

    documents = [
        {"document_id": f"{name}/<x>_1", "title": name, "text": text}
        for name, text in (("bridge", BRIDGE), ("ferry", FERRY), ("cheese", CHEESE))
    ]
    asked = ["When was the bridge over the river opened?"]
    tasks = [
        task("a<::>1", asked, "bridge/<x>_1", "ANSWERABLE"),
        task(
            "a<::>2", [*asked, "In 1979.", "Where does the ferry leave?"], "ferry/<x>_1", "PARTIAL"
        ),
        task("b<::>1", ["Who is the mayor?"], "ferry/<x>_1", "UNANSWERABLE"),
        task("b<::>2", ["Thanks!"], "ferry/<x>_1", "CONVERSATIONAL"),
    ]
    content = {"documents": documents, "tasks": tasks}
    folder.mkdir(parents=True)
    name = "reference_subset_with_human_evaluations.json"
    (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_turns_are_asked_after_what_was_asked_before_and_grouped_by_conversation(
    tmp_path: Path,
) -> None:
    run, summary = asked("mtrag", a_mtrag_folder(tmp_path / "data"), tmp_path)
    assert [(case.id, case.type, case.group) for case in run.cases()] == [
        ("a<::>1", "SF", "a"), ("a<::>2", "FU", "a"), ("b<::>1", "NA", "b")
    ]  # fmt: skip
    trial = run.trial("a<::>2", 0)
    assert trial is not None
    assert trial.record is not None
    assert len(trial.record.ask.history) == 1
    assert summary.measures["source_recall"].value == 1
    assert set(summary.baseline) == {
        f"{way}, {turns}"
        for way in ("dense", "hybrid")
        for turns in ("last turn", "last two turns")
    }
    assert summary.baseline["dense, last turn"]["first"].value == 1


def test_a_passage_that_bears_on_a_turn_and_is_not_in_the_file_counts_as_not_found(
    tmp_path: Path,
) -> None:
    data = a_mtrag_folder(tmp_path / "data")
    (path,) = data.iterdir()
    content = json.loads(path.read_text())
    (task,) = (task for task in content["tasks"] if task["task_id"] == "a<::>1")
    task["contexts"].append({"document_id": "lost"})
    path.write_text(json.dumps(content | {"tasks": [task]}))
    _, summary = asked("mtrag", data, tmp_path)
    for figures in (summary.measures, summary.baseline["dense, last turn"]):
        assert figures["recall_at_5"].value == 0.5


def test_faithfulness_is_unscored_where_nobody_judged_an_answer(tmp_path: Path) -> None:
    _, summary = asked("mtrag", a_mtrag_folder(tmp_path / "data"), tmp_path)
    told = summary.measures["faithfulness_spearman"]
    assert (told.value, told.scored, told.unscored) == (None, 0, 1)


def test_the_share_that_is_borne_is_set_beside_what_people_found(tmp_path: Path) -> None:
    data = a_mtrag_folder(tmp_path / "data")
    (path,) = data.iterdir()
    content = json.loads(path.read_text())
    answers = [(BRIDGE, 4.0), (CHEESE, 1.0), (f"It was opened in 1979. {CHEESE}", 3.0)]
    evaluations = [
        {"task_id": "a<::>1", "model_id": f"m{n}", "model_response": answer,
         "annotations": {"faithfulness": {"p": {"value": found}, "q": {"value": found}},
                         "len": {"system": {"value": len(answer)}}}}
        for n, (answer, found) in enumerate(answers)
    ]  # fmt: skip
    metrics = [{"name": "len", "display_name": "Length", "author": "algorithm"}]
    path.write_text(json.dumps(content | {"evaluations": evaluations, "metrics": metrics}))
    _, summary = asked("mtrag", data, tmp_path)
    told = summary.measures["faithfulness_spearman"]
    assert (told.value, told.scored) == (pytest.approx(1.0), 3)
    assert summary.baseline["Length (in the file)"]["faithfulness_spearman"].scored == 3


def test_an_answerable_turn_without_passages_has_nothing_to_be_found(tmp_path: Path) -> None:
    data = a_mtrag_folder(tmp_path / "data")
    (path,) = data.iterdir()
    content = json.loads(path.read_text())
    tasks = [task | {"contexts": []} for task in content["tasks"][:1]]
    path.write_text(json.dumps(content | {"tasks": tasks}))
    _, summary = asked("mtrag", data, tmp_path)
    for figures in (summary.measures, summary.baseline["hybrid, last turn"]):
        figure = figures["recall_at_5"]
        assert (figure.scored, figure.not_applicable) == (0, 1)


def a_beir_folder(folder: Path) -> Path:
    odd = f"---\n# A heading\n\x00\x1b[31mred {'w' * 9000}"
    corpus = [
        {"_id": "DOC/1 ü", "title": "Bridge", "text": BRIDGE},
        {"_id": "2", "title": "", "text": FERRY},
        {"_id": "empty", "title": "", "text": ""},
        {"_id": "odd", "title": "---\nid: x", "text": odd},
    ]  # fmt: skip
    lines(folder / "corpus.jsonl", corpus)
    queries = [
        {"_id": "q1", "text": "When was the bridge opened?"},
        {"_id": "q2", "text": "Where does the ferry leave?"},
        {"_id": "q3", "text": "Nobody judged this"},
    ]
    lines(folder / "queries.jsonl", queries)
    (folder / "qrels").mkdir()
    rows = [
        "query-id\tcorpus-id\tscore",
        "q1\tDOC/1 ü\t2",
        "q1\t2\t0",
        "q2\t2\t1",
        "q2\tempty\t1",
        "",
    ]
    (folder / "qrels" / "test.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_any_beir_folder_is_asked_whatever_its_ids_and_texts_hold(tmp_path: Path) -> None:
    run, summary = asked("beir", a_beir_folder(tmp_path / "small"), tmp_path)
    assert (summary.suite, summary.cases, run.info.sources) == ("beir-small", 2, 3)
    assert run.cases()[0].turns[0].sources == ("d0",)
    assert summary.measures["first"].value == 1
    # One of the two documents of the second query has no text and cannot be found.
    assert summary.measures["source_recall"].value == 0.75
    assert summary.baseline["hybrid"]["first"].value == 1


def test_ids_with_quotes_and_lines_that_end_as_on_windows_are_read(tmp_path: Path) -> None:
    data = a_beir_folder(tmp_path / "small")
    lines(data / "corpus.jsonl", [{"_id": '"2', "text": FERRY}])
    (data / "qrels" / "test.tsv").write_bytes(b'query-id\tcorpus-id\tscore\r\nq2\t"2\t1\r\n')
    (case,) = choose("beir", data, None).cases
    assert (case.id, case.turns[0].sources) == ("q2", ("d0",))


@pytest.mark.parametrize(
    ("name", "lacking"),
    [
        ("chunking-evaluation", "questions.jsonl"),
        ("clapnq", "answerable.jsonl"),
        ("mtrag", "reference_subset_with_human_evaluations.json"),
        ("beir", "corpus.jsonl"),
    ],
)
def test_absent_data_is_named(name: str, lacking: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=lacking):
        choose(name, tmp_path, None)


def test_data_of_another_form_is_named_with_what_is_wrong(tmp_path: Path) -> None:
    lines(tmp_path / "answerable.jsonl", [{"id": 1}])
    with pytest.raises(CorpusError, match="is not as published"):
        choose("clapnq", tmp_path, None)
    data = a_beir_folder(tmp_path / "beir")
    (data / "qrels" / "test.tsv").write_text("a\tb\tc\nq1\t2\tmuch\n")
    with pytest.raises(CorpusError, match="line 2: not a query"):
        choose("beir", data, None)
    (data / "qrels" / "test.tsv").unlink()
    with pytest.raises(CorpusError, match="no judgements"):
        choose("beir", data, None)
    chunks = a_chunking_folder(tmp_path / "chunks")
    (chunks / "corpora" / "river_works.md").unlink()
    with pytest.raises(CorpusError, match=r"river_works\.md cannot be read"):
        choose("chunking-evaluation", chunks, None)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"input": " "}, r"answerable\.jsonl is not as published: at 1\.input"),
        ({"passages": []}, r"at 1\.passages \(counted from 0\)"),
        ({"passages": [{"title": "Cheese", "sentences": []}]}, r"at 1\.passages\.0\.sentences"),
    ],
)
def test_a_row_that_asks_nothing_or_has_nothing_to_read_is_named(
    change: dict[str, Any], named: str, tmp_path: Path
) -> None:
    data = a_clapnq_folder(tmp_path / "data")
    first, second = map(json.loads, (data / "answerable.jsonl").read_text().splitlines())
    lines(data / "answerable.jsonl", [first, second | change])
    with pytest.raises(CorpusError, match=named):
        choose("clapnq", data, None)


def test_data_without_a_question_is_named(tmp_path: Path) -> None:
    data = a_beir_folder(tmp_path / "beir")
    (data / "qrels" / "test.tsv").write_text("q1\t2\t0\n")
    with pytest.raises(CorpusError, match="has no question to ask"):
        choose("beir", data, None)


def test_judgements_that_are_no_text_are_named(tmp_path: Path) -> None:
    data = a_beir_folder(tmp_path / "beir")
    (data / "qrels" / "test.tsv").write_bytes(b"q1\t\xe9\t1\n")
    with pytest.raises(CorpusError, match=r"test\.tsv cannot be read"):
        choose("beir", data, None)


def test_the_folder_may_be_that_of_the_suite_or_the_one_above(tmp_path: Path) -> None:
    a_clapnq_folder(tmp_path / "clapnq")
    above, itself = choose("clapnq", tmp_path, None), choose("clapnq", tmp_path / "clapnq", None)
    assert above.cases == itself.cases


def test_a_title_cannot_change_the_head_of_its_source(tmp_path: Path) -> None:
    from corpus.catalogue import list_files, read_document

    write_source(tmp_path, "a", 'x"\nkind: law\n---', "---\ntext: here", "P")
    (document,) = map(read_document, list_files([tmp_path]).entries)
    assert (document.source.id, document.source.kind.value) == ("a", "unclassified")
    assert document.source.title == 'x" kind: law ---'
    assert "text: here" in document.text
