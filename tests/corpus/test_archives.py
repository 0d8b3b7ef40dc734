"""Archives from strangers unpack to what they may, counted as it comes out, or not at all."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import CorpusError
from corpus.formats import archives
from corpus.formats.archives import Archive

MIB = 2**20


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def overlapping(count: int, size: int) -> bytes:
    """An archive whose members all point at the same packed bytes."""
    raw = packed({"member-00000": bytes(size)})
    start = raw.index(b"PK\x01\x02")
    end = raw.index(b"PK\x05\x06")
    entry = raw[start:end]
    directory = b"".join(
        entry.replace(b"member-00000", b"member-%05d" % number) for number in range(count)
    )
    return raw[:start] + directory + struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0
    )  # fmt: skip


def read_all(archive: Archive) -> int:
    return sum(len(archive.read(name)) for name in archive.names)


@given(st.dictionaries(st.text("abc/.", min_size=1, max_size=12), st.binary(max_size=500)))
def test_gives_back_what_was_packed_whatever_the_names(members: dict[str, bytes]) -> None:
    archive = Archive(packed(members))
    assert {name: archive.read(name) for name in archive.names} == members


@given(st.binary(max_size=400))
def test_refuses_what_is_no_archive(raw: bytes) -> None:
    with pytest.raises(CorpusError, match="damaged"):
        Archive(raw)


def test_refuses_a_zip_that_unpacks_to_far_more_than_its_size() -> None:
    bomb = packed({"document.xml": bytes(64 * MIB)})
    assert len(bomb) < MIB
    with pytest.raises(CorpusError, match="zip bomb"):
        Archive(bomb).read("document.xml")


def test_refuses_members_that_are_only_together_too_much() -> None:
    bomb = packed({f"{number}.xml": bytes(MIB) for number in range(20)})
    with pytest.raises(CorpusError, match="zip bomb"):
        read_all(Archive(bomb))


def test_refuses_members_that_share_their_packed_bytes() -> None:
    bomb = overlapping(1_000, MIB)
    assert len(Archive(bomb).names) == 1_000
    with pytest.raises(CorpusError, match=r"zip bomb|damaged"):
        read_all(Archive(bomb))


def test_a_size_that_is_a_lie_gets_nothing_past_the_bounds() -> None:
    raw = packed({"a.xml": bytes(64 * MIB)})
    lying = raw.replace(struct.pack("<L", 64 * MIB), struct.pack("<L", 10))
    assert lying != raw
    with pytest.raises(CorpusError, match=r"zip bomb|damaged"):
        Archive(lying).read("a.xml")


def test_what_is_read_again_is_not_counted_again() -> None:
    archive = Archive(packed({"a.css": bytes(10 * MIB)}))
    assert len(archive.read("a.css")) == len(archive.read("a.css")) == 10 * MIB


def test_a_large_archive_may_unpack_to_a_multiple_of_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archives, "_HARMLESS", 0)
    words = b"".join(b"The council of city %d met. " % number for number in range(20_000))
    assert Archive(packed({"a.xml": words})).read("a.xml") == words


def test_refuses_an_archive_of_very_many_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    with pytest.raises(CorpusError, match="more than 3 members"):
        Archive(packed(dict.fromkeys("abcd", b"")))


def test_refuses_an_encrypted_member() -> None:
    raw = bytearray(packed({"a.xml": b"words"}, zipfile.ZIP_STORED))
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(CorpusError, match="encrypted"):
        Archive(bytes(raw)).read("a.xml")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_refuses_a_way_of_packing_that_documents_do_not_use(method: int) -> None:
    with pytest.raises(CorpusError, match="in a way that is not read"):
        Archive(packed({"a.xml": b"words"}, method)).read("a.xml")


def test_refuses_a_member_whose_bytes_were_changed() -> None:
    raw = packed({"a.xml": b"words" * 100}, zipfile.ZIP_STORED)
    with pytest.raises(CorpusError, match="damaged"):
        Archive(raw.replace(b"words", b"swords"[:5], 1)).read("a.xml")


def test_names_a_member_that_is_not_there() -> None:
    with pytest.raises(CorpusError, match=r"lacks its part word/document\.xml"):
        Archive(packed({"a": b""})).read("word/document.xml")


def test_archives_within_an_archive_stay_closed() -> None:
    inner = packed({"bomb": bytes(64 * MIB)})
    archive = Archive(packed({"inner.zip": inner}))
    read_all(archive)
    assert archive.read("inner.zip") == inner
