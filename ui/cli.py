"""The command line: `attache serve | ask | index | record | corrections | replay | …`.

Exit codes: 0 done or answered, 1 failed, 2 wrong use, 3 not in the sources, 130 interrupted.
Results go to standard output, everything else to standard error. With `--json` the last line of
standard output is one JSON object. Slow modules are imported where a command needs them, so that
`--version` and wrong use are answered at once.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from corpus.errors import AttacheError, QuestionError, SettingsError
from corpus.types import Kind
from ui.arguments import (
    add_command,
    day,
    port,
    print_json,
    say,
    takes_json,
    year,
)
from ui.case_commands import add_commands as add_case_commands
from ui.correction_commands import add_commands as add_correction_commands
from ui.eval_commands import add_commands as add_eval_commands
from ui.judge_commands import add_commands as add_judge_commands
from ui.meta_commands import add_commands as add_meta_commands
from ui.people_commands import add_commands as add_people_commands
from ui.phrases import package_missing
from ui.record_commands import add_commands as add_record_commands
from ui.report_commands import add_commands as add_report_commands
from ui.source_commands import add_commands as add_source_commands
from ui.upkeep_commands import add_commands as add_upkeep_commands
from ui.verdict_commands import add_commands as add_verdict_commands
from ui.verifier_commands import add_commands as add_verifier_commands

if TYPE_CHECKING:
    import socket

    from assistant.assembly import Desk
    from assistant.settings import Settings
    from corpus.catalogue import Problem
    from index.building import BuildReport

DONE, FAILED, WRONG_USE, NOT_IN_SOURCES, INTERRUPTED = 0, 1, 2, 3, 130
# What a shell reports for a program whose reader went away (128 + SIGPIPE).
_PIPE_CLOSED = 141
_DAY_S = 24 * 60 * 60

TELEMETRY_OFF = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "ORT_DISABLE_TELEMETRY": "1",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; never raises for a known failure.

    With ATTACHE_DEBUG=1 a failure shows its traceback instead of one line.
    """
    silence_telemetry()
    # A question may hold bytes that no terminal shows; a failing print would hide the answer.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        say("Stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes standard output once more at exit, which would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except Exception as error:
        if os.environ.get("ATTACHE_DEBUG") == "1":
            raise
        return _report(error)
    return code


def _run(arguments: Sequence[str] | None) -> int:
    try:
        chosen = _parser().parse_args(arguments)
    except SystemExit as done:  # argparse's way of saying that help, or an error, was printed
        return int(done.code or DONE)
    code: int = chosen.command(chosen)
    return code


def silence_telemetry() -> None:
    """Turns off what the libraries would tell their makers; they read this when imported."""
    os.environ.update(TELEMETRY_OFF)


def _report(error: Exception) -> int:
    if isinstance(error, AttacheError):
        say(str(error))
        return WRONG_USE if isinstance(error, QuestionError | SettingsError) else FAILED
    if isinstance(error, ModuleNotFoundError):
        say(package_missing(error))
        return FAILED
    say(f"Failed: {type(error).__name__}: {error}. Set ATTACHE_DEBUG=1 to see where.")
    return FAILED


def _serve(chosen: argparse.Namespace) -> int:
    given = {"host": chosen.host, "port": chosen.port}
    settings = _settings(**{key: value for key, value in given.items() if value is not None})
    from ui.serving import listen

    # First of all, so that nobody waits for an index only to hear that the port is in use.
    with listen(settings.host, settings.port) as bound:
        return _serve_on(bound, settings)


def _serve_on(bound: socket.socket, settings: Settings) -> int:
    from assistant.assembly import index_state, open_desk
    from ui.serving import build_app, serve

    if index_state(settings) != "current":
        _name_refused(_build(settings).problems)
    desk = open_desk(settings)

    def announce(url: str) -> None:
        print(f"Serving on {url.rstrip('/')}", flush=True)
        # Loading the model takes seconds and would hold up the page, which can be opened already.
        threading.Thread(target=_warm, args=(desk,), name="warming", daemon=True).start()

    ended = threading.Event()
    disposing = threading.Thread(target=_dispose_daily, args=(desk, ended), name="disposing")
    disposing.start()
    try:
        serve(build_app(desk), bound, announce)
    finally:
        ended.set()
        disposing.join()
        desk.close()
    return DONE


def _dispose_daily(desk: Desk, ended: threading.Event) -> None:
    """Disposes of what the schedule says is due, at once and every day."""
    from assistant.assembly import schedule

    while True:
        try:
            done = desk.kept.retention.dispose(
                schedule(desk.settings), desk.settings.disposal_authorised_by
            )
        except AttacheError as error:
            _report(error)
        else:
            for kind, count in done.counts.items():
                if count:
                    say(f"Disposed of by the schedule: {kind}, {count}.")
        if ended.wait(_DAY_S):
            return


def _warm(desk: Desk) -> None:
    """Searches once, so that the first person to ask does not wait for the model to load."""
    from index.types import Query

    try:
        desk.retriever.search(Query("ready"))
    except AttacheError as error:
        _report(error)
    else:
        print("Ready: ask in the page, or press Ctrl-C here to stop.", flush=True)


def _index(chosen: argparse.Namespace) -> int:
    report = _build(_settings(), chosen.paths, chosen.forget)
    _name_refused(report.problems)
    if chosen.json:
        print_json(_report_json(report))
    else:
        print(
            f"Indexed {report.sources} sources in {report.passages} passages: "
            f"{report.added} added, {report.changed} changed, {report.removed} removed, "
            f"{report.unchanged} unchanged, {len(report.problems)} refused; "
            f"{report.seconds:.1f} s."
        )
    return DONE


def _build(
    settings: Settings, extra: Sequence[Path] = (), forget: Sequence[Path] = ()
) -> BuildReport:
    from assistant.assembly import build_index
    from ui.progress import Progress

    with Progress() as progress:
        return build_index(settings, progress, extra, forget)


def _name_refused(problems: Sequence[Problem]) -> None:
    for problem in problems:
        say(f"{problem.path}: {problem.message} {problem.remedy}")


def _report_json(report: BuildReport) -> dict[str, Any]:
    counts = "generation sources passages added changed removed unchanged embedded seconds".split()
    return {name: getattr(report, name) for name in counts} | {
        "refused": [
            {"path": p.path, "message": p.message, "remedy": p.remedy} for p in report.problems
        ]
    }


def _ask(chosen: argparse.Namespace) -> int:
    settings = _settings()
    from assistant.assembly import open_desk
    from assistant.conversations import new_id
    from assistant.questions import understand
    from assistant.types import Ask
    from index.types import Filters
    from ui.rendering import answer_json, answer_text

    filters = Filters(
        kinds=tuple(Kind(kind) for kind in chosen.kind),
        jurisdictions=tuple(chosen.jurisdiction),
        year_from=chosen.year_from,
        year_to=chosen.year_to,
        collections=tuple(chosen.collection),
    )
    ask = Ask(chosen.question, chosen.today, filters=filters)
    understand(ask)  # refuses what is no question before anything slow is opened
    desk = open_desk(settings)
    try:
        record, answer = desk.recording.invoke(ask, new_id())
    finally:
        desk.close()
    if chosen.json:
        print_json({**answer_json(answer), "record": record})
    else:
        print(f"{answer_text(answer)}\nRecord {record}")
    return NOT_IN_SOURCES if answer.status == "not_in_sources" else DONE


def _doctor(chosen: argparse.Namespace) -> int:
    from ui.doctor import examine

    findings = list(examine(_settings()))
    if chosen.json:
        print_json({"findings": [vars(finding) for finding in findings]})
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.name}: {finding.text}")
    return DONE if all(finding.ok for finding in findings) else FAILED


def _settings(**overrides: object) -> Settings:
    from assistant.settings import load_settings

    return load_settings(**overrides)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, where argparse would print the whole usage before it."""

    def error(self, message: str) -> NoReturn:
        say(f"{self.prog}: {message}. See {self.prog} --help.")
        raise SystemExit(WRONG_USE)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="attache",
        description="Answers from curated sources, every sentence checked against what it cites.",
        epilog="Exit codes: 0 done or answered, 1 failed, 2 wrong use, 3 not in the sources.",
    )
    parser.add_argument("--version", action="version", version=f"attache {version('attache')}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = add_command(commands, "serve", _serve, "serve the page; builds the index if it must")
    serve.add_argument("--host", help="loopback address to listen on (default: the setting)")
    serve.add_argument("--port", type=port, help="port; 0 picks a free one")

    index = add_command(commands, "index", _index, "bring the index up to date with the sources")
    index.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="a further folder; remembered"
    )
    index.add_argument(
        "--forget", action="append", default=[], type=Path, metavar="PATH",
        help="a folder given before, to be left out from now on; may be given again",
    )  # fmt: skip
    takes_json(index)

    ask = add_command(commands, "ask", _ask, "answer one question with numbered citations")
    ask.add_argument("question")
    ask.add_argument(
        "--kind", action="append", default=[], choices=[kind.value for kind in Kind], metavar="K",
        help="only sources of this kind; may be given again: %(choices)s",
    )  # fmt: skip
    ask.add_argument("--jurisdiction", action="append", default=[], metavar="J", help="only these")
    ask.add_argument(
        "--collection", action="append", default=[], metavar="C", help="only of this collection"
    )
    ask.add_argument("--from", dest="year_from", type=year, metavar="YEAR", help="published since")
    ask.add_argument("--to", dest="year_to", type=year, metavar="YEAR", help="published until")
    ask.add_argument("--today", type=day, default=date.today(), metavar="DATE", help="YYYY-MM-DD")
    takes_json(ask)

    evaluating = add_eval_commands(commands)
    add_case_commands(evaluating)
    add_verdict_commands(evaluating)
    add_people_commands(evaluating)
    add_judge_commands(evaluating)
    add_meta_commands(evaluating)
    add_verifier_commands(evaluating)
    add_report_commands(evaluating)
    add_record_commands(commands)
    add_correction_commands(commands)
    add_source_commands(commands)
    add_upkeep_commands(commands)

    doctor = add_command(commands, "doctor", _doctor, "check Python, model, index and port")
    takes_json(doctor)
    return parser


if __name__ == "__main__":
    sys.exit(main())
