"""Reading in isolation: what a child may not do, and that the next document is always read."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import CorpusError
from corpus.isolating import Limits, Reader, read_isolated
from corpus.types import Block, Extract, Span

WORKER = str(Path(__file__).parent / "hostile_worker.py")


@pytest.fixture(scope="module")
def hostile() -> Iterator[Reader]:
    limits = Limits(memory_bytes=64 << 20, seconds=1, output_chars=1_000)
    with Reader(limits, (WORKER,)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("order", "named"),
    [
        ("eat", "takes more than 64 MiB of memory"),
        ("loop", "took longer than 1 second"),
        ("wait", "took longer than 1 second"),
        ("segfault", "broke off (SIGSEGV)"),
        ("killed", "broke off (SIGKILL)"),
        ("exit", "broke off (exit code 3)"),
        ("long", "more than 1,000 characters"),
        ("flood", "more than 1,000 characters"),
        ("nest", "nested too deeply"),
        ("overlap", "cannot be used"),
        ("beyond", "cannot be used"),
        ("nowhere", "cannot be used"),
        ("unsaid", "something unheard of"),
        ("regicide", "cannot be used"),
    ],
)
def test_names_what_went_wrong_and_reads_the_next_document(
    hostile: Reader, order: str, named: str
) -> None:
    with pytest.raises(CorpusError) as caught:
        hostile.read(order.encode(), "folder/evil.pdf")
    assert named in caught.value.message
    assert caught.value.remedy
    assert "folder" not in str(caught.value)
    assert hostile.read(b"fine", "next.pdf") == Extract("fine", (Block(Span(0, 4), ""),))


def test_an_interruption_reaches_the_caller_and_the_next_document_is_read(hostile: Reader) -> None:
    # A shell starts what runs in its background with interruptions ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            hostile.read(b"interrupt %d" % os.getpid(), "a.pdf")
    finally:
        signal.signal(signal.SIGINT, before)
    assert hostile.read(b"fine", "b.pdf").text == "fine"


def test_a_child_cannot_write_a_file(hostile: Reader, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("whole")
    with pytest.raises(CorpusError, match="OSError"):
        hostile.read(f"write {victim}".encode(), "a.pdf")
    assert victim.read_text() == "whole"


def test_a_child_cannot_reach_a_network(hostile: Reader) -> None:
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        pytest.skip("namespace: this kernel lets no process give up its network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CorpusError, match=r"OSError|ConnectionRefused"):
            hostile.read(b"connect %d" % port, "a.pdf")


def test_a_child_cannot_speak_for_the_worker(hostile: Reader) -> None:
    assert hostile.read(b"pipes", "a.pdf").text == "0"
    assert hostile.read(b"fine", "b.pdf").text == "fine"


def test_a_child_is_told_nothing_of_the_environment(
    hostile: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    hostile.close()
    assert "SECRET_TOKEN" not in hostile.read(b"environment", "a.pdf").text


def test_the_worker_ends_when_its_parent_is_killed() -> None:
    code = (
        "import os, signal; from corpus.isolating import Reader; r = Reader();"
        "r.read(b'Some words.', 'a.txt'); print(r._process.pid, flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert shown.returncode == -signal.SIGKILL
    try:
        descriptor = os.pidfd_open(int(shown.stdout))
    except ProcessLookupError:
        return
    ended, _, _ = select.select([descriptor], [], [], 60)
    os.close(descriptor)
    assert ended


def test_a_closed_reader_has_no_process_left() -> None:
    with Reader(worker=(WORKER,)) as closed:
        closed.read(b"fine", "a.pdf")
        assert closed._process is not None
        process = closed._process
    assert process.poll() is not None


@pytest.mark.parametrize("killed", ["by its child", "by others"])
def test_what_a_document_started_ends_with_a_worker_that_was_killed(
    hostile: Reader, killed: str
) -> None:
    stray = os.pidfd_open(int(hostile.read(b"stray", "a.pdf").text))
    if killed == "by its child":
        with pytest.raises(CorpusError, match="cannot be used"):
            hostile.read(b"regicide", "a.pdf")
    else:
        assert hostile._process is not None
        worker = hostile._process.pid
        os.kill(worker, signal.SIGKILL)
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
    assert hostile.read(b"fine", "next.pdf").text == "fine"
    ended, _, _ = select.select([stray], [], [], 20)
    os.close(stray)
    assert ended


def test_a_worker_that_does_not_start_is_named() -> None:
    with (
        Reader(worker=("-c", "raise SystemExit(1)")) as broken,
        pytest.raises(CorpusError, match="attache doctor"),
    ):
        broken.read(b"fine", "a.pdf")


def test_the_shared_reader_reads_and_names_what_it_refuses() -> None:
    assert read_isolated(b"Two words.", "a.txt").text == "Two words."
    with pytest.raises(CorpusError, match=r"evil\.docx.*binary"):
        read_isolated(b"\0\1\2", "evil.docx")


@given(text=st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip))
def test_every_text_comes_back_with_blocks_in_order_and_inside(reader: Reader, text: str) -> None:
    try:
        extract = reader.read(text.encode(), "any.txt")
    except CorpusError:
        return
    at = 0
    for block in extract.blocks:
        assert at <= block.span.start < block.span.end <= len(extract.text)
        assert extract.text[block.span.start : block.span.end].strip()
        at = block.span.end
