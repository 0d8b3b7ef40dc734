"""A book is read chapter by chapter in the order of its spine, or refused by name."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import CorpusError
from corpus.formats.epub import read
from corpus.types import Extract

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
ONE = "<h1>Beginnings</h1><p>Rotterdam and Shanghai became sister cities in 1979.</p>"
TWO = "<p>Linz and Chengdu signed in 1983.</p>"


def chapter(body: str, head: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title/>{head}</head>'
        f"<body>{body}</body></html>"
    )


def package(chapters: dict[str, str], metadata: str = "", items: str = "", spine: str = "") -> str:
    listed = "".join(
        f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>'
        for name in chapters
    )
    return (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">'
        f"{metadata}</metadata><manifest>{listed}{items}</manifest><spine>"
        + (spine or "".join(f'<itemref idref="{name}"/>' for name in chapters))
        + "</spine></package>"
    )


def book(chapters: dict[str, str], others: dict[str, str] | None = None, **opf: str) -> bytes:
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package(chapters, **opf),
        **{f"OEBPS/{name}.xhtml": text for name, text in chapters.items()},
        **(others or {}),
    }
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return file.getvalue()


def shown(extract: Extract) -> list[tuple[str, str]]:
    return [(b.heading, extract.text[slice(*b.span)]) for b in extract.blocks]


def test_chapters_come_in_the_order_of_the_spine() -> None:
    raw = book(
        {"one": chapter(TWO), "two": chapter(ONE)},
        spine='<itemref idref="two"/><itemref idref="one"/><itemref idref="two"/>',
    )
    assert shown(read(raw)) == [
        ("Beginnings", "Rotterdam and Shanghai became sister cities in 1979."),
        ("Beginnings", "Linz and Chengdu signed in 1983."),
    ]


def test_short_chapters_are_kept_whole_and_tables_are_told() -> None:
    table = "<table><tr><th>City</th><th>Since</th></tr><tr><td>Linz</td><td>1983</td></tr></table>"
    raw = book({"one": chapter(f"<p>Go.</p><ul><li>One</li><li>Two</li></ul>{table}")})
    assert [words for _, words in shown(read(raw))] == ["Go.", "One", "Two", "Linz: Since 1983."]


@pytest.mark.parametrize("kind", ["nav", "ncx"])
def test_a_chapter_without_a_heading_is_called_as_the_contents_call_it(kind: str) -> None:
    contents = {
        "nav": '<nav><ol><li><a href="../two.xhtml#top">Later <i>ties</i></a></li></ol></nav>',
        "ncx": '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel>'
        '<text>Later ties</text></navLabel><content src="../two.xhtml"/></navPoint></navMap></ncx>',
    }
    item = {
        "nav": '<item id="n" href="t/toc.x" properties="nav" media-type="application/xhtml+xml"/>',
        "ncx": '<item id="n" href="t/toc.x" media-type="application/x-dtbncx+xml"/>',
    }
    text = chapter(contents[kind]) if kind == "nav" else contents[kind]
    raw = book(
        {"one": chapter(ONE), "two": chapter(TWO)}, {"OEBPS/t/toc.x": text}, items=item[kind],
        spine='<itemref idref="n"/><itemref idref="one"/><itemref idref="two"/>',
    )  # fmt: skip
    assert shown(read(raw))[1:] == [("Later ties", "Linz and Chengdu signed in 1983.")]
    assert "Later ties" in read(raw).text


def test_entities_of_html_are_known_and_broken_markup_is_read_as_html() -> None:
    raw = book({"one": chapter("<p>Z&uuml;rich&nbsp;&amp; Bern</p><p>Open"), "two": "<p>&eacute;"})
    assert [words for _, words in shown(read(raw))] == ["Zürich & Bern", "Open", "é"]


def test_the_package_file_gives_the_clues() -> None:
    metadata = (
        "<dc:title>Sister  cities</dc:title><dc:creator>Jane Roe</dc:creator>"
        "<dc:creator>John Doe</dc:creator><dc:publisher>City Press</dc:publisher>"
        '<dc:date opf:event="modification">2024-01-01</dc:date><dc:date>2023-06</dc:date>'
        "<dc:language>nl-NL</dc:language><dc:source>ISBN 1</dc:source>"
    )
    extract = read(book({"one": chapter(ONE)}, metadata=metadata))
    assert [(clue.key, clue.value) for clue in extract.clues] == [
        ("title", "Sister cities"), ("authors", "Jane Roe"), ("authors", "John Doe"),
        ("publisher", "City Press"), ("published", "2023-06"), ("language", "nl"),
    ]  # fmt: skip
    assert extract.clues[0].evidence == "the book's dc:title"


def test_hidden_text_is_dropped_and_reported_also_by_a_style_sheet_in_the_book() -> None:
    link = '<link rel="stylesheet" href="css/book.css"/><link rel="stylesheet" href="gone.css"/>'
    body = f'{ONE}<p class="x">Ignore the reader.</p><p style="color:#fff">And obey.</p>'
    raw = book({"one": chapter(body, link)}, {"OEBPS/css/book.css": ".x { display: none }"})
    extract = read(raw)
    assert "Ignore" not in extract.text
    (notice,) = extract.notices
    assert notice.kind == "hidden-text"
    assert "“Ignore the reader.” (not displayed)" in notice.text


def test_notices_of_many_chapters_are_put_together() -> None:
    hidden = {f"c{n}": chapter(f"{TWO}<p hidden=''>Secret {n}</p>") for n in range(300)}
    (notice,) = read(book(hidden)).notices
    assert "295 further chapters" in notice.text
    assert len(notice.text) < 4000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("META-INF/rights.xml", "<rights/>"),
        (
            "META-INF/encryption.xml",
            '<encryption><EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod'
            ' Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></EncryptedData>'
            "</encryption>",
        ),
    ],
)
def test_refuses_a_book_that_is_encrypted(name: str, text: str) -> None:
    with pytest.raises(CorpusError, match=f"is encrypted .*{name}"):
        read(book({"one": chapter(ONE)}, {name: text}))


def test_a_book_whose_fonts_alone_are_scrambled_is_read() -> None:
    fonts = '<encryption><EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/></encryption>'
    assert read(book({"one": chapter(ONE)}, {"META-INF/encryption.xml": fonts})).notices == ()


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {new} '{f'&{old};' * 10}'>"
    for old, new in zip("abcdefghi", "bcdefghij", strict=True)
) + "]>"  # fmt: skip


@pytest.mark.parametrize("where", ["OEBPS/book.opf", "META-INF/container.xml", "OEBPS/one.xhtml"])
def test_refuses_a_billion_laughs(where: str) -> None:
    texts = {
        "OEBPS/book.opf": package({"one": ""}, "<dc:title>&j;</dc:title>"),
        "META-INF/container.xml": CONTAINER.replace("<rootfiles>", "<rootfiles>&j;"),
        "OEBPS/one.xhtml": "<html><body><p>&j;</p></body></html>",
    }
    with pytest.raises(CorpusError, match="declares XML entities"):
        read(book({"one": chapter(ONE)}, {where: LAUGHS + texts[where]}))


@pytest.mark.parametrize("where", ["OEBPS/book.opf", "OEBPS/one.xhtml"])
def test_refuses_an_entity_that_names_a_file(where: str) -> None:
    outside = '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'
    text = package({"one": ""}, "<dc:title>&j;</dc:title>") if "opf" in where else "<p>&j;</p>"
    with pytest.raises(CorpusError, match="declares XML entities"):
        read(book({"one": chapter(ONE)}, {where: outside + text}))


def test_refuses_deep_nesting() -> None:
    with pytest.raises(CorpusError, match="nested too deeply"):
        read(book({"one": chapter("<div>" * 100_000 + "</div>" * 100_000)}))
    with pytest.raises(CorpusError, match="nested too deeply"):
        read(book({"one": chapter(ONE)}, {"OEBPS/book.opf": "<a>" * 10_000 + "</a>" * 10_000}))


def test_refuses_a_book_that_unpacks_to_far_more_than_its_size() -> None:
    with pytest.raises(CorpusError, match="zip bomb"):
        read(book({"one": chapter("<p>words </p>" * 3_000_000)}))


def test_pictures_are_never_unpacked() -> None:
    bomb = {"OEBPS/cover.jpg": "0" * 64 * 2**20}
    assert len(read(book({"one": chapter(ONE)}, bomb)).blocks) == 1


@pytest.mark.parametrize("path", ["../../../etc/passwd", "/etc/passwd", "http://example.org/x"])
def test_paths_that_lead_out_of_the_book_lead_nowhere(path: str) -> None:
    item = f'<item id="x" href="{path}" media-type="application/xhtml+xml"/>'
    extract = read(
        book({"one": chapter(ONE)}, items=item, spine='<itemref idref="one"/><itemref idref="x"/>')
    )
    assert len(extract.blocks) == 1
    assert [notice.kind for notice in extract.notices] == ["missing-part"]


@pytest.mark.parametrize("body", ["", "<img src='a.jpg' alt='words'/>", "<p> \u200b</p>"])
def test_a_book_without_text_is_refused_with_a_remedy(body: str) -> None:
    with pytest.raises(CorpusError, match=r"holds no text\..*text recognition"):
        read(book({"one": chapter(body)}))


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"META-INF/container.xml": "<container/>"}, "names no package file"),
        ({"META-INF/container.xml": "<<<"}, "not well-formed"),
        ({"META-INF/container.xml": CONTAINER.replace("book", "none")}, "lacks its part"),
        ({"OEBPS/book.opf": ""}, "not well-formed"),
        ({"OEBPS/book.opf": "<package/>"}, "holds no text"),
    ],
)
def test_names_what_is_wrong_with_a_broken_book(others: dict[str, str], message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read(book({"one": chapter(ONE)}, others))


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=5), max_size=4)
)
def test_blocks_lie_in_the_text_in_order_and_hold_words(texts: list[list[str]]) -> None:
    chapters = {
        f"c{n}": chapter("".join(f"<p>{text}</p>" for text in paragraphs))
        for n, paragraphs in enumerate(texts)
    }
    try:
        extract = read(book(chapters))
    except CorpusError:
        return
    last = 0
    for block in extract.blocks:
        assert last <= block.span.start < block.span.end <= len(extract.text)
        words = extract.text[slice(*block.span)]
        assert words == words.strip() != ""
        last = block.span.end
