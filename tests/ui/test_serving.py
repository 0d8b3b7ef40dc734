"""Serving: loopback only, guarded against other sites, and ended in order."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date

import pytest

from assistant.assembly import Desk, build_index, open_desk
from assistant.settings import load_settings
from assistant.types import Ask
from corpus.errors import ServingError
from ui.guarding import host_of, policy
from ui.panel import text_address
from ui.serving import Served, listen, start

CONVERSATION = "0123456789abcdef01234567"
ASKED = "When did Zelbridge end its sister-city agreement?"
SOURCE = """---
id: zelbridge-2025
title: "Zelbridge ends <script>window.hacked=1</script> an agreement"
publisher: Zelbridge Gazette
cite_as: Zelbridge Gazette
published: "2025-01-02"
kind: news
text_kind: full
read_extent: whole
---

The Zelbridge council ended its sister-city agreement <img src=x onerror=alert(1)> in 2024.
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk over one small source, in which one question was asked."""
    folder = tmp_path_factory.mktemp("sources")
    (folder / "zelbridge.md").write_text(SOURCE, encoding="utf-8")
    settings = load_settings(
        home=tmp_path_factory.mktemp("office") / "home", starter=False, sources=(folder,),
        embedder="hashing:384",
    )  # fmt: skip
    build_index(settings)
    desk = open_desk(settings)
    list(desk.recording.stream(Ask(ASKED, date(2026, 11, 23)), CONVERSATION))
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def served(desk: Desk) -> Iterator[Served]:
    page = start(desk)
    yield page
    page.stop()


def fetch(
    url: str, headers: dict[str, str] | None = None, data: bytes | None = None
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body; a refusal is a status like any other."""
    request = urllib.request.Request(url, data=data, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return (
                reply.status,
                {k.lower(): v for k, v in reply.headers.items()},
                reply.read().decode(),
            )
    except urllib.error.HTTPError as error:
        return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read().decode()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "8.8.8.8", "example.org", ""])
def test_refuses_to_listen_beyond_this_machine(host: str) -> None:
    with pytest.raises(ServingError, match="this machine only") as caught:
        listen(host, 0)
    assert "127.0.0.1" in caught.value.remedy


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_picks_a_free_port_on_a_loopback_address(host: str) -> None:
    with listen(host, 0) as bound:
        assert bound.getsockname()[1] > 0


def test_says_that_a_port_is_in_use_and_which_option_changes_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServingError, match=f"Port {port} .* in use") as caught:
            listen("127.0.0.1", port)
    assert "--port" in caught.value.remedy


def test_serves_the_page_with_a_policy_that_allows_nothing_from_elsewhere(served: Served) -> None:
    status, headers, body = fetch(served.url)
    assert status == 200
    assert "Attach" in body
    rules = headers["content-security-policy"]
    assert "default-src 'none'" in rules
    assert "script-src 'self' 'unsafe-eval' 'sha256-" in rules
    assert "http:" not in rules
    assert "*" not in rules
    assert "'unsafe-inline'" not in rules.split("style-src")[0]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", ["page.css", "page.js"])
def test_serves_its_own_style_and_script(served: Served, name: str) -> None:
    status, headers, _ = fetch(served.url + name)
    assert status == 200
    assert "content-security-policy" in headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example"])
def test_refuses_a_foreign_host_name(served: Served, host: str) -> None:
    assert fetch(served.url, {"Host": host})[0] == 400


def test_refuses_requests_that_another_site_sends(served: Served) -> None:
    url = served.url + "gradio_api/queue/join"
    assert fetch(url, {"Origin": "https://evil.example"}, b"{}")[0] == 403


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/upload",
        "gradio_api/file=/etc/passwd",
        "gradio_api/runs",
        "gradio_api/proxy=https://example.org",
        "gradio_api/mcp/",
        "monitoring",
        "openapi.json",
        "docs",
    ],
)
def test_closes_what_the_page_does_not_use(served: Served, path: str) -> None:
    assert fetch(served.url + path)[0] == 404


def test_offers_no_endpoints_to_programs(served: Served) -> None:
    _, _, body = fetch(served.url + "gradio_api/info")
    assert '"named_endpoints":{}' in body.replace(" ", "")


def test_tells_a_host_name_from_its_port() -> None:
    assert host_of("127.0.0.1:7860") == "127.0.0.1"
    assert host_of("[::1]:7860") == "::1"
    assert host_of("LOCALHOST") == "localhost"
    assert host_of("[::1") is None


def test_allows_each_inline_script_of_a_page_and_no_other() -> None:
    body = b"<script>one()</script><script src='x.js'></script><script>two()</script>"
    assert policy(body).count("sha256-") == 2
    assert "unsafe-inline" not in policy().split("style-src")[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ends_in_order_and_without_complaint_while_a_page_is_open(number: signal.Signals) -> None:
    program = textwrap.dedent(
        """
        from types import SimpleNamespace as N
        from ui.serving import build_app, listen, serve
        facets = N(kinds=(), jurisdictions=(), collections=(), year_min=None, year_max=None)
        desk = N(retriever=N(facets=lambda: facets), settings=N(keep_answers_days=0), kept=None)
        serve(build_app(desk), listen("127.0.0.1", 0), lambda url: print(url, flush=True))
        print("ended", flush=True)
        """
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert child.stdout is not None
    url = child.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    # What an open page holds on to; its first line shows that the server is answering it.
    with urllib.request.urlopen(f"{url}gradio_api/heartbeat/open-page", timeout=30) as held:
        assert held.readline()
        child.send_signal(number)
        out, err = child.communicate(timeout=30)
    assert child.returncode == 0
    assert out == "ended\n"
    assert "Traceback" not in err
    assert "ERROR" not in err


def test_shows_a_text_as_it_was_cited_with_the_words_marked(served: Served, desk: Desk) -> None:
    (source,) = desk.retriever.sources()
    text = desk.retriever.source_text(source.id, source.version)
    start = text.index("ended")
    address = text_address(source.id, source.version, [(start, start + 5)])
    status, headers, body = fetch(served.url.rstrip("/") + address.partition("#")[0])
    assert status == 200
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert '<mark id="cited">ended</mark>' in body
    assert "&lt;script&gt;window.hacked=1&lt;/script&gt;" in body
    assert "&lt;img src=x onerror=alert(1)&gt;" in body
    assert "<img" not in body
    assert "<script" not in body
    assert "Zelbridge Gazette, 2 January 2025" in body
    assert 'class="changed"' not in body


@pytest.mark.parametrize(
    "query", ["start=0&end=99999999", "start=-1&end=5", "start=x&end=y", "start=5&end=2", "end=3"]
)
def test_marks_nothing_where_the_address_names_no_words(
    served: Served, desk: Desk, query: str
) -> None:
    (source,) = desk.retriever.sources()
    address = text_address(source.id, source.version)
    status, _, body = fetch(f"{served.url.rstrip('/')}{address}?{query}")
    assert status == 200
    assert "<mark" not in body


@pytest.mark.parametrize(
    "path",
    [
        "source/nobody/0000",
        "source/zelbridge-2025/0000",
        "source/..%2F..%2Fetc%2Fpasswd/0000",
        "source/",
        "conversation/0123456789abcdef01234568.md",
        "conversation/0123456789abcdef01234567.txt",
        "conversation/0123456789ABCDEF01234567.json",
        "conversation/..%2Frecords.json",
        "conversation/x.md",
    ],
)
def test_knows_no_text_and_no_conversation_but_those_kept(served: Served, path: str) -> None:
    assert fetch(served.url + path)[0] == 404


@pytest.mark.parametrize(("form", "kind"), [("md", "text/markdown"), ("json", "application/json")])
def test_gives_a_conversation_to_take_away(served: Served, form: str, kind: str) -> None:
    status, headers, body = fetch(f"{served.url}conversation/{CONVERSATION}.{form}")
    assert status == 200
    assert headers["content-type"].startswith(kind)
    assert headers["content-disposition"].startswith("attachment")
    assert "Zelbridge" in body
    if form == "json":
        assert ASKED in json.dumps(json.loads(body))
