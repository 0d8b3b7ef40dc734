"""Nothing leaves the machine: the commands work where there is no network, and report to nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from ui.cli import TELEMETRY_OFF

# A new network namespace has a loopback device that is down; 0x8914 is SIOCSIFFLAGS, 1 is IFF_UP.
LOOPBACK_UP = """
import fcntl, os, socket, struct, sys
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh22x", b"lo", 1))
os.execv(sys.argv[1], sys.argv[1:])
"""
REACH_OUT = """
import socket
try:
    socket.create_connection(("192.0.2.1", 80), timeout=5)
except OSError as error:
    print(error.errno == __import__("errno").ENETUNREACH)
"""
# Starts the page, opens it once it says that it is ready, and ends it.
SERVE_ONE = """
import subprocess, sys, urllib.request
command = [sys.executable, "-m", "ui.cli", "serve", "--port", "0"]
server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
try:
    address = server.stdout.readline().removeprefix("Serving on ").strip()
    assert server.stdout.readline().startswith("Ready")
    with urllib.request.urlopen(address) as page:
        print(page.status)
finally:
    server.terminate()
    server.wait()
"""
QUESTION = "When did Rotterdam and Shanghai become sister cities?"


def offline(arguments: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    """Runs Python with the arguments in a network namespace with nothing but loopback."""
    alone = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    clean = {k: v for k, v in os.environ.items() if k not in {*TELEMETRY_OFF, "HF_HUB_OFFLINE"}}
    return subprocess.run(
        [*alone, sys.executable, "-c", LOOPBACK_UP, sys.executable, *arguments],
        env=clean | env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def namespace(require) -> None:  # type: ignore[no-untyped-def]  # the fixture lives in conftest
    try:
        tried = offline(["-c", REACH_OUT])
        works, why = tried.stdout.strip() == "True", tried.stderr.strip()
    except FileNotFoundError:
        works, why = False, "there is no unshare command"
    require("namespace", works, f"no network namespace can be made here: {why}")


@pytest.fixture(scope="module")
def indexed(namespace: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:  # noqa: ARG001
    """The settings of an index that was made offline, with the packaged model."""
    folder = tmp_path_factory.mktemp("offline")
    (folder / "files").mkdir()
    facts = {
        "rotterdam": "Rotterdam and Shanghai became sister cities in 1979.",
        "linz": "Linz and Chengdu signed a partnership agreement in 1983.",
        "oulu": "Oulu ended its exchange of students with Hefei in 2019.",
    }
    for name, fact in facts.items():
        (folder / "files" / f"{name}.md").write_text(f"# {name.title()}\n\n{fact}\n", "utf-8")
    settings = {
        "ATTACHE_HOME": str(folder / "home"),
        "ATTACHE_STARTER": "false",
        "ATTACHE_SOURCES": json.dumps([str(folder / "files")]),
    }
    built = offline(["-m", "ui.cli", "index", "--json"], **settings)
    assert built.returncode == 0, built.stderr
    assert json.loads(built.stdout.splitlines()[-1])["sources"] == 3
    return settings


def test_a_question_is_answered_without_a_network(indexed: dict[str, str]) -> None:
    asked = offline(["-m", "ui.cli", "ask", QUESTION, "--json"], **indexed)
    assert asked.returncode in (0, 3), asked.stderr
    assert json.loads(asked.stdout.splitlines()[-1])["searched"]["sources"] == 3


def test_the_page_is_served_without_a_network(indexed: dict[str, str]) -> None:
    served = offline(["-c", SERVE_ONE], **indexed)
    assert served.stdout.strip() == "200", served.stderr


def test_no_library_reports_to_its_makers_even_where_the_environment_asks_for_it() -> None:
    look = """
import json, ui.cli
ui.cli.main(["--version"])
from gradio.analytics import analytics_enabled
from huggingface_hub import constants
from langsmith.utils import tracing_is_enabled
from chromadb.config import Settings
print(json.dumps({
    "gradio": analytics_enabled(),
    "langsmith": bool(tracing_is_enabled()),
    "huggingface": not constants.HF_HUB_DISABLE_TELEMETRY,
    "chroma": Settings().anonymized_telemetry,
}))
"""
    asking = {
        "ANONYMIZED_TELEMETRY": "True", "GRADIO_ANALYTICS_ENABLED": "True",
        "HF_HUB_DISABLE_TELEMETRY": "0", "LANGSMITH_TRACING": "true",
        "LANGCHAIN_TRACING_V2": "true", "DO_NOT_TRACK": "0",
    }  # fmt: skip
    shown = subprocess.run(
        [sys.executable, "-c", look], env=os.environ | asking, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    switches = json.loads(shown.stdout.splitlines()[-1])
    assert switches == dict.fromkeys(("gradio", "langsmith", "huggingface", "chroma"), False)


def test_the_tests_themselves_are_kept_on_this_machine() -> None:
    import socket

    with pytest.raises(RuntimeError, match="only this machine"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(RuntimeError, match="only this machine"):
        socket.getaddrinfo("example.org", 80)
