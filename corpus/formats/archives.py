"""Zip archives from strangers: members are unpacked in memory, within bounds, never to disk."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import NoReturn

from corpus.errors import CorpusError
from corpus.formats.characters import shortened

MAX_MEMBERS = 10_000
MAX_UNPACKED = 256 * 2**20
# Documents pack to a tenth or a thirtieth; a small file may always unpack to _HARMLESS bytes.
MAX_RATIO = 100
_HARMLESS = 16 * 2**20
_CHUNK = 2**16
_ENCRYPTED = 0x1
# What zipfile raises on archives that are damaged, or made to look so.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, OverflowError,
)  # fmt: skip


class Archive:
    """A zip archive whose members share one budget of unpacked bytes.

    What is counted is what really comes out, not what the archive says of itself. Archives within
    it are members like any other and are not opened.
    """

    def __init__(self, raw: bytes) -> None:
        """Raises:
        CorpusError: it is no zip archive, or has more than `MAX_MEMBERS` members.
        """
        with _damage_named():
            self._zip = zipfile.ZipFile(BytesIO(raw))
        self._left = min(MAX_UNPACKED, max(_HARMLESS, MAX_RATIO * len(raw)))
        self._infos = {info.filename: info for info in self._zip.infolist()}
        self._counted: set[str] = set()
        if len(self._zip.infolist()) > MAX_MEMBERS:
            raise CorpusError(
                f"The archive has more than {MAX_MEMBERS:,} members.", "Add its documents singly."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all members."""
        return tuple(self._infos)

    def read(self, name: str) -> bytes:
        """What a member unpacks to.

        Raises:
            CorpusError: there is no such member; it is encrypted, damaged or packed in a way
                that is not read; or the archive unpacks to more than it may.
        """
        return b"".join(self._chunks(name))

    def _chunks(self, name: str) -> Iterator[bytes]:
        info = self._infos.get(name)
        if info is None:
            raise CorpusError(
                f"The archive lacks its part {shortened(name, 80)}.", "Get the file anew."
            )
        if info.flag_bits & _ENCRYPTED:
            raise CorpusError(
                "The archive is encrypted.", "Save it without a password and add that."
            )
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise CorpusError(
                f"The archive packs {shortened(name, 80)} in a way that is not read.",
                "Pack it anew as an ordinary zip archive.",
            )
        with _damage_named(), self._zip.open(info) as stream:
            while chunk := stream.read(_CHUNK):
                if name not in self._counted:
                    self._left -= len(chunk)
                if self._left < 0:
                    _refuse_bomb()
                yield chunk
        self._counted.add(name)


@contextmanager
def _damage_named() -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise CorpusError("The archive is damaged.", "Get the file anew.") from error


def _refuse_bomb() -> NoReturn:
    raise CorpusError(
        "The archive unpacks to far more than its size (a zip bomb).",
        f"Nothing of it was kept; a document may unpack to {MAX_RATIO} times its size"
        f" and to {MAX_UNPACKED // 2**20} MiB.",
    )
