"""Small made-up data in the formats of public sets that people labelled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from made import DAY

from assistant.settings import Settings
from evals.suites.suite import Plan, Room

REFERENCE = "The bridge was opened in 1979. It may not carry lorries."
GOOD = "The bridge was opened in 1979 and may not carry lorries."
POOR = "Zebras graze."


def a_room(folder: Path, embedder: str = "hashing:64", verifier: str = "learned") -> Room:
    """A room without a collection; its embedder needs no model."""
    settings = Settings(home=folder / "home", embedder=embedder, verifier=verifier)
    return Room(settings, None, folder, Plan(DAY), lambda _: None)


def a_claim(id: str, claim: str, borne: bool, question: str = "", source: str = "A") -> Any:
    return {
        "id": id, "question": question or id, "claim": claim, "references": [REFERENCE],
        "attribution_label": "attributable" if borne else "not attributable",
        "src_dataset": source,
    }  # fmt: skip


def a_pair(at: int, first: str, second: str, *labels: int) -> list[Any]:
    """The rows of a pair: one for each person, who gives all aspects the same label."""
    return [
        {
            "instance_id": at, "dataset": "kiwi/a", "query_id": str(at), "query": "When?",
            "gt_answer": REFERENCE, "model1": {"response": first}, "model2": {"response": second},
            "correctness_label": label, "completeness_label": label, "overall_label": label,
        }
        for label in labels
    ]  # fmt: skip


def a_conversation_file(*answers: tuple[str, str, tuple[int, ...]]) -> Any:
    """Answers to turns of conversations, each with its conversation and people's labels; the file
    has one measure of its own.
    """
    return {
        "metrics": [
            {"name": "len", "display_name": "Length", "author": "algorithm"},
            {"name": "faithfulness", "author": "human"},
        ],
        "documents": [{"document_id": "d", "text": REFERENCE}],
        "tasks": [
            {"task_id": f"{talk}<::>{at}", "contexts": [{"document_id": "d"}]}
            for at, (talk, _, _) in enumerate(answers)
        ],
        "evaluations": [
            {
                "task_id": f"{talk}<::>{at}", "model_id": "m", "model_response": answer,
                "annotations": {
                    "len": {"system": {"value": len(answer)}},
                    "faithfulness": {str(i): {"value": str(v)} for i, v in enumerate(labels)},
                },
            }
            for at, (talk, answer, labels) in enumerate(answers)
        ],
    }  # fmt: skip


def write_json(path: Path, content: Any) -> Path:
    """A JSON file; lines of JSON where the name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = content if path.suffix == ".jsonl" else [content]
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path
