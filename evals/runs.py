"""A run folder: what was asked under which circumstances, every record, scores and a summary.

`run.json` tells the circumstances, `cases.jsonl` what was asked, `sources.jsonl` the texts that
records and expectations refer to, `passages.jsonl` which passages were retrieved, `trials.jsonl`
what came of each turn, `own-scores.jsonl` and `baselines.jsonl` what the suite scored itself.
These are written once; `scores.jsonl` and `summary.json` are made from them, again at will.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from assistant.packing import pack, unpack
from corpus.errors import CorpusError
from evals.reading import case_line, read_case
from evals.types import Case, Figure, Score, Trial

INFO, CASES, SOURCES, PASSAGES, TRIALS = (
    "run.json", "cases.jsonl", "sources.jsonl", "passages.jsonl", "trials.jsonl",
)  # fmt: skip
SCORES, OWN_SCORES, BASELINES, SUMMARY = (
    "scores.jsonl", "own-scores.jsonl", "baselines.jsonl", "summary.json",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Everything that shaped a run; `today` and `created` are ISO dates.

    `made_by` says who wrote the cases, `revision` which version of the program's code answered
    ("" where that is not known), `cases` the SHA-256 of what was asked.
    """

    suite: str
    made_by: str
    created: str
    today: str
    seed: int
    program: str
    revision: str
    packages: dict[str, str]
    settings: dict[str, str]
    models: dict[str, str]
    collection: str
    sources: int
    passages: int
    cases: str


@dataclass(frozen=True, slots=True)
class KeptText:
    """The text of one version of a source, and what a reader must know of it."""

    id: str
    version: str
    title: str
    publisher: str
    published: str | None
    kind: str
    standpoint: str
    text_kind: str
    text: str


@dataclass(frozen=True, slots=True)
class KeptPassage:
    """A passage that was retrieved: where it stands in its source, and its length in tokens."""

    id: str
    source_id: str
    version: str
    start: int
    end: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run came to: figures of the assistant and of each plain baseline, by measure."""

    suite: str
    made_by: str
    cases: int
    turns: int
    errors: int
    measures: Mapping[str, Figure]
    baseline: Mapping[str, Mapping[str, Figure]]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _KeptTrial:
    """A trial as its line has it: the record is still packed."""

    case: str
    turn: int
    record: dict[str, Any] | None
    problem: str


@dataclass(frozen=True, slots=True)
class _Baseline:
    system: str
    scores: tuple[Score, ...]


_INFO = TypeAdapter(RunInfo)
_TEXT = TypeAdapter(KeptText)
_PASSAGE = TypeAdapter(KeptPassage)
_TRIAL = TypeAdapter(_KeptTrial)
_SCORE = TypeAdapter(Score)
_BASELINE = TypeAdapter(_Baseline)
_SUMMARY = TypeAdapter(Summary)


class Run:
    """A run folder, for reading and writing.

    Raises:
        CorpusError: it is no run folder, or a file in it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.info: RunInfo = _value(_INFO, self._read(INFO), path / INFO)

    @classmethod
    def begin(cls, path: Path, info: RunInfo, cases: Sequence[Case]) -> Run:
        """A new run folder.

        Raises:
            CorpusError: there is something there already, or it cannot be written.
        """
        try:
            if path.exists() and any(path.iterdir()):
                raise CorpusError(f"{path} is not empty.", "Name a new folder, or that of a run.")
            path.mkdir(parents=True, exist_ok=True)
            for name in (SOURCES, PASSAGES, TRIALS):
                (path / name).touch()
        except OSError as error:
            raise CorpusError(
                f"{path} cannot be written: {error.strerror}.", "Name another folder with --out."
            ) from error
        write_rows(path / CASES, map(case_line, cases))
        # Last, as its presence makes the folder a run.
        _write(path / INFO, json.dumps(asdict(info), indent=2) + "\n")
        return cls(path)

    @staticmethod
    def is_one(path: Path) -> bool:
        return (path / INFO).is_file()

    @property
    def name(self) -> str:
        return self.path.name

    def cases(self) -> tuple[Case, ...]:
        try:
            return tuple(read_case(row) for row in self._rows(CASES))
        except ValidationError as error:
            raise _unreadable(self.path / CASES) from error

    def trials(self, cases: Container[str] | None = None) -> dict[tuple[str, int], Trial]:
        """What came of each turn, by case and turn; of the turns of some cases alone, by ids."""
        return {(trial.case, trial.turn): trial for trial in self._trials(cases)}

    def trial(self, case: str, turn: int) -> Trial | None:
        """What came of one turn, or None where it was not asked."""
        return self.trials({case}).get((case, turn))

    def texts(self) -> dict[tuple[str, str], KeptText]:
        """Texts by id and version of the source."""
        rows = (_value(_TEXT, row, self.path / SOURCES) for row in self._rows(SOURCES))
        return {(text.id, text.version): text for text in rows}

    def passages(self) -> dict[str, KeptPassage]:
        rows = (_value(_PASSAGE, row, self.path / PASSAGES) for row in self._rows(PASSAGES))
        return {passage.id: passage for passage in rows}

    def add(
        self,
        trials: Sequence[Trial],
        texts: Iterable[KeptText] = (),
        passages: Iterable[KeptPassage] = (),
    ) -> None:
        """Adds a whole case: first what its records refer to, so that none is ever without."""
        _append(self.path / SOURCES, _lines(asdict(text) for text in texts))
        _append(self.path / PASSAGES, _lines(asdict(passage) for passage in passages))
        _append(self.path / TRIALS, _lines(_trial_row(trial) for trial in trials))

    def scores(self) -> tuple[Score, ...]:
        """Every score of the assistant; none before the run was scored."""
        return self._scores(SCORES)

    def own_scores(self) -> tuple[Score, ...]:
        """Those that the suite made itself while it ran."""
        return self._scores(OWN_SCORES)

    def baselines(self) -> dict[str, tuple[Score, ...]]:
        """The scores of each plain baseline that was run beside, by its name."""
        if not (self.path / BASELINES).exists():
            return {}
        rows = (_value(_BASELINE, row, self.path / BASELINES) for row in self._rows(BASELINES))
        return {row.system: row.scores for row in rows}

    def summary(self) -> Summary:
        """
        Raises:
            CorpusError: the run was not finished.
        """
        if not (self.path / SUMMARY).exists():
            raise self._unfinished()
        summary: Summary = _value(_SUMMARY, self._read(SUMMARY), self.path / SUMMARY)
        return summary

    def check_asked(self) -> None:
        """
        Raises:
            CorpusError: the run was stopped before every turn was asked, or before its suite had
                scored what it scores itself.
        """
        asked = {(row.case, row.turn) for row in self._kept_trials()}
        turns = {(case.id, turn) for case in self.cases() for turn in range(len(case.turns))}
        if turns - asked or not (self.path / OWN_SCORES).exists():
            raise self._unfinished()

    def write_scores(self, scores: Sequence[Score]) -> None:
        write_rows(self.path / SCORES, map(asdict, scores))

    def write_own_scores(self, scores: Sequence[Score]) -> None:
        write_rows(self.path / OWN_SCORES, map(asdict, scores))

    def write_baselines(self, baselines: Mapping[str, Sequence[Score]]) -> None:
        rows = (
            {"system": name, "scores": [asdict(score) for score in scores]}
            for name, scores in baselines.items()
        )
        write_rows(self.path / BASELINES, rows)

    def write_summary(self, summary: Summary) -> None:
        _write(self.path / SUMMARY, json.dumps(summary.as_json(), indent=1) + "\n")

    def drop_unfinished(self) -> None:
        """Drops a last line that a killed run left half written, and a conversation that it left
        in the middle, so that it can go on.
        """
        for name in (SOURCES, PASSAGES, TRIALS):
            content = (self.path / name).read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            if whole != content:
                (self.path / name).write_bytes(whole)
        turns = {case.id: len(case.turns) for case in self.cases()}
        rows = list(self._kept_trials())
        asked = Counter(row.case for row in rows)
        kept = [row for row in rows if asked[row.case] == turns.get(row.case)]
        if len(kept) < len(rows):
            write_rows(self.path / TRIALS, map(asdict, kept))

    def _unfinished(self) -> CorpusError:
        return CorpusError(
            f"The run {self.name} is not finished.", "Give the same command again to go on."
        )

    def _kept_trials(self) -> Iterator[_KeptTrial]:
        return (_value(_TRIAL, row, self.path / TRIALS) for row in self._rows(TRIALS))

    def _trials(self, cases: Container[str] | None) -> Iterator[Trial]:
        for row in self._kept_trials():
            if cases is None or row.case in cases:
                try:
                    record = unpack(row.record) if row.record else None
                except (ValidationError, KeyError, TypeError) as error:
                    raise _unreadable(self.path / TRIALS) from error
                yield Trial(row.case, row.turn, record, row.problem)

    def _scores(self, name: str) -> tuple[Score, ...]:
        path = self.path / name
        rows = self._rows(name) if path.exists() else ()
        return tuple(_value(_SCORE, row, path) for row in rows)

    def _read(self, name: str) -> Any:
        try:
            return json.loads((self.path / name).read_text("utf-8"))
        except OSError as error:
            raise CorpusError(
                f"{self.path} is not a run folder.", "Make one: attache eval run --out DIR."
            ) from error
        except ValueError as error:
            raise _unreadable(self.path / name) from error

    def _rows(self, name: str) -> Iterator[Any]:
        try:
            with (self.path / name).open(encoding="utf-8") as lines:
                for line in lines:
                    yield json.loads(line)
        except (OSError, ValueError) as error:
            raise _unreadable(self.path / name) from error


def list_runs(folder: Path) -> tuple[list[Run], list[CorpusError]]:
    """The runs in a folder, newest first, and what is wrong with those that cannot be read."""
    runs, problems = [], []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if Run.is_one(path):
            try:
                runs.append(Run(path))
            except CorpusError as error:
                problems.append(error)
    return sorted(runs, key=lambda run: (run.info.created, run.name), reverse=True), problems


def _trial_row(trial: Trial) -> dict[str, Any]:
    record = pack(trial.record) if trial.record else None
    return {"case": trial.case, "turn": trial.turn, "record": record, "problem": trial.problem}


def _value(adapter: TypeAdapter[Any], row: Any, path: Path) -> Any:
    try:
        return adapter.validate_python(row, strict=False)
    except ValidationError as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> CorpusError:
    return CorpusError(
        f"{path} cannot be read as part of a run.", "Run the cases again into a new folder."
    )


def _lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _append(path: Path, text: str) -> None:
    if text:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes a file of JSON lines as a whole: whoever reads it meanwhile has the old one.

    Raises:
        CorpusError: it cannot be written.
    """
    _write(path, _lines(rows))


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise CorpusError(
            f"{path} cannot be written: {error.strerror}.",
            "Check the disk and the rights, or name another place.",
        ) from error
