"""The publications that notes name, fetched and kept beside the notes to compare them with.

`shelf/publications/addresses/` has a file for each address, `bodies/` what was sent, by its
SHA-256, and `extracts/` the text that was read in it. What was once sent stays.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from corpus.errors import CorpusError, FetchError, ShelfUnusable
from corpus.fetching import MEDIA_TYPES, Fetched
from corpus.shelf_files import PUBLICATIONS
from corpus.types import Extract, Source

_EXTRACT = TypeAdapter(Extract)


class Received(BaseModel):
    """What an address gave: where it lay in the end, when (UTC), its SHA-256 and size in bytes.

    `unread` is why no text could be read in it, if none could.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    final_url: str
    fetched_at: datetime
    sha256: str
    size: int
    media_type: str
    charset: str | None = None
    unread: str = ""


class Failure(BaseModel):
    """Why an address gave nothing when it was last asked, and when that was (UTC)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: datetime
    why: str


class Publication(BaseModel):
    """What is known of one address: the last thing it gave, and a failure since then."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    received: Received | None = None
    failure: Failure | None = None

    @property
    def trouble(self) -> str:
        """Why there is nothing to compare a note with; empty where there is."""
        if self.received is None:
            return self.failure.why if self.failure else "it was not fetched"
        return self.received.unread


@dataclass(frozen=True, slots=True)
class FetchReport:
    """The addresses that were asked, by what came of it; `passed_over` were there already."""

    fetched: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    passed_over: int = 0


def addresses_of(source: Source) -> tuple[str, ...]:
    """The addresses that a source names: where it was read, and its publisher's, each once."""
    named = [place.url for place in source.read_at] + [source.url]
    return tuple(dict.fromkeys(urldefrag(url)[0] for url in named if url))


class Publications:
    """The fetched publications of a home folder.

    Every method may raise ShelfUnusable: the folder cannot be read or written, or a file in it is
    damaged.
    """

    def __init__(self, shelf: Path) -> None:
        self.folder = shelf / PUBLICATIONS

    def get(self, url: str) -> Publication:
        """What is known of an address."""
        url = urldefrag(url)[0]
        content = self._content(self._address(url))
        if content is None:
            return Publication(url=url)
        try:
            return Publication.model_validate_json(content)
        except ValidationError as error:
            raise _damaged(self._address(url)) from error

    def extract(self, sha256: str) -> Extract | None:
        """The text that was read in what has that SHA-256; None where there is none."""
        path = self.folder / "extracts" / f"{sha256}.json"
        content = self._content(path)
        try:
            return None if content is None else _EXTRACT.validate_json(content)
        except ValidationError as error:
            raise _damaged(path) from error

    def keep(self, fetched: Fetched, read: Callable[[bytes, str], Extract]) -> Publication:
        """Keeps what an address gave, with the text that `read` finds in it."""
        self._put(self._body(fetched.sha256, fetched.media_type), fetched.body)
        received = Received(
            final_url=fetched.final_url,
            fetched_at=fetched.fetched_at,
            sha256=fetched.sha256,
            size=len(fetched.body),
            media_type=fetched.media_type,
            charset=fetched.charset,
            unread=self._read(fetched, read),
        )
        return self._note(Publication(url=urldefrag(fetched.url)[0], received=received))

    def keep_failure(self, url: str, why: str) -> Publication:
        """Notes that an address gave nothing; what it gave before stays."""
        failure = Failure(at=datetime.now(UTC), why=why)
        return self._note(self.get(url).model_copy(update={"failure": failure}))

    def _read(self, fetched: Fetched, read: Callable[[bytes, str], Extract]) -> str:
        try:
            extract = read(fetched.readable, fetched.name)
        except CorpusError as error:
            return error.message
        if not extract.blocks:
            said = (notice.text for notice in extract.notices)
            return next(said, "no text was found in it")
        path = self.folder / "extracts" / f"{fetched.sha256}.json"
        self._put(path, _EXTRACT.dump_json(extract))
        return ""

    def _note(self, publication: Publication) -> Publication:
        content = publication.model_dump_json(indent=1).encode()
        self._put(self._address(publication.url), content)
        return publication

    def _address(self, url: str) -> Path:
        name = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self.folder / "addresses" / f"{name}.json"

    def _body(self, sha256: str, media_type: str) -> Path:
        return self.folder / "bodies" / f"{sha256}{MEDIA_TYPES[media_type]}"

    def _content(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(path, error) from error

    def _put(self, path: Path, content: bytes) -> None:
        """Writes a file as a whole: whoever reads it meanwhile has the old one."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            making = path.with_name(f".{path.name}-{os.getpid()}")
            making.write_bytes(content)
            making.replace(path)
        except OSError as error:
            raise _unusable(path, error) from error


def fetch_all(
    publications: Publications,
    addresses: Iterable[str],
    fetch: Callable[[str], Fetched],
    read: Callable[[bytes, str], Extract],
    *,
    again: bool = False,
    pause: float = 2.0,
    progress: Callable[[str, int, int], None] = lambda *_: None,
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> FetchReport:
    """Fetches addresses one after the other; those whose text is there only if `again`.

    Each is kept as it comes, so that an interrupted run goes on where it was. `pause` is how many
    seconds lie between two requests to a host.

    Raises:
        ShelfUnusable: the folder cannot be written.
    """
    wanted = list(dict.fromkeys(urldefrag(address)[0] for address in addresses))
    todo = [url for url in wanted if again or publications.get(url).trouble]
    report = FetchReport(passed_over=len(wanted) - len(todo))
    asked: dict[str, float] = {}
    for done, url in enumerate(todo):
        progress("fetching originals", done, len(todo))
        host = urlsplit(url).netloc
        if host in asked and (left := asked[host] + pause - clock()) > 0:
            wait(left)
        trouble = _fetched(publications, url, fetch, read)
        asked[host] = clock()
        if trouble:
            report = replace(report, failed=(*report.failed, (url, trouble)))
        else:
            report = replace(report, fetched=(*report.fetched, url))
    progress("fetching originals", len(todo), len(todo))
    return report


def _fetched(
    publications: Publications,
    url: str,
    fetch: Callable[[str], Fetched],
    read: Callable[[bytes, str], Extract],
) -> str:
    try:
        return publications.keep(fetch(url), read).trouble
    except FetchError as error:
        publications.keep_failure(url, error.message)
        return error.message


def _damaged(path: Path) -> ShelfUnusable:
    return ShelfUnusable(
        f"{path} is damaged.", "Take it away and fetch again: attache sources originals."
    )


def _unusable(path: Path, error: OSError) -> ShelfUnusable:
    return ShelfUnusable(
        f"{path} cannot be used ({error.strerror or error}).",
        "Make room or give yourself the right to write there, and try again.",
    )
