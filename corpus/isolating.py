"""Reading files that nobody has vouched for: each in a process of its own, with bounds.

A reader keeps one worker (`corpus.worker`), which has the libraries loaded and forks a child for
each document. What a child says is checked like any other foreign input: it has parsed a file
that may have been made to take it over.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import functools
import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import PurePath
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from corpus.errors import CorpusError
from corpus.types import Block, Clue, Extract, Notice, Span
from corpus.worker import Limits

__all__ = ["Limits", "Reader", "read_isolated"]

_LENGTH = struct.Struct(">Q")
# What is left to the worker beyond a document's own time: loading the libraries, killing a child.
_GRACE = 60
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_KEPT = ("PATH", "LD_LIBRARY_PATH", "LANG", "SYSTEMROOT")
_SPLIT = "Split it into parts, or take out what is not text, and add those."
_AGAIN = "Open it in the program it was made with, save it again, and add that."

Words = Annotated[str, Field(max_length=4000)]

# A child that was taken over could fill the memory with blocks; no document comes near this.
MAX_BLOCKS = 1_000_000


class _ToldBlock(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    span: tuple[int, int]
    heading: Words
    page: Annotated[int, Field(ge=1, le=1_000_000)] | None


class _ToldClue(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern="^[a-z_]{1,40}$")
    value: Words
    evidence: Words


class _ToldNotice(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(pattern="^[a-z-]{1,40}$")
    text: Words
    pages: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(max_length=100_000)]


class _ToldExtract(BaseModel):
    """An extract as a child tells it; blocks in order, within the text, without overlap."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    blocks: Annotated[tuple[_ToldBlock, ...], Field(max_length=MAX_BLOCKS)]
    clues: Annotated[tuple[_ToldClue, ...], Field(max_length=100)]
    notices: Annotated[tuple[_ToldNotice, ...], Field(max_length=100)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        at = 0
        for block in self.blocks:
            start, end = block.span
            if not at <= start < end <= len(self.text):
                raise ValueError("a block lies outside its text or overlaps another")
            at = end
        if _CONTROL.search(self.text):
            raise ValueError("the text holds control characters")
        return self

    def value(self) -> Extract:
        return Extract(
            self.text,
            tuple(Block(Span(*b.span), b.heading, b.page) for b in self.blocks),
            tuple(Clue(c.key, c.value, c.evidence) for c in self.clues),
            tuple(Notice(n.kind, n.text, n.pages) for n in self.notices),
        )


class _Answer(BaseModel):
    """One of: the extract; why it was refused; how the child ended; an error it did not expect."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    extract: _ToldExtract | None = None
    refused: tuple[Words, Words] | None = None
    ended: Words | None = None
    failed: Words | None = None


class Reader:
    """Reads documents in isolation, one after the other; may be shared by threads.

    The worker starts with the first document and again after it was lost. `worker` is what Python
    is told to run; other than by tests it is left as it is.
    """

    def __init__(
        self, limits: Limits | None = None, worker: Sequence[str] = ("-m", "corpus.worker")
    ) -> None:
        self.limits = limits or Limits()
        self._worker = tuple(worker)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, raw: bytes, name: str) -> Extract:
        """The text of a file; of the name only its base name and ending matter.

        Raises:
            CorpusError: the file is refused, or reading it broke off; the message says why. The
                next document is read as if nothing had happened.
        """
        base = PurePath(name).name
        with self._lock:
            try:
                content = self._exchange(base.encode(errors="replace"), raw)
                answer = _Answer.model_validate_json(content)
            except (OSError, EOFError, ValidationError) as error:
                self._kill()
                raise CorpusError(
                    f"{base}: what came back from the process that reads files cannot be used"
                    f" ({type(error).__name__}).",
                    f"{_AGAIN} If no file can be read, see: attache doctor.",
                ) from error
            except BaseException:
                self._kill()
                raise
        return self._told(answer, base)

    def close(self) -> None:
        """End the worker; a later document would start another."""
        with self._lock:
            self._kill()

    def _exchange(self, *frames: bytes) -> bytes:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        # A killed worker closes its pipes, so that whatever waits for them below goes on.
        timer = threading.Timer(self.limits.seconds + _GRACE, _kill_group, [process.pid])
        timer.daemon = True
        timer.start()
        try:
            for frame in frames:
                process.stdin.write(_LENGTH.pack(len(frame)) + frame)
            process.stdin.flush()
            header = process.stdout.read(_LENGTH.size)
            length = _LENGTH.unpack(header)[0] if len(header) == _LENGTH.size else 0
            if not 0 < length <= self.limits.output_bytes:
                raise EOFError
            content = process.stdout.read(length)
        finally:
            timer.cancel()
        if len(content) < length:
            raise EOFError
        return content

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or _has_ended(self._process):
            self._kill()
            limits = json.dumps(dataclasses.asdict(self.limits))
            self._process = subprocess.Popen(
                [sys.executable, "-I", *self._worker, limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={key: os.environ[key] for key in _KEPT if key in os.environ}
                | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                # Ctrl-C is for this process; it ends the worker by closing its pipe.
                start_new_session=True,
            )
        return self._process

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # A worker that is dead but not yet waited for still leads its group: what a document
        # started and left behind ends with it.
        if process.returncode is None:
            _kill_group(process.pid)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]

    def _told(self, answer: _Answer, base: str) -> Extract:
        if answer.extract is not None and len(answer.extract.text) <= self.limits.output_chars:
            return answer.extract.value()
        if answer.refused is not None:
            message, remedy = answer.refused
            raise CorpusError(message, remedy)
        if answer.failed is not None:
            raise CorpusError(f"{base} cannot be read ({answer.failed}).", _AGAIN)
        raise self._broke_off(base, answer.ended or "output")

    def _broke_off(self, base: str, ended: str) -> CorpusError:
        limits = self.limits
        if ended == "time":
            return CorpusError(f"Reading {base} took longer than {limits.seconds} seconds.", _SPLIT)
        if ended == "output":
            return CorpusError(
                f"{base} unpacks to more than {limits.output_chars:,} characters of text.", _SPLIT
            )
        if ended == "MemoryError":
            return CorpusError(
                f"Reading {base} takes more than {limits.memory_bytes >> 20} MiB of memory.", _SPLIT
            )
        if ended == "RecursionError":
            return CorpusError(f"{base} is nested too deeply.", _AGAIN)
        return CorpusError(
            f"Reading {base} broke off ({ended}): it is damaged, made to do harm, or needs more"
            f" than {limits.memory_bytes >> 20} MiB of memory.",
            _AGAIN,
        )


def _has_ended(worker: subprocess.Popen[bytes]) -> bool:
    """Whether a worker that was asked nothing closed its pipe; it is not waited for here."""
    poll = select.poll()
    poll.register(worker.stdout or -1, select.POLLIN)
    return bool(poll.poll(0))


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


@functools.cache
def _shared() -> Reader:
    reader = Reader()
    atexit.register(reader.close)
    return reader


_opening = threading.Lock()


def read_isolated(raw: bytes, name: str) -> Extract:
    """The same by a reader that the whole process shares, opened when it is first needed.

    Raises:
        CorpusError: the file is refused, or reading it broke off; the message says why.
    """
    with _opening:
        reader = _shared()
    return reader.read(raw, name)
