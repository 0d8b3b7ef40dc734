"""The other side of `corpus.isolating`: a process that forks a bounded child for each document.

The worker itself looks at no document. It takes frames (8 bytes of length, then bytes) from
standard input, one with the name and one with the content, and answers each pair by one frame of
JSON on standard output: what the child wrote, or how the child ended. It ends with its parent,
when standard input is closed.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import gc
import json
import os
import re
import resource
import select
import signal
import struct
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from corpus.errors import CorpusError
from corpus.types import Extract

_LENGTH = struct.Struct(">Q")
_CHUNK = 1 << 16
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_NEVER = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """What the reading of one document may use.

    `memory_bytes` of address space beyond what the worker has loaded, `seconds` of processor time
    and of wall time, `output_chars` characters of text.
    """

    memory_bytes: int = 1 << 30
    seconds: int = 60
    output_chars: int = 20_000_000

    @property
    def output_bytes(self) -> int:
        """The longest answer: up to four bytes a character, and blocks of a few words."""
        return 12 * self.output_chars + _CHUNK


def serve(read: Callable[[bytes, str], Extract]) -> None:
    """Answer documents until standard input ends. The last argument holds the limits, as JSON."""
    limits = Limits(**json.loads(sys.argv[-1]))
    _leave_the_network()
    gc.freeze()
    while (name := _take()) is not None and (raw := _take()) is not None:
        answer = _in_a_child(read, raw, name.decode(), limits)
        _write(sys.stdout.fileno(), _LENGTH.pack(len(answer)) + answer)
        del raw


def _take() -> bytes | None:
    header = sys.stdin.buffer.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    length = _LENGTH.unpack(header)[0]
    content = sys.stdin.buffer.read(length)
    return content if len(content) == length else None


def _in_a_child(
    read: Callable[[bytes, str], Extract], raw: bytes, name: str, limits: Limits
) -> bytes:
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        _read_and_exit(read, raw, name, limits, into)
    os.close(into)
    deadline = time.monotonic() + limits.seconds
    answer = bytearray()
    ended = _collect(out, answer, deadline, limits.output_bytes)
    os.close(out)
    status = _reap(child, deadline, at_once=bool(ended))
    if ended == "orphan":
        sys.exit(0)
    if not ended and status == 0 and answer:
        return bytes(answer)
    late = time.monotonic() > deadline
    return json.dumps({"ended": ended or _cause(status, late)}).encode()


def _collect(out: int, answer: bytearray, deadline: float, most: int) -> str:
    """Fill the answer until the child closes its end; otherwise say why it is to be killed."""
    while (left := deadline - time.monotonic()) > 0:
        # The parent sends nothing while it waits: standard input is ready when the parent is gone.
        ready, _, _ = select.select([out, 0], [], [], left)
        if 0 in ready:
            return "orphan"
        if ready:
            part = os.read(out, _CHUNK)
            answer += part
            if not part:
                return ""
            if len(answer) > most:
                return "output"
    return "time"


def _reap(child: int, deadline: float, at_once: bool) -> int:
    """The exit code of the child, which gets until the deadline to end by itself."""
    while True:
        if at_once or time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        ended, status = os.waitpid(child, 0 if at_once else os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)


def _cause(status: int, late: bool) -> str:
    # In time, it is the system that kills: where memory runs out, most likely.
    if status == -signal.SIGXCPU or (status == -signal.SIGKILL and late):
        return "time"
    if status < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-status).name
    return f"exit code {status}"


def _read_and_exit(
    read: Callable[[bytes, str], Extract], raw: bytes, name: str, limits: Limits, into: int
) -> NoReturn:
    status = 1
    try:
        _shut_in(limits)
        _write(into, _answer(read, raw, name, limits))
        status = 0
    finally:
        os._exit(status)


def _shut_in(limits: Limits) -> None:
    """Neither the worker's pipes, nor more memory, time, files than a document needs."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    most = _loaded_bytes() + limits.memory_bytes
    with contextlib.suppress(ValueError, OSError):  # macOS knows no bound on the address space
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _loaded_bytes() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - before anything else
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _leave_the_network() -> None:
    """No reader needs a network, so where the kernel lets a process give it up, it is given up."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _answer(read: Callable[[bytes, str], Extract], raw: bytes, name: str, limits: Limits) -> bytes:
    try:
        extract = _plain(read(raw, name))
        if len(extract.text) > limits.output_chars:
            return json.dumps({"ended": "output"}).encode()
        told = {"extract": dataclasses.asdict(extract)}
        return json.dumps(told, ensure_ascii=False).encode()
    except CorpusError as error:
        return json.dumps({"refused": [error.message, error.remedy]}).encode()
    except (MemoryError, RecursionError) as error:
        return json.dumps({"ended": type(error).__name__}).encode()
    except Exception as error:
        return json.dumps({"failed": f"{type(error).__name__}: {error}"[:300]}).encode()


def _plain(extract: Extract) -> Extract:
    """The same without characters that nothing may hold; a space each, so that offsets stay."""
    return Extract(
        _NEVER.sub(" ", extract.text),
        tuple(dataclasses.replace(b, heading=_line(b.heading)) for b in extract.blocks),
        tuple(dataclasses.replace(c, value=_line(c.value)) for c in extract.clues),
        tuple(dataclasses.replace(n, text=_line(n.text)) for n in extract.notices),
    )


def _line(text: str) -> str:
    return " ".join(_NEVER.sub(" ", text).split())


def _write(to: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(to, rest) :]


def main() -> None:
    """Read documents by the table of formats, whose libraries are loaded once, here."""
    from corpus import formats

    formats.prepare()
    serve(formats.read)


if __name__ == "__main__":
    main()
