"""Optional judges: a chat model reads finished answers beside what was expected of them.

Its scores stand apart from the measures of a run, with the whole exchange kept, several replies to
each answer, and how far it agrees with people beside them.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from corpus.errors import CorpusError, ModelError
from evals import judge_prompts
from evals.rating import Agreement, Key, agreement_of, ratings_of
from evals.runs import Run
from evals.statistics import figure
from evals.types import Case, Expected, Figure, Measure, Score, Trial

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

FILE = "judgements.jsonl"
AT_ONCE = 4
TIMEOUT_S = 120.0
RETRIES = 4
# So many failures without one reply, and the judge is not there at all.
GIVE_UP = 5

MEASURES = (
    Measure("judge_correct", "share of the replies that call the answer correct"),
    Measure("judge_facts", "share of the expected facts that the answer contains, by the judge"),
)

Progress = Callable[[str, int, int], None]


class Reply(BaseModel):
    """What a judge is to say."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    verdict: Literal["correct", "incomplete", "wrong"]
    facts: tuple[bool, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judge:
    """A model by its LangChain name ("openai:some-model"), and whom it is reached at."""

    model: str
    host: str
    chat: BaseChatModel


@dataclass(frozen=True, slots=True)
class Judgement:
    """One exchange with a judge; `problem` says why there is no `reply` that counts."""

    case: str
    turn: int
    repeat: int
    model: str
    host: str
    prompt: str
    prompt_sha256: str
    messages: tuple[tuple[str, str], ...]
    said: str
    reply: Reply | None
    problem: str
    tokens_in: int | None
    tokens_out: int | None
    at: str

    @property
    def key(self) -> Key:
        return self.case, self.turn


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judge made of a run. `steady` is the share of answers on which all its replies give
    one verdict. `people` has its agreement with each rater, on right or not right.
    """

    model: str
    prompt: str
    measures: Mapping[str, Figure]
    steady: float | None
    problems: int
    tokens_in: int
    tokens_out: int
    money: float | None
    people: tuple[Agreement, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


_JUDGEMENT = TypeAdapter(Judgement)


def reach(model: str, base_url: str | None) -> Judge:
    """The judge of that name; keys come from the environment of its provider.

    Raises:
        ModelError: the provider is unknown, its package or its key is missing.
    """
    from urllib.parse import urlsplit

    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": TIMEOUT_S, "max_retries": RETRIES, "temperature": 0}
    if base_url:
        options["base_url"] = base_url
    try:
        chat = init_chat_model(model, **options)
    # Each provider has errors of its own for what is missing.
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise ModelError(
            f"{model} cannot be reached: {said}",
            "Write --model PROVIDER:NAME, install langchain-PROVIDER, and set its key.",
        ) from error
    host = urlsplit(base_url).hostname if base_url else None
    return Judge(model, host or model.partition(":")[0], chat)


def judge(
    run: Run, by: Judge, repeats: int, most: int | None, progress: Progress = lambda *_: None
) -> None:
    """Asks the judge about each answer that something is expected of, `repeats` times; what it
    replied to already, to the same prompt, is not asked again.

    Raises:
        CorpusError: the run cannot be read or written.
        ModelError: no reply at all comes.
    """
    done = {(j.key, j.repeat) for j in judgements(run) if j.reply and _same(j, by)}
    wanted = [
        (key, expected, trial, repeat)
        for key, expected, trial in judged_turns(run)[:most]
        for repeat in range(repeats)
        if (key, repeat) not in done
    ]
    asked = [judge_prompts.messages(e, t.record) for _, e, t, _ in wanted if t.record]
    failed = replied = 0
    for number, said in by.chat.batch_as_completed(
        asked, {"max_concurrency": AT_ONCE}, return_exceptions=True
    ):
        key, expected, _, repeat = wanted[number]
        judgement = _judgement(key, repeat, by, asked[number], said, len(expected.facts or ()))
        _append(run.path / FILE, judgement)
        replied += not isinstance(said, Exception)
        failed += isinstance(said, Exception)
        if failed >= GIVE_UP and not replied:
            raise ModelError(
                f"{by.model} does not answer: {judgement.problem}",
                "Check its name, its address and its key.",
            )
        progress("Judging", failed + replied, len(asked))


def judged_turns(run: Run) -> list[tuple[Key, Expected, Trial]]:
    """The turns with an answer of which something is expected, in words or facts."""
    trials = run.trials()
    return [
        ((case.id, number), expected, trial)
        for case in run.cases()
        for number, expected in enumerate(case.turns)
        if (expected.expected or expected.facts)
        and (trial := trials.get((case.id, number)))
        and trial.record
        and trial.record.answer
    ]


def judgements(run: Run) -> list[Judgement]:
    """Every exchange that was kept.

    Raises:
        CorpusError: they cannot be read.
    """
    path = run.path / FILE
    if not path.exists():
        return []
    try:
        # A last line without its end was cut off by a stop.
        lines = path.read_bytes().split(b"\n")[:-1]
        return [_JUDGEMENT.validate_json(line) for line in lines if line.strip()]
    except (OSError, ValidationError) as error:
        raise CorpusError(
            f"{path} cannot be read as judgements.", "Correct the line, or move the file away."
        ) from error


def summarise(
    run: Run,
    by: Judge,
    price_in: float | None = None,
    price_out: float | None = None,
) -> Judged:
    """Scores of a judge with intervals, its steadiness, its cost, its agreement with people.

    Prices are for a million tokens; money is None without both. Where a reply was asked for again,
    the last one counts.
    """
    last = {(j.key, j.repeat): j for j in judgements(run) if _same(j, by)}
    replies: dict[Key, list[Reply | None]] = defaultdict(list)
    for (key, _), judgement in sorted(last.items(), key=lambda item: item[0]):
        replies[key].append(judgement.reply)
    scores = list(_scores(run, replies))
    every = [j for j in judgements(run) if _same(j, by)]
    tokens_in = sum(j.tokens_in or 0 for j in every)
    tokens_out = sum(j.tokens_out or 0 for j in every)
    priced = price_in is not None and price_out is not None
    money = (tokens_in * (price_in or 0) + tokens_out * (price_out or 0)) / 1e6 if priced else None
    several = [said for said in replies.values() if len([r for r in said if r]) > 1]
    steady = [len({r.verdict for r in said if r}) == 1 for said in several]
    return Judged(
        by.model,
        judge_prompts.NAME,
        {measure.name: figure(measure, scores, run.info.seed) for measure in MEASURES},
        sum(steady) / len(steady) if steady else None,
        sum(j.reply is None for j in last.values()),
        tokens_in,
        tokens_out,
        money,
        _people(run, by.model, replies),
    )


def read_reply(text: str, facts: int) -> Reply:
    """The judgement in a reply, with prose or fences around it.

    Raises:
        ValueError: there is none, or it does not tell of each fact.
    """
    decoder = json.JSONDecoder()
    for start in (found.start() for found in re.finditer(r"\{", text)):
        try:
            value, _ = decoder.raw_decode(text, start)
            reply = Reply.model_validate(value)
        except ValueError:
            continue
        if len(reply.facts) != facts:
            raise ValueError(f"it tells of {len(reply.facts)} facts, not of {facts}")
        return reply
    raise ValueError("there is no judgement in the reply")


def _judgement(
    key: Key,
    repeat: int,
    by: Judge,
    messages: Sequence[tuple[str, str]],
    said: Any,
    facts: int,
) -> Judgement:
    reply, problem, text = None, "", ""
    usage: Mapping[str, int] = {}
    if isinstance(said, Exception):
        problem = f"{type(said).__name__}: {' '.join(str(said).split())[:200]}"
    else:
        text, usage = str(said.text), said.usage_metadata or {}
        try:
            reply = read_reply(text, facts)
        except ValueError as error:
            problem = str(error)
    return Judgement(
        *key, repeat, by.model, by.host, judge_prompts.NAME, judge_prompts.DIGEST,
        tuple(messages), text, reply, problem, usage.get("input_tokens"),
        usage.get("output_tokens"), datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip


def _scores(run: Run, replies: Mapping[Key, Sequence[Reply | None]]) -> Iterator[Score]:
    cases: dict[str, Case] = {case.id: case for case in run.cases()}
    for key, said in replies.items():
        case = cases[key[0]]
        told = [reply for reply in said if reply]
        facts = len(case.turns[key[1]].facts or ())
        correct = [float(reply.verdict == "correct") for reply in told]
        contained = [sum(reply.facts) / facts for reply in told] if facts else []
        yield _score(case, key, "judge_correct", correct, "no reply that counts")
        if facts:
            yield _score(case, key, "judge_facts", contained, "no reply that counts")


def _score(case: Case, key: Key, measure: str, values: Sequence[float], reason: str) -> Score:
    value = sum(values) / len(values) if values else None
    state: Literal["scored", "unscored"] = "scored" if values else "unscored"
    return Score(*key, case.type, case.group, measure, value, state, "" if values else reason)


def _people(
    run: Run, model: str, replies: Mapping[Key, Sequence[Reply | None]]
) -> tuple[Agreement, ...]:
    said = {
        key: Counter("right" if r.verdict == "correct" else "not right" for r in given if r)
        for key, given in replies.items()
    }
    mine = {key: counts.most_common(1)[0][0] for key, counts in said.items() if counts}
    told = []
    for rater, rated in ratings_of(run).items():
        theirs = {k: "right" if r.verdict == "right" else "not right" for k, r in rated.items()}
        told.append(agreement_of((model, rater), mine, theirs))
    return tuple(told)


def _same(judgement: Judgement, by: Judge) -> bool:
    """Whether it comes of the same judge and prompt; others are kept and not counted."""
    return (judgement.model, judgement.prompt_sha256) == (by.model, judge_prompts.DIGEST)


def _append(path: Path, judgement: Judgement) -> None:
    line = _JUDGEMENT.dump_json(judgement) + b"\n"
    try:
        with path.open("ab") as file:
            file.write(line)
    except OSError as error:
        raise CorpusError(
            f"{path} cannot be written: {error.strerror}.", "Make the run folder writable."
        ) from error
