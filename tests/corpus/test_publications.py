"""Fetched publications: kept by content, resumed, refetched, and never lost to a failure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpus.errors import CorpusError, FetchError, ShelfUnusable
from corpus.fetching import Fetched
from corpus.formats.text import read as read_text
from corpus.publications import Publications, addresses_of, fetch_all
from corpus.types import Extract, Kind, Notice, Reading, Source, TextKind

URL = "https://city.example/report"
TEXT = "Alder Bay has 49 ties. Five of them are paused."


class Web:
    """Pages by address, and who was asked when; an address without a page fails."""

    def __init__(self, **pages: str) -> None:
        self.pages = {f"https://{host}.example/": text for host, text in pages.items()}
        self.asked: list[str] = []

    def __call__(self, url: str) -> Fetched:
        self.asked.append(url)
        if url not in self.pages:
            raise FetchError(f"{url} answers 404 instead of sending it.", "Try again.")
        return sent(url, self.pages[url])


def sent(url: str, text: str) -> Fetched:
    raw = text.encode()
    sha256 = hashlib.sha256(raw).hexdigest()
    when = datetime(2026, 11, 24, 9, tzinfo=UTC)
    return Fetched(url, f"{url}?final", raw, "text/plain", "utf-8", when, sha256)


def read(raw: bytes, name: str) -> Extract:
    assert name.endswith(".txt")
    return read_text(raw)


@pytest.fixture
def publications(tmp_path: Path) -> Publications:
    return Publications(tmp_path)


def test_keeps_what_was_sent_by_its_content_with_where_when_and_what(
    publications: Publications,
) -> None:
    publications.keep(sent(URL, TEXT), read)
    found = publications.get(f"{URL}#page=3")
    assert found.received
    assert found.trouble == ""
    assert found.received.final_url == f"{URL}?final"
    assert found.received.fetched_at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert found.received.size == len(TEXT)
    body = publications.folder / "bodies" / f"{found.received.sha256}.txt"
    assert hashlib.sha256(body.read_bytes()).hexdigest() == found.received.sha256
    extract = publications.extract(found.received.sha256)
    assert extract == read_text(TEXT.encode())


def test_an_address_that_nobody_fetched_is_in_trouble(publications: Publications) -> None:
    assert publications.get(URL).trouble == "it was not fetched"
    assert publications.extract("0" * 64) is None


def test_a_failure_keeps_what_was_sent_before(publications: Publications) -> None:
    publications.keep(sent(URL, TEXT), read)
    found = publications.keep_failure(URL, "answers 500")
    assert publications.get(URL) == found
    assert found.failure
    assert found.failure.why == "answers 500"
    assert found.trouble == ""


def test_says_why_no_text_could_be_read(publications: Publications) -> None:
    def refuses(_raw: bytes, name: str) -> Extract:
        raise CorpusError(f"{name} is encrypted.", "Open it.")

    assert "encrypted" in publications.keep(sent(URL, TEXT), refuses).trouble
    scan = Extract("", (), (), (Notice("no-text", "Pages 1 to 3 are pictures."),))
    assert publications.keep(sent(URL, TEXT), lambda *_: scan).trouble == scan.notices[0].text


def test_what_was_sent_earlier_stays_when_an_address_changes(publications: Publications) -> None:
    first = publications.keep(sent(URL, TEXT), read).received
    second = publications.keep(sent(URL, TEXT.replace("49", "94")), read).received
    assert first
    assert second
    assert first.sha256 != second.sha256
    assert publications.extract(first.sha256)
    assert len(list((publications.folder / "bodies").iterdir())) == 2


def test_asks_one_after_the_other_and_passes_over_what_is_there(
    publications: Publications,
) -> None:
    web = Web(a=TEXT, b=TEXT)
    urls = ["https://a.example/", "https://a.example/#top", "https://gone.example/"]
    report = fetch_all(publications, urls, web, read, wait=lambda _: None)
    assert report.fetched == ("https://a.example/",)
    assert report.failed == (
        ("https://gone.example/", "https://gone.example/ answers 404 instead of sending it."),
    )
    web.pages["https://gone.example/"] = TEXT
    again = fetch_all(publications, urls, web, read, wait=lambda _: None)
    assert (again.fetched, again.passed_over) == (("https://gone.example/",), 1)
    fetch_all(publications, urls[:1], web, read, again=True)
    assert web.asked.count("https://a.example/") == 2


def test_an_interrupted_run_goes_on_where_it_was(publications: Publications) -> None:
    web = Web(a=TEXT, b=TEXT, c=TEXT)

    def stops(_stage: str, done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_all(publications, web.pages, web, read, progress=stops)
    report = fetch_all(publications, web.pages, web, read)
    assert (report.fetched, report.passed_over) == (("https://c.example/",), 2)


def test_waits_before_it_asks_the_same_host_again(publications: Publications) -> None:
    now, waited = [0.0], []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds

    urls = ["https://a.example/1", "https://b.example/1", "https://a.example/2"]
    fetch_all(publications, urls, Web(), read, pause=3.0, wait=wait, clock=lambda: now[0])
    assert waited == [3.0]


def test_tells_how_far_it_is(publications: Publications) -> None:
    told: list[tuple[str, int, int]] = []
    fetch_all(publications, [URL], Web(), read, progress=lambda *step: told.append(step))
    assert told == [("fetching originals", 0, 1), ("fetching originals", 1, 1)]


def test_a_source_names_where_it_was_read_and_where_it_was_published() -> None:
    source = Source(
        id="a", version="v", title="A", publisher="P", cite_as="P", kind=Kind.NEWS,
        text_kind=TextKind.NOTE, path="a.md", url=f"{URL}#top",
        read_at=(Reading(URL), Reading("https://other.example/"), Reading(None, "a talk")),
    )  # fmt: skip
    assert addresses_of(source) == (URL, "https://other.example/")


@pytest.mark.parametrize("part", ["addresses", "extracts"])
def test_says_which_file_is_damaged(publications: Publications, part: str) -> None:
    received = publications.keep(sent(URL, TEXT), read).received
    assert received
    (path,) = (publications.folder / part).iterdir()
    path.write_bytes(b"{")
    look: Callable[[], object] = {
        "addresses": lambda: publications.get(URL),
        "extracts": lambda: publications.extract(received.sha256),
    }[part]
    with pytest.raises(ShelfUnusable, match="is damaged"):
        look()


def test_says_that_the_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "publications").write_text("a file in the way")
    with pytest.raises(ShelfUnusable, match="cannot be used"):
        Publications(tmp_path).keep(sent(URL, TEXT), read)
