"""Acceptance: limits that were stated beforehand, tested with exact one-sided 95 % bounds."""

from __future__ import annotations

import hashlib
import html
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.errors import CorpusError
from evals.bounds import needed
from evals.statistics import Rows, effective, lower_mean, rate_bounds
from evals.types import Score

# More than this share without a score, and what was scored is no longer what was asked.
MOST_UNSCORED = 0.05
FEWEST_GROUPS = 20
_RATES = {
    "serious_error": "serious_error",
    "omission": "omitted_limits",
    "false_abstention": "false_abstention",
}
_SHARES = {"balance": "mirror_balance", "consistency": "wording_agreement"}
_SAID = {
    "serious_error": "Serious errors",
    "omission": "Omitted exceptions",
    "false_abstention": "False abstentions",
    "balance": "Balance of both sides of a matter",
    "consistency": "Agreement between wordings",
}

_SERIOUS = (
    "an answer to what cannot be answered, from no right source, or without the exception that "
    "turns it, as a rule finds it; where people rated an answer, what any of them called "
    "misleading or the cause of a wrong decision"
)
_BAD = {"misleading", "would cause a wrong decision"}


class AtMost(BaseModel):
    """A rate that may not be exceeded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_most: float = Field(gt=0, lt=1)


class AtLeast(BaseModel):
    """A mean share that must be reached."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_least: float = Field(gt=0, lt=1)


class Limits(BaseModel):
    """The limits of a file, who stated them and when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stated_by: str = Field(min_length=1)
    stated_on: date
    serious_error: AtMost | None = None
    omission: AtMost | None = None
    false_abstention: AtMost | None = None
    balance: AtLeast | None = None
    consistency: AtLeast | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """Limits with the SHA-256 of the file that states them."""

    limits: Limits
    digest: str


@dataclass(frozen=True, slots=True)
class Tested:
    """One limit against what was seen: `events` in so many `questions`, or their mean share.

    `n` is how many independent cases these are worth. `bound` is one-sided, at 95 %. `needed` is
    how many independent cases the limit needs at the least, `needed_as_seen` how many at the rate
    seen; None where none would do. `reason` says why it failed.
    """

    name: str
    limit: float
    seen: float | None
    bound: float | None
    questions: int
    n: int
    events: int | None
    unscored: int
    needed: int | None
    needed_as_seen: int | None
    passed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Every limit that was stated, and whether all of them are kept."""

    stated: Stated
    tested: tuple[Tested, ...]

    @property
    def passed(self) -> bool:
        return all(tested.passed for tested in self.tested)

    def as_json(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "limits_sha256": self.stated.digest,
            "limits": {tested.name: asdict(tested) for tested in self.tested},
        }

    def as_text(self) -> str:
        lines = [_line(tested) for tested in self.tested]
        lines.append(f"A serious error is {_SERIOUS}.")
        lines.append("Accepted." if self.passed else "Not accepted.")
        return "\n".join(lines)

    def as_html(self, circumstances: Mapping[str, str]) -> str:
        """One page that an evaluator can sign; `circumstances` say what was tested."""
        rows = "".join(_row(tested) for tested in self.tested)
        facts = "".join(
            f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>"
            for name, value in circumstances.items()
        )
        limits = self.stated.limits
        return _PAGE.format(
            verdict="Accepted" if self.passed else "Not accepted",
            facts=facts,
            rows=rows,
            by=html.escape(limits.stated_by),
            on=limits.stated_on.isoformat(),
            digest=self.stated.digest,
            errors=_SERIOUS,
        )


def read_limits(path: Path) -> Stated:
    """The limits of a TOML file.

    Raises:
        CorpusError: it cannot be read, states no limit, or one is not as it should be.
    """
    try:
        raw = path.read_bytes()
        limits = Limits.model_validate(tomllib.loads(raw.decode("utf-8")))
    except OSError as error:
        raise CorpusError(f"{path} cannot be read.", "Name a file of limits (TOML).") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CorpusError(f"{path.name} is no TOML: {error}.", "Correct the file.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CorpusError(
            f"{path.name}: {where}: {first['msg']}.", "Correct the limits."
        ) from error
    if all(getattr(limits, name) is None for name in _SAID):
        raise CorpusError(
            f"{path.name} states no limit.", f"State at least one of: {', '.join(_SAID)}."
        )
    return Stated(limits, hashlib.sha256(raw).hexdigest())


def accept(scores: Sequence[Score], stated: Stated, asked: date, seed: int = 0) -> Acceptance:
    """Tests each limit that was stated before the day on which the cases were asked, or on it.
    Turns of one group are not independent, and count for less the more alike they turn out.

    Raises:
        CorpusError: the limits were stated later.
    """
    limits = stated.limits
    if limits.stated_on > asked:
        raise CorpusError(
            f"The limits were stated on {limits.stated_on}, after the cases were asked on {asked}.",
            "State limits first, then ask the cases.",
        )
    tested = []
    for name, measure in _RATES.items():
        if limit := getattr(limits, name):
            told = [score for score in scores if score.measure == measure]
            tested.append(_rate(name, limit.at_most, told))
    for name, measure in _SHARES.items():
        if limit := getattr(limits, name):
            told = [score for score in scores if score.measure == measure]
            tested.append(_share(name, limit.at_least, told, seed))
    return Acceptance(stated, tuple(tested))


def with_people(
    scores: Sequence[Score], verdicts: Mapping[tuple[str, int], Sequence[str]]
) -> list[Score]:
    """The scores, where people's verdicts on an answer take the place of the rule that finds
    serious errors.
    """
    return [
        replace(score, value=float(not _BAD.isdisjoint(verdicts[score.key])), state="scored")
        if score.measure == _RATES["serious_error"] and verdicts.get(score.key)
        else score
        for score in scores
    ]


def _rate(name: str, limit: float, scores: Sequence[Score]) -> Tested:
    told = [score for score in scores if score.value is not None]
    rows = Rows.of(told)
    events = sum(round(score.value or 0.0) for score in told)
    unscored = sum(score.state == "unscored" for score in scores)
    n = effective(rows)
    seen = events / len(told) if told else None
    bound = rate_bounds(rows, 0.95)[1] if told else None
    least = needed(limit)
    as_seen = needed(limit, seen or 0.0)
    reason = _too_many(unscored, scores)
    if least is not None and rows.groups < least:
        few = f"{rows.groups} independent cases, and {least} without any would do"
        reason = reason or f"too few: {few}"
    elif bound is None or bound > limit:
        would = f"{as_seen or 'no number of'} independent cases would do"
        reason = reason or f"the bound exceeds it; at the rate seen {would}"
    return Tested(
        name, limit, seen, bound, len(told), int(n), events, unscored, least, as_seen, not reason,
        reason,
    )  # fmt: skip


def _share(name: str, limit: float, scores: Sequence[Score], seed: int) -> Tested:
    scored = [score for score in scores if score.value is not None]
    rows = Rows.of(scored)
    unscored = sum(score.state == "unscored" for score in scores)
    seen = float(rows.values.mean()) if scored else None
    bound = lower_mean(rows, seed) if rows.groups >= FEWEST_GROUPS else None
    least = max(FEWEST_GROUPS, math.ceil(math.log(0.05) / math.log(limit)))
    as_seen = _needed_share(limit, rows) if scored else None
    reason = _too_many(unscored, scores)
    if rows.groups < least:
        few = f"{rows.groups} independent cases, and {least} would do were all shares whole"
        reason = reason or f"too few: {few}"
    elif bound is None or bound < limit:
        would = f"{as_seen or 'no number of'} independent cases would do"
        reason = reason or f"the bound does not reach it; at the mean seen {would}"
    return Tested(
        name, limit, seen, bound, len(scored), rows.groups, None, unscored, least, as_seen,
        not reason, reason,
    )  # fmt: skip


def _needed_share(limit: float, rows: Rows) -> int | None:
    """About how many independent cases of this mean and spread reach a limit by their lower
    bound: the normal one, and the exact one of values that are all alike.
    """
    mean = float(rows.values.mean())
    if mean <= limit:
        return None
    spread = float(rows.values.std())
    by_spread = (1.645 * spread / (mean - limit)) ** 2
    return math.ceil(max(FEWEST_GROUPS, by_spread, math.log(0.05) / math.log(limit / mean)))


def _too_many(unscored: int, scores: Sequence[Score]) -> str:
    asked = sum(score.state != "not_applicable" for score in scores)
    if asked and unscored > MOST_UNSCORED * asked:
        return f"{unscored} of {asked} questions could not be scored"
    return ""


def _line(tested: Tested) -> str:
    sign = "at least" if tested.name in _SHARES else "at most"
    seen = "-" if tested.seen is None else f"{tested.seen:.3f}"
    bound = "-" if tested.bound is None else f"{tested.bound:.3f}"
    verdict = "pass" if tested.passed else f"FAIL: {tested.reason}"
    return (
        f"{_SAID[tested.name]:34} {sign} {tested.limit:.3f}: seen {seen}, bound {bound}, "
        f"{tested.questions} questions worth {tested.n} independent ones, "
        f"{tested.unscored} unscored: {verdict}"
    )


def _row(tested: Tested) -> str:
    sign = "at least" if tested.name in _SHARES else "at most"
    events = "" if tested.events is None else f" ({tested.events} of {tested.questions})"
    as_seen = f"; {tested.needed_as_seen} at the rate seen" if tested.needed_as_seen else ""
    cells = [
        _SAID[tested.name],
        f"{sign} {tested.limit:.1%}",
        "not known" if tested.seen is None else f"{tested.seen:.1%}{events}",
        "not known" if tested.bound is None else f"{tested.bound:.1%}",
        f"{tested.questions}, worth {tested.n} independent; {tested.unscored} unscored",
        f"{tested.needed}{as_seen}",
        "pass" if tested.passed else f"fail: {tested.reason}",
    ]
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Acceptance test</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{
  font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
}}
table {{ border-collapse: collapse; width: 100%; }}
caption {{ text-align: left; font-weight: 600; padding: .5rem 0; }}
th, td {{ border-bottom: 1px solid #767676; padding: .35rem .5rem; }}
th, td {{ text-align: left; vertical-align: top; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }}
dt {{ font-weight: 600; }} dd {{ margin: 0; overflow-wrap: anywhere; }}
.wide {{ overflow-x: auto; }}
.sign {{ display: grid; grid-template-columns: repeat(3, 1fr); gap: 2rem; margin-top: 4rem; }}
.sign p {{ border-top: 1px solid currentColor; padding-top: .3rem; }}
@media (max-width: 40rem) {{ dl, .sign {{ grid-template-columns: 1fr; }} }}
@media print {{ body {{ margin: 0; font-size: 11px; }} }}
</style></head><body>
<h1>Acceptance test: {verdict}</h1>
<h2>What was tested</h2><dl>{facts}</dl>
<h2>Limits</h2>
<p>Stated by {by} on {on}; the cases were asked later, or on that day. SHA-256 of the file of
limits: <code>{digest}</code>.</p>
<div class="wide" tabindex="0" role="region" aria-label="Limits and what was seen"><table>
<caption>Limits and what was seen</caption>
<thead><tr><th scope="col">What</th><th scope="col">Limit</th><th scope="col">Seen</th>
<th scope="col">Bound (one-sided, 95 %)</th><th scope="col">Questions</th>
<th scope="col">Independent cases needed</th><th scope="col">Result</th></tr></thead>
<tbody>{rows}</tbody></table></div>
<p>A limit is kept only where the bound, not what was seen, lies within it. The bound of a rate is
exact (Clopper and Pearson); questions about one source or conversation count for less, the more
alike they turn out (design effect; Korn and Graubard). That of balance and agreement is drawn from
whole groups of cases (bootstrap), and no higher than the exact one were all alike. A serious error
is {errors}.</p>
<div class="sign"><p>Name</p><p>Date</p><p>Signature</p></div>
</body></html>
"""
