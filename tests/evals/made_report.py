"""Runs to report on, made by hand, and a page taken apart into its elements."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from made import (
    DAY,
    OPENED,
    a_case,
    a_hit,
    a_record,
    a_score,
    a_source,
    an_answer,
    cites,
    kept_texts,
)

from assistant.types import (
    Ask,
    Citation,
    Failure,
    Nearest,
    Premise,
    Record,
    Silence,
    Statement,
    Support,
)
from corpus.types import TextKind
from evals.runs import KeptText, Run, RunInfo
from evals.scoring import score_run
from evals.types import Case, Score, Trial

_VOID = frozenset("br hr img input link meta".split())
_TURNING = frozenset("LRE RLE LRO RLO PDF LRI RLI FSI PDI".split())
Came = Record | str | None
"""What came of a question: a record, why there is none, or None where it was not asked."""


def read(html: str) -> Element:
    """The elements of a page or of a part of one; fails where they are not well nested."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert [element.tag for element in reader.open] == ["all"]
    return reader.open[0]


def text_of(element: Element) -> str:
    """All text of an element, white space made even."""
    return " ".join("".join(element.itertext()).split())


def texts_of(element: Element, path: str) -> list[str]:
    return [text_of(found) for found in element.findall(path)]


def printable(text: str) -> str:
    """The text without controls, lone surrogates and what turns the direction of reading."""
    return "".join(
        c
        for c in text
        if c in "\t\n"
        or (
            unicodedata.category(c) not in ("Cc", "Cs")
            and unicodedata.bidirectional(c) not in _TURNING
        )
    )


def a_run(
    path: Path,
    *asked: tuple[Case, *tuple[Came, ...]],
    own: Sequence[Score] = (),
    baselines: Mapping[str, Sequence[Score]] | None = None,
    texts: Sequence[KeptText] = (),
    finished: bool = True,
    **info: Any,
) -> Run:
    """A run of these cases, each with what came of its turns; the sources are those of `made`."""
    told = RunInfo(
        "small", "this test", "2026-11-24T12:00:00+00:00", DAY.isoformat(), 0, "0.1.0", "", {},
        {"composer": "extractive"}, {}, "", 4, 4, "c" * 64,
    )  # fmt: skip
    run = Run.begin(path, replace(told, **info), [case for case, *_ in asked])
    kept = texts or kept_texts()
    for case, *came in asked:
        trials = [
            Trial(case.id, turn, None, it) if isinstance(it, str) else Trial(case.id, turn, it)
            for turn, it in enumerate(came)
            if it is not None
        ]
        failed = [
            replace(trial, problem=trial.record.failure.message)
            if trial.record and trial.record.failure
            else trial
            for trial in trials
        ]
        run.add(failed, kept)
        kept = []
    run.write_own_scores(own)
    if baselines:
        run.write_baselines(baselines)
    if finished:
        score_run(run)
    return run


def worded_runs(folder: Path, word: str) -> None:
    """Two runs, `a` and `b`, with the word in every field that can hold a person's or a source's
    text.
    """
    source = replace(a_source("bridge"), id=word, title=word, publisher=word, cite_as=word)
    quoted = replace(source, id=f"{word} full", text_kind=TextKind.FULL)
    cited = replace(cites(OPENED), source=source, words=f"{word} {OPENED}")
    said = Statement(word, word, (cited, replace(cited, source=quoted)), Support("supported", 0.9))
    answer = an_answer(said, more=[said], caveats={"date": word}, rows=[cited])
    assert answer.ties is not None
    (row,) = answer.ties.rows
    value = replace(row.kind[0], value=word, dates=(word,))
    row = replace(row, city=word, partner=word, kind=(value,), start=(value, value))
    ties = replace(answer.ties, rows=(row,), asked=word)
    answer = replace(answer, ties=ties, opening=word, uncovered=(word,))
    silence = Silence("not_answered", word)
    silent = replace(an_answer(), silence=silence, nearest=(Nearest(source, word),))
    hits = [
        replace(a_hit("bridge", start, 10_000), source_id=word, version="1", heading=word)
        for start in (0, 5_000)
    ]
    full = replace(
        a_record(answer, *hits, timings={"retrieve": 2.0}), premise=Premise(word, (cited,))
    )
    failed = replace(a_record(failure=word), partial=(said,), failure=Failure(word, word))
    fact = {"fact": f"{word} opened", "source": word, "words": f"{word} {OPENED}"}
    lost = {"fact": f"{word} lost", "source": word, "words": f"gone {word}"}
    asked = a_case(
        f"{word} 0", word, question=word, history=[word], expected=word, notes=word,
        facts=[fact, lost], sources=[word], nearest=[word], caveats=[word],
    )  # fmt: skip
    others = [a_case(f"{word} {n}", word, question=word) for n in (1, 2, 3)]
    named = {word: word}
    info = {"suite": word, "made_by": word, "program": word, "revision": word, "models": named}
    info |= {"packages": named, "collection": word}
    # The second hit begins where the expected words have ended, however long the word is.
    long = f"{word} first. {word} {OPENED} {'-' * 5_000} {word}"
    text = KeptText(word, "1", word, word, None, "news", "neutral", "note", long)
    plain = {word: [a_score(asked.id, 0.5, "source_recall", type=word)]}
    came = [a_record(silent), failed, word]

    def make(name: str, first: Record, settings: str) -> None:
        first = replace(first, ask=Ask(word, DAY))
        pairs = zip([asked, *others], [first, *came], strict=True)
        told = info | {"settings": named | {f"set {word}": settings}}
        a_run(folder / name, *pairs, texts=[text], baselines=plain, **told)

    make("a", full, word)
    make("b", a_record(silent), f"other {word}")


def of_kind(kind: TextKind, citation: Citation) -> Citation:
    """The same words, of a text of that kind."""
    return replace(citation, source=replace(citation.source, text_kind=kind))


def resting_on(statement: Statement, *citations: Citation) -> Statement:
    return replace(statement, citations=citations)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("all")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice: {names}"
        found = SubElement(self.open[-1], tag, {name: value or "" for name, value in attrs})
        if tag not in _VOID:
            self.open.append(found)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        closed = self.open.pop()
        assert closed.tag == tag, f"</{tag}> closes <{closed.tag}>"

    def handle_data(self, data: str) -> None:
        within = self.open[-1]
        if len(within):
            within[-1].tail = (within[-1].tail or "") + data
        else:
            within.text = (within.text or "") + data
