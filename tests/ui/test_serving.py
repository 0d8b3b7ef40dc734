"""Serving: loopback only, guarded against other sites, and ended in order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from corpus.errors import ServingError
from ui.guarding import host_of, policy
from ui.serving import Served, listen, start

EMPTY_FACETS = SimpleNamespace(kinds=(), jurisdictions=(), year_min=None, year_max=None)
DESK = SimpleNamespace(
    assistant=SimpleNamespace(stream=lambda _: iter(())),
    retriever=SimpleNamespace(facets=lambda: EMPTY_FACETS),
)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    page = start(DESK)
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
        from ui.serving import listen, serve
        facets = N(kinds=(), jurisdictions=(), year_min=None, year_max=None)
        desk = N(assistant=None, retriever=N(facets=lambda: facets))
        serve(desk, listen("127.0.0.1", 0), lambda url: print(url, flush=True))
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
