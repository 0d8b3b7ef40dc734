"""Fetching from a server on loopback, which only these tests' policies may reach."""

from __future__ import annotations

import contextlib
import gzip
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.addresses import checked_url, is_public, may_connect
from corpus.errors import FetchError
from corpus.fetching import MEDIA_TYPES, Fetched, Policy, fetch

PAGE = b"<html><body><p>Alder Bay has 49 ties.</p></body></html>"
Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """A server on loopback; `pages` tells for each path how it answers."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.done = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers)))
                site.pages[self.path](self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A client that goes away in the middle is what some tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.base = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.done.set()
        self.server.shutdown()
        self.server.server_close()


def sends(body: bytes = PAGE, kind: str = "text/html", **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        if kind:
            request.send_header("Content-Type", kind)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def redirects(to: str, status: int = 302) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Location", to)
        request.send_header("Set-Cookie", "track=1; Path=/")
        request.end_headers()

    return answer


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


def policy_for(site: Site, **changes: object) -> Policy:
    ports = frozenset({site.port})
    return Policy(enabled=True, allow_loopback_ports=ports, **changes)  # type: ignore[arg-type]


def refusal(url: str, policy: Policy) -> str:
    with pytest.raises(FetchError) as refused:
        fetch(url, policy)
    assert refused.value.remedy
    return refused.value.message


def test_fetching_is_off_until_it_is_allowed() -> None:
    with pytest.raises(FetchError, match="Fetching from the web is off") as refused:
        fetch("https://example.org/", Policy())
    assert "fetching = true" in refused.value.remedy


def test_gives_the_bytes_with_where_they_lay_and_their_digest(site: Site) -> None:
    site.pages["/a%20report.HTM?x=1"] = sends(kind="Text/HTML; charset=ISO-8859-1")
    fetched = fetch(f"{site.base}/a%20report.HTM?x=1", policy_for(site))
    assert fetched.body == PAGE
    assert fetched.url == fetched.final_url == f"{site.base}/a%20report.HTM?x=1"
    assert (fetched.media_type, fetched.charset) == ("text/html", "iso-8859-1")
    assert fetched.name == "a-report.html"
    assert len(fetched.sha256) == 64
    assert fetched.fetched_at.tzinfo is not None


def test_says_who_asks_and_sends_neither_cookies_nor_credentials(site: Site) -> None:
    site.pages |= {"/old": redirects("/new"), "/new": sends()}
    fetch(f"{site.base}/old", policy_for(site))
    path, headers = site.asked[-1]
    assert path == "/new"
    assert headers["User-Agent"].startswith("Attache/")
    assert headers["Host"] == f"127.0.0.1:{site.port}"
    assert {"Cookie", "Authorization", "Referer"}.isdisjoint(headers)


def test_uses_no_proxy_of_the_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.pages["/"] = sends()
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetch(f"{site.base}/", policy_for(site)).body == PAGE


def test_follows_redirects_to_where_a_publication_lies_now(site: Site) -> None:
    site.pages |= {"/1": redirects("/2", 301), "/2": redirects("3?a=b", 307), "/3?a=b": sends()}
    fetched = fetch(f"{site.base}/1", policy_for(site))
    assert (fetched.url, fetched.final_url) == (f"{site.base}/1", f"{site.base}/3?a=b")


def test_gives_up_on_a_circle_of_redirects(site: Site) -> None:
    site.pages |= {"/1": redirects("/2"), "/2": redirects("/1")}
    assert "more than 5 times" in refusal(f"{site.base}/1", policy_for(site))
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1/",
        "http://localhost:8080/",
        "http://[::1]/",
        "http://10.0.0.7/",
        "http://192.168.1.1:8080/",
        "http://169.254.169.254/latest/meta-data/",
        "http://168.63.129.16/machine",
        "http://[fd00:ec2::254]/",
        "http://0x7f000001/",
        "http://user:word@127.0.0.1/",
        "//10.1.2.3/",
        "file:///etc/passwd",
        "ftp://example.org/a",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "javascript:alert(1)",
        "data:text/html,hello",
        "http://93.184.216.34:22/",
        "http://exa mple\x01.org/",
        "http://[:::/",
    ],
)
def test_does_not_follow_a_redirect_out_of_the_public_web(site: Site, to: str) -> None:
    site.pages["/"] = redirects(to)
    refusal(f"{site.base}/", policy_for(site, resolve=lambda *_: ["127.0.0.1"]))
    assert [path for path, _ in site.asked] == ["/"]


def test_does_not_follow_a_redirect_to_another_port_of_this_machine(site: Site) -> None:
    other = Site()
    try:
        site.pages["/"] = redirects(f"{other.base}/")
        assert str(other.port) in refusal(f"{site.base}/", policy_for(site))
        assert other.asked == []
    finally:
        other.close()


def test_does_not_wait_for_a_body_that_never_ends(site: Site) -> None:
    def hangs(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/html")
        request.end_headers()
        request.wfile.write(b"<html>")
        request.wfile.flush()
        site.done.wait()

    site.pages["/"] = hangs
    assert "within 0.2 seconds" in refusal(f"{site.base}/", policy_for(site, seconds=0.2))


def test_does_not_wait_for_headers_that_come_byte_by_byte(site: Site) -> None:
    def drips(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not site.done.wait(0.02):
            request.wfile.write(b"a")
            request.wfile.flush()

    site.pages["/"] = drips
    assert "within 0.3 seconds" in refusal(f"{site.base}/", policy_for(site, seconds=0.3))


def test_stops_where_a_body_is_longer_than_what_is_allowed(site: Site) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/plain")
        request.end_headers()
        while not site.done.is_set():
            request.wfile.write(b"a" * 65536)

    site.pages["/"] = endless
    assert "more than" in refusal(f"{site.base}/", policy_for(site, max_bytes=1 << 20))


def test_stops_where_a_small_body_unpacks_to_a_large_one(site: Site) -> None:
    bomb = gzip.compress(b"\0" * (64 << 20))
    assert len(bomb) < 1 << 20
    site.pages["/"] = sends(bomb, "text/plain", Content_Encoding="gzip")
    assert "more than" in refusal(f"{site.base}/", policy_for(site, max_bytes=1 << 20))


def test_unpacks_what_was_packed_in_one_part_or_several(site: Site) -> None:
    packed = gzip.compress(PAGE[:20]) + gzip.compress(PAGE[20:])
    site.pages["/"] = sends(packed, Content_Encoding="gzip")
    assert fetch(f"{site.base}/", policy_for(site, max_bytes=200)).body == PAGE


@pytest.mark.parametrize(
    ("body", "packing", "said"),
    [
        (gzip.compress(PAGE)[:-9], "gzip", "cut off"),
        (b"not gzip at all", "gzip", "damaged"),
        (PAGE, "br", "packs it as br"),
        (PAGE, "gzip, gzip", "packs it as"),
    ],
)
def test_refuses_a_body_that_cannot_be_unpacked(
    site: Site, body: bytes, packing: str, said: str
) -> None:
    site.pages["/"] = sends(body, Content_Encoding=packing)
    assert said in refusal(f"{site.base}/", policy_for(site))


def test_refuses_a_body_that_is_shorter_than_announced(site: Site) -> None:
    def short(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 999\r\n\r\n<html>"
        )

    site.pages["/"] = short
    assert "failed" in refusal(f"{site.base}/", policy_for(site))


@pytest.mark.parametrize(
    "kind", ["image/png", "application/octet-stream", "video/mp4", "text/htmlx", "foo", ""]
)
def test_refuses_what_is_not_read_here(site: Site, kind: str) -> None:
    site.pages["/"] = sends(kind=kind)
    assert "not read here" in refusal(f"{site.base}/", policy_for(site))


@pytest.mark.parametrize("status", [204, 304, 401, 404, 500])
def test_says_what_a_host_answers_instead(site: Site, status: int) -> None:
    site.pages["/"] = redirects("/", status)
    assert str(status) in refusal(f"{site.base}/", policy_for(site))


def test_asks_for_a_name_once_and_connects_to_the_address_that_was_checked(site: Site) -> None:
    """DNS rebinding: the second answer would be another one, but nobody asks for it."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked: list[tuple[str, int]] = []

    def resolver(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return next(answers)

    site.pages["/"] = sends()
    url = f"http://city.example:{site.port}/"
    assert fetch(url, policy_for(site, resolve=resolver)).body == PAGE
    assert asked == [("city.example", site.port)]
    assert site.asked[0][1]["Host"] == f"city.example:{site.port}"


@pytest.mark.parametrize(
    "bad", ["10.0.0.1", "::", "fe80::1%eth0", "::ffff:10.0.0.1", "100.64.0.1", "nonsense"]
)
def test_one_answer_that_is_not_public_refuses_the_name(site: Site, bad: str) -> None:
    mixed = policy_for(site, resolve=lambda *_: ["127.0.0.1", bad])
    message = refusal(f"http://city.example:{site.port}/", mixed)
    assert "not public" in message
    assert site.asked == []


def test_says_that_a_host_does_not_exist(site: Site) -> None:
    nobody = policy_for(site, resolve=lambda *_: [])
    assert "no host" in refusal(f"http://city.example:{site.port}/", nobody)


def test_tries_the_next_address_where_one_does_not_answer(site: Site) -> None:
    site.pages["/"] = sends()
    both = policy_for(site, resolve=lambda *_: ["127.0.0.2", "127.0.0.1"])
    assert fetch(f"http://city.example:{site.port}/", both).body == PAGE


def test_an_encrypted_connection_asks_for_the_name_and_not_for_the_address() -> None:
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def hear() -> None:
            connection, _ = listening.accept()
            with connection:
                heard.extend(connection.recv(4096))

        hearing = threading.Thread(target=hear)
        hearing.start()
        policy = Policy(
            enabled=True,
            resolve=lambda *_: ["127.0.0.1"],
            allow_loopback_ports=frozenset({port}),
        )
        assert "failed" in refusal(f"https://city.example:{port}/", policy)
        hearing.join()
    assert b"city.example" in heard


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1",
        "134744072", "8.8.8.08", "8.8.2056", "0x8.8.8.8", "8.8.8.8.", "1.1.1.1.1", "256.1.1.1",
        "127.0.0.1.", "0", "0x", "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "a..b", "-a.b",
        "a%00.b", "a%2eb", "exa_mple .org", "[::1%25lo]", "[::ffff:127.0.0.1]", "[::127.0.0.1]",
        "[64:ff9b::10.0.0.1]", "[2002:7f00:1::]", "[2001:0:1::]",
    ],
)  # fmt: skip
def test_refuses_hosts_in_numbers_and_in_disguise(host: str) -> None:
    policy = Policy(enabled=True, resolve=lambda *_: pytest.fail("nobody may ask for it"))
    refusal(f"http://{host}/", policy)


@pytest.mark.parametrize(
    "url",
    [
        "http://user@example.org/", "http://user:word@example.org/", "http://:word@example.org/",
        "http://example.org\\@127.0.0.1/", "ftp://example.org/", "//example.org/", "example.org",
        "", "http://", "http:///path", "http://example.org:22/", "http://example.org:0/",
        "http://example.org:99999/", "http://example.org/\n", "http://[::1/", "mailto:a@b.c",
    ],
)  # fmt: skip
def test_refuses_addresses_that_are_not_plainly_of_the_web(url: str) -> None:
    refusal(url, Policy(enabled=True, resolve=lambda *_: pytest.fail("nobody may ask for it")))


@pytest.mark.parametrize("url", ["https://example.org", "http://Bücher.example:8080/ü?q=ä#x"])
def test_takes_plain_addresses_of_the_web(url: str) -> None:
    assert checked_url(url).host


@given(st.ip_addresses())
@example(ipaddress.ip_address("100.64.0.1"))
@example(ipaddress.ip_address("::"))
def test_what_the_registries_call_special_is_never_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        mapped = getattr(address, "ipv4_mapped", None)
        translated = address in ipaddress.ip_network("64:ff9b::/96")
        assert not is_public(str(address)) or mapped or translated


@given(st.ip_addresses(v=4, network="0.0.0.0/0"))
def test_an_address_that_stands_for_another_is_what_that_one_is(
    address: ipaddress.IPv4Address,
) -> None:
    public, number = is_public(str(address)), int(address)
    for prefix in ("::ffff:0:0", "64:ff9b::"):
        inside = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + number)
        assert is_public(str(inside)) == public
    for shape in (number, (0x2002 << 112) + (number << 80), (0x20010000 << 96) + number):
        assert not is_public(str(ipaddress.IPv6Address(shape)))


@given(st.ip_addresses(v=4))
def test_other_spellings_of_an_address_are_refused(address: ipaddress.IPv4Address) -> None:
    number, parts = int(address), str(address).split(".")
    spellings = [str(number), hex(number), f"0{number:o}", ".".join(hex(int(p)) for p in parts)]
    spellings.append(".".join([*parts[:2], str(number & 0xFFFF)]))
    for spelling in spellings:
        with pytest.raises(FetchError):
            checked_url(f"http://{spelling}/")


@given(st.ip_addresses(), st.integers(0, 65535))
def test_a_public_address_may_be_connected_to_at_ports_of_the_web_only(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int
) -> None:
    allowed = may_connect(str(address), port)
    assert allowed == (is_public(str(address)) and port in (80, 443, 8080, 8443))


@given(st.text(max_size=60))
def test_whatever_is_given_as_an_address_is_taken_or_refused_in_words(url: str) -> None:
    for given_url in (url, f"http://{url}", f"http://example.org/{url}"):
        with contextlib.suppress(FetchError):
            assert checked_url(given_url).scheme in ("http", "https")


def a_page(body: bytes, media_type: str, charset: str | None, url: str) -> Fetched:
    from datetime import UTC, datetime

    return Fetched(url, url, body, media_type, charset, datetime(2026, 1, 2, tzinfo=UTC), "0" * 64)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize("path", ["", "/", "/a/b.php", "/..", "/%2e%2e%2fpasswd", "/" + "x" * 900])
def test_a_file_name_is_short_and_ends_as_its_media_type(media_type: str, path: str) -> None:
    name = a_page(b"", media_type, None, f"https://example.org{path}").name
    assert name.endswith(MEDIA_TYPES[media_type])
    assert "/" not in name
    assert not name.startswith(".")
    assert len(name) < 100


def test_markdown_that_is_sent_as_plain_text_stays_markdown() -> None:
    assert a_page(b"", "text/plain", None, "https://example.org/NOTES.md").name == "NOTES.md"


def test_readers_get_text_in_the_charset_that_its_host_named() -> None:
    url = "https://example.org/"
    old = a_page("Ålesund".encode("latin-1"), "text/html", "iso-8859-1", url)
    assert old.readable == "Ålesund".encode("utf-8-sig")
    assert a_page(b"\xff\xfe", "text/html", "utf-8", url).readable == b"\xff\xfe"
    for no_charset in ("no-such-charset", "unicode_escape", "punycode", "hex", "a\0b"):
        assert a_page(b"\\x41-\xe5", "text/html", no_charset, url).readable == b"\\x41-\xe5"
    assert a_page(b"%PDF-", "application/pdf", "utf-8", url).readable == b"%PDF-"
