"""What a file is, by its content; and text of unknown encoding."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pdfs_made
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import formats
from corpus.errors import CorpusError
from corpus.formats import text
from corpus.isolating import Reader


def zipped(**members: bytes) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


PDF = pdfs_made.pages(["The council met on Monday."])


@pytest.mark.parametrize(
    ("raw", "ending", "name"),
    [
        (PDF, ".pdf", "PDF"),
        (b"\n\njunk before\n" + PDF, ".docx", "PDF"),
        (zipped(mimetype=b"application/epub+zip"), "", "EPUB"),
        (b"<!-- a -->\n<!DOCTYPE html><p>x", ".txt", "HTML"),
        (b"\xff\xfe" + "<html><p>x".encode("utf-16-le"), ".pdf", "HTML"),
        (b"a fragment with <p>a paragraph", ".html", "HTML"),
        (b"a text about the <p> element", ".txt", "plain text"),
        (b"what %PDF-1.4 means", ".md", "Markdown"),
        (b"no tags at all", ".pdf", "plain text"),
    ],
)
def test_the_content_decides_what_a_file_is(raw: bytes, ending: str, name: str) -> None:
    found = formats.recognise(raw, ending)
    assert found is not None
    assert found.name == name


def test_a_word_file_is_known_by_its_members() -> None:
    members = {"[Content_Types].xml": b"", "word__document.xml": b""}
    assert formats.recognise(zipped(**members), ".zip") is formats.DOCX


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "password-protected Office file"),
        (zipped(anything=b"else"), "a zip archive"),
        (b"{\\rtf1 Hello}", "RTF"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"text with a \0 in it", "binary data"),
        (b"PK\x03\x04 cut off", "a zip archive"),
    ],
)
def test_refuses_by_name_what_is_not_read(reader: Reader, raw: bytes, named: str) -> None:
    with pytest.raises(CorpusError) as caught:
        reader.read(raw, "file.pdf")
    assert named in caught.value.message


def test_a_comment_that_never_ends_is_no_trap() -> None:
    assert formats.recognise(b"<!--a-->" * 8_000, ".txt") is formats.TEXT


def test_a_wrong_ending_is_read_and_noticed(reader: Reader) -> None:
    extract = reader.read(PDF, "letter.docx")
    assert extract.text == "The council met on Monday."
    assert [notice.kind for notice in extract.notices] == ["wrong-ending"]
    assert "PDF" in extract.notices[0].text


@pytest.mark.parametrize("name", ["letter.pdf", "letter", "LETTER.PDF"])
def test_a_right_ending_or_none_is_no_matter_for_a_notice(reader: Reader, name: str) -> None:
    assert reader.read(PDF, name).notices == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_believes_a_byte_order_mark(encoding: str) -> None:
    extract = text.read("Ça va très bien.".encode(encoding))
    assert extract.text == "Ça va très bien."
    assert extract.notices == ()


def test_reads_western_text_and_says_that_it_guessed() -> None:
    extract = text.read("Le maire a signé l’accord à Orléans.".encode("cp1252"))
    assert extract.text == "Le maire a signé l’accord à Orléans."
    assert [notice.kind for notice in extract.notices] == ["encoding"]


@pytest.mark.parametrize(
    "raw", [bytes(range(128, 256)), b"\x93\x8d\x94" * 30, b"\0a\0b", b"\xff\xfea"]
)
def test_refuses_bytes_that_are_no_text(raw: bytes) -> None:
    with pytest.raises(CorpusError, match="Save it as UTF-8"):
        text.read(raw)


@given(st.text())
def test_decoding_undoes_encoding(words: str) -> None:
    if words.startswith("\ufeff") or "\0" in words:
        return
    assert (
        text.decode(words.encode("utf-8", "ignore"))[0] == words.encode("utf-8", "ignore").decode()
    )


def test_takes_clues_from_the_head_of_a_markdown_file() -> None:
    head = "---\nid: a\ntitle: Ties\npublisher: City\nkind: news\ntext_kind: full\n---\n"
    extract = text.read_markdown(f"{head}The city has nine ties.".encode())
    assert extract.text == "The city has nine ties."
    assert {clue.key: clue.value for clue in extract.clues} == {
        "title": "Ties",
        "publisher": "City",
        "kind": "news",
        "language": "en",
    }


def test_passes_over_a_head_that_is_not_ours() -> None:
    extract = text.read_markdown(b"---\nlayout: post\n---\n# Ties\n\nNine of them.")
    assert [extract.text[b.span.start : b.span.end] for b in extract.blocks] == ["Nine of them."]
    assert [notice.kind for notice in extract.notices] == ["head"]
    assert extract.clues[0].value == "Ties"


def test_tells_the_language_of_a_text(reader: Reader) -> None:
    german = "Die Stadt unterhält eine Partnerschaft mit einer Stadt in Frankreich. " * 5
    clues = {clue.key: clue.value for clue in reader.read(german.encode(), "a.txt").clues}
    assert clues["language"] == "de"


def test_characters_that_spell_unseen_words_are_taken_out() -> None:
    secret = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    extract = text.read(f"Nine{secret} ties.".encode())
    assert extract.text == "Nine ties."
    assert "obey" in extract.notices[0].text
