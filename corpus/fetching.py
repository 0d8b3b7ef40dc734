"""Fetching one publication from the web, where every answer may be a trap.

A name is resolved once and the connection goes to the very address that was checked, for the
address given and for each one that it redirects to. Nothing is sent but the request: no cookies,
no credentials; no proxy of the environment is used, and nothing that comes is run.
"""

from __future__ import annotations

import hashlib
import re
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from functools import partial
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

from corpus.addresses import check_answers, checked_url, port_of
from corpus.connecting import Backend, Resolve, resolve
from corpus.errors import FetchError
from corpus.formats.decoding import encoding_named

if TYPE_CHECKING:
    import httpcore
    import httpx

MAX_BYTES = 20 * 1024 * 1024
# What the readers know, and the ending under which they know it.
MEDIA_TYPES = {
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "application/epub+zip": ".epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/plain": ".txt",
}
_REDIRECTS = (301, 302, 303, 307, 308)
_BY_HAND = "Try again later, or save it as a file from a browser and add that."


@dataclass(frozen=True, slots=True)
class Policy:
    """What a fetch may do: nothing, unless it is `enabled`.

    `max_bytes` bounds the body as it was sent and again as unpacked; `seconds` all of it but the
    system's resolver, redirects included. `allow_loopback_ports` is for tests; no setting sets it.
    """

    enabled: bool = False
    max_bytes: int = MAX_BYTES
    seconds: float = 60.0
    redirects: int = 5
    resolve: Resolve = resolve
    allow_loopback_ports: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A publication as its host sent it, unpacked: `sha256` is that of `body`.

    `final_url` is where it lay after redirects; `media_type` is one of MEDIA_TYPES; `charset` is
    what the host called it, if anything; `fetched_at` is UTC.
    """

    url: str
    final_url: str
    body: bytes
    media_type: str
    charset: str | None
    fetched_at: datetime
    sha256: str

    @property
    def name(self) -> str:
        """A file name, made of the address, with the ending of its media type."""
        parts = urlsplit(self.final_url)
        last = PurePosixPath(re.sub(r"[^\w.-]+", "-", unquote(parts.path).rpartition("/")[2]))
        ending = MEDIA_TYPES[self.media_type]
        if self.media_type == "text/plain" and last.suffix.lower() in (".md", ".markdown"):
            ending = ".md"
        return f"{last.stem[:80].strip('.-') or parts.hostname}{ending}"

    @property
    def readable(self) -> bytes:
        """The body for a reader of files, which does not hear what the host called its charset."""
        if not self.charset or not self.media_type.startswith("text/"):
            return self.body
        # A host may name what is no encoding of text, or takes hours to decode.
        if encoding_named(self.charset) is None:
            return self.body
        try:
            text = self.body.decode(self.charset)
        except UnicodeError:
            return self.body
        # The mark at the beginning outweighs what a page says of itself.
        return text.removeprefix("\ufeff").encode("utf-8-sig", "replace")


def require_enabled(policy: Policy) -> None:
    """Refuses, before anything else is done, what would only fail later.

    Raises:
        FetchError: fetching is off.
    """
    if not policy.enabled:
        raise FetchError(
            "Fetching from the web is off.",
            "Set `fetching = true` in attache.toml, or save it as a file and add that.",
        )


def fetch(url: str, policy: Policy) -> Fetched:
    """The publication at a public web address.

    Raises:
        FetchError: fetching is off; the address, or one that it leads to, is not one of the public
            web; it does not answer in time; or what it sends is too large or of no kind that is
            read. The message says which, and what to do.
    """
    require_enabled(policy)
    until = time.monotonic() + policy.seconds
    at = checked_url(url, policy.allow_loopback_ports)
    for _ in range(policy.redirects + 1):
        found = _get(at, policy, until)
        if isinstance(found, _Sent):
            return Fetched(
                url, str(at).replace("'", "%27"), found.body, found.media_type, found.charset,
                datetime.now(UTC), hashlib.sha256(found.body).hexdigest(),
            )  # fmt: skip
        at = checked_url(_joined(at, found), policy.allow_loopback_ports)
    raise FetchError(f"{at.host} redirects more than {policy.redirects} times.", _BY_HAND)


@dataclass(frozen=True, slots=True)
class _Sent:
    body: bytes
    media_type: str
    charset: str | None


def _get(url: httpx.URL, policy: Policy, until: float) -> _Sent | str:
    """What is there, or the address to which it redirects."""
    import httpcore

    check = partial(check_answers, loopback_ports=policy.allow_loopback_ports)
    backend = cast("httpcore.NetworkBackend", Backend(policy.resolve, check, until))
    target = httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=port_of(url), target=url.raw_path
    )
    headers = [
        ("Host", url.netloc.decode("ascii")),
        ("User-Agent", f"Attache/{version('attache')} (reads publications for its curators)"),
        ("Accept", ", ".join(MEDIA_TYPES)),
        ("Accept-Encoding", "gzip"),
    ]
    try:
        with (
            httpcore.ConnectionPool(network_backend=backend) as pool,
            pool.stream("GET", target, headers=headers) as response,
        ):
            return _taken(url.host, response, policy)
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise FetchError(
            f"{url.host} did not send it within {policy.seconds:g} seconds.", _BY_HAND
        ) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise FetchError(f"The connection with {url.host} failed ({error}).", _BY_HAND) from error


def _taken(host: str, response: httpcore.Response, policy: Policy) -> _Sent | str:
    headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
    if response.status in _REDIRECTS and b"location" in headers:
        return headers[b"location"]
    if response.status != 200:
        raise FetchError(f"{host} answers {response.status} instead of sending it.", _BY_HAND)
    kind = Message()
    kind["Content-Type"] = headers.get(b"content-type", "")
    media_type = headers.get(b"content-type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise FetchError(
            f"{host} sends {media_type[:80] or 'something without saying what'}, which is not read"
            " here.",
            "Save it as PDF, DOCX, HTML, EPUB, Markdown or plain text and add that.",
        )
    charset = kind.get_content_charset()
    stream = cast("Iterable[bytes]", response.iter_stream())
    body = _body(host, stream, headers.get(b"content-encoding", ""), policy.max_bytes)
    return _Sent(body, media_type, charset)


def _body(host: str, sent: Iterable[bytes], packing: str, most: int) -> bytes:
    packing = packing.strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError(f"{host} packs it as {packing[:40]}, which was not asked for.", _BY_HAND)
    gzip = _Gzip() if "gzip" in packing else None
    body, received = bytearray(), 0
    for chunk in sent:
        received += len(chunk)
        body += gzip.unpack(host, chunk, most + 1 - len(body)) if gzip else chunk
        if max(received, len(body)) > most:
            raise FetchError(
                f"{host} sends more than {most >> 20} MiB ({most:,} bytes).",
                "Save it as a file, split it into parts, and add those.",
            )
    if gzip and not gzip.ended:
        raise FetchError(f"What {host} sends is cut off.", _BY_HAND)
    return bytes(body)


class _Gzip:
    """Unpacks without ever holding more than is asked for."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)

    @property
    def ended(self) -> bool:
        return self._member.eof

    def unpack(self, host: str, chunk: bytes, most: int) -> bytes:
        unpacked = bytearray()
        try:
            while chunk and len(unpacked) < most:
                if self._member.eof:
                    self._member = zlib.decompressobj(wbits=31)
                unpacked += self._member.decompress(chunk, most - len(unpacked))
                chunk = self._member.unused_data
        except zlib.error as error:
            raise FetchError(f"What {host} sends is damaged ({error}).", _BY_HAND) from error
        return bytes(unpacked)


def _joined(base: httpx.URL, location: str) -> str:
    import httpx

    try:
        return str(base.join(location))
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError(f"{base.host} redirects to no web address ({error}).", _BY_HAND) from error
