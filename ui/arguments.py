"""What the commands' modules share: arguments of a kind, and where words and results go."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any


def add_command(commands: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    """A command of that name; `run` gets what was chosen and returns the exit code."""
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    if run is not None:
        command.set_defaults(command=run)
    return command


def takes_json(command: argparse.ArgumentParser) -> None:
    """Lets the command end with one JSON object."""
    command.add_argument("--json", action="store_true", help="end with one JSON object")


def say(text: str) -> None:
    """One line on standard error, whatever line breaks or control characters the text holds."""
    print("".join(c if c.isprintable() else " " for c in text), file=sys.stderr, flush=True)


def print_json(value: dict[str, Any]) -> None:
    """The last line of standard output."""
    print(json.dumps(value, ensure_ascii=False))


def port(text: str) -> int:
    """A port; 0 lets the system pick."""
    return whole(text, 0, 65535, "a port from 0 to 65535")


def year(text: str) -> int:
    """A year of four digits at most."""
    return whole(text, 1, 9999, "a year such as 2024")


def positive(text: str) -> int:
    """A number from 1 on."""
    return whole(text, 1, 10_000_000, "a number from 1 to 10,000,000")


def seed(text: str) -> int:
    """What draws by chance begin from."""
    return whole(text, 0, 2**31 - 1, "a number from 0 to 2,147,483,647")


def whole(text: str, least: int, most: int, wanted: str) -> int:
    """The number, where it is one in that range."""
    if text.isdecimal() and least <= int(text) <= most:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")


def filled(text: str) -> str:
    """A name; an empty one, such as a script's variable that is not set, would mean all."""
    if text.strip():
        return text
    raise argparse.ArgumentTypeError("it is empty")


def day(text: str) -> date:
    """A day as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-05-31") from None


def folder(text: str) -> Path:
    """A folder that is there."""
    if Path(text).is_dir():
        return Path(text)
    raise argparse.ArgumentTypeError(f"there is no folder {text!r}")
