"""`attache eval meta` as an evaluator or a script meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ui.cli import main

TEXT = "The bridge was opened in 1979."
OTHER = "Zebras graze."
LABELS = ("correctness_label", "completeness_label", "overall_label")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pair, two rated answers and two claims, in the published formats."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTACHE_EMBEDDER", "hashing:64")
    asked = {"instance_id": 1, "dataset": "d", "query_id": "q", "query": "When?"}
    answers = {"gt_answer": TEXT, "model1": {"response": OTHER}, "model2": {"response": TEXT}}
    pairs = [asked | answers | dict.fromkeys(LABELS, told) for told in (2, 1)]
    talks = {
        "documents": [{"document_id": "d", "text": TEXT}],
        "tasks": [{"task_id": f"talk<::>{n}", "contexts": [{"document_id": "d"}]} for n in (0, 1)],
        "evaluations": [
            {"task_id": f"talk<::>{n}", "model_id": "m", "model_response": answer,
             "annotations": {"faithfulness": {"1": {"value": "4"}, "2": {"value": "3"}}}}
            for n, answer in enumerate((TEXT, OTHER))
        ],
    }  # fmt: skip
    claims = [
        {"id": f"{n}", "question": "q", "claim": claim, "references": [TEXT],
         "attribution_label": label, "src_dataset": "s"}
        for n, (claim, label) in enumerate([(TEXT, "attributable"), (OTHER, "not attributable")])
    ]  # fmt: skip
    folder = tmp_path / "data"
    for name, content in (
        ("ragchecker/human_labels.json", json.dumps(pairs)),
        ("mtrag/reference_subset_with_human_evaluations.json", json.dumps(talks)),
        ("attribution-bench/dev.jsonl", "\n".join(map(json.dumps, claims))),
    ):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def test_the_tables_are_printed_in_markdown(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "meta", "--data", str(data)]) == 0
    out = capsys.readouterr().out
    assert out.count("| measure |") == 5
    assert "| RAGChecker (published) | 0.497 | 0.469 |" in out


def test_the_last_line_is_json(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "meta", "--data", str(data), "--json"]) == 0
    value = json.loads(capsys.readouterr().out.splitlines()[-1])
    *_, attributed = value["comparisons"]
    assert attributed["lines"][0]["figures"]["macro_f1"]["value"] == 1.0


def test_a_missing_file_is_one_line_that_names_it(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "attribution-bench" / "dev.jsonl").unlink()
    assert main(["eval", "meta", "--data", str(data)]) == 1
    (said,) = capsys.readouterr().err.strip().splitlines()
    assert "dev.jsonl cannot be read" in said


def test_the_folder_must_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "meta"]) == 2
    assert "--data" in capsys.readouterr().err
