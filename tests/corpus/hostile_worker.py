"""A worker whose children do what a hostile file might make them do; run by the tests."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
from pathlib import Path

from corpus.types import Block, Extract, Span
from corpus.worker import serve


def read(raw: bytes, name: str) -> Extract:
    """Does what the content says, or gives it back as a text of one block."""
    order, _, rest = raw.decode().partition(" ")
    match order:
        case "eat":
            held = []
            while True:
                held.append(bytearray(1 << 20))
        case "loop":
            while True:
                pass
        case "wait":
            signal.pause()
        case "segfault":
            ctypes.string_at(0)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            os._exit(3)
        case "long":
            return Extract("x" * 2_000, ())
        case "flood":
            return Extract("x", (Block(Span(0, 1), "y" * 10_000_000),))
        case "nest":
            return read(raw, name)
        case "overlap":
            return Extract("abc", (Block(Span(0, 2), ""), Block(Span(1, 3), "")))
        case "beyond":
            return Extract("abc", (Block(Span(0, 4), ""),))
        case "nowhere":
            return Extract("abc", (Block(Span(0, 3), "", 0),))
        case "unsaid":
            raise ValueError("something unheard of")
        case "regicide":
            os.kill(os.getppid(), signal.SIGKILL)
            signal.pause()
        case "stray":
            stray = os.fork()
            if not stray:
                os.closerange(3, 64)
                signal.pause()
            return Extract(str(stray), (Block(Span(0, 1), ""),))
        case "interrupt":
            os.kill(int(rest), signal.SIGINT)
            signal.pause()
        case "write":
            descriptor = os.open(Path(rest), os.O_WRONLY)
            os.write(descriptor, b"spoilt")
        case "connect":
            socket.create_connection(("127.0.0.1", int(rest)), 5)
        case "pipes":
            os.write(1, b"\0" * 100)
            return Extract(str(len(os.read(0, 1))), (Block(Span(0, 1), ""),))
        case "environment":
            text = " ".join(os.environ)
            return Extract(text, (Block(Span(0, len(text)), ""),))
        case _:
            pass
    return Extract(raw.decode(), (Block(Span(0, len(raw)), ""),))


if __name__ == "__main__":
    serve(read)
