"""What the words at the beginning of a document say of its title, date, publisher and kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import PurePath

from corpus.types import Clue, Extract, Kind

Line = tuple[str, int | None]
"""A line with its page."""

_MAX_EVIDENCE = 90
# How much of the beginning is looked through: a title page and what follows it.
_BEGINNING = 4000
# How much counts as its opening where there are no pages; also the most of a line.
_OPENING = 1500
_MAX_BYLINE = 120

_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_MONTH = rf"(?:{'|'.join(f'{m[:3]}(?:{m[3:]})?' for m in _MONTHS)}|sept)\.?"
_DATE = re.compile(
    rf"\b(?:(?P<iso>(?:19|20)\d\d-\d\d(?:-\d\d)?)"
    rf"|(?P<m1>{_MONTH})[\s-]+(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?,?[\s-]+(?P<y1>(?:19|20)\d\d)"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m2>{_MONTH}),?\s+(?P<y2>(?:19|20)\d\d)"
    rf"|(?P<m3>{_MONTH}),?\s+(?P<y3>(?:19|20)\d\d))\b",
    re.IGNORECASE,
)
# Month and day come in either order.
_NUMERIC = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/((?:19|20)\d\d)(?![\d/])")
_CUE = re.compile(
    r"\b(?:published|posted|dated?|issued|released?|adopted|approved|enacted|passed)\b"
    r"(?:\s+(?:on|by[^.\n]{0,40}?on))?[\s:]{0,3}$",
    re.IGNORECASE,
)
# Forms are full of other dates in figures: of birth, of a meeting, of completion.
_OWN_DATE = re.compile(
    r"(?:^|[;|,]\s?)(?:date|dated|published|posted|issued|released)(?:\s+on)?[\s:]{1,3}$"
    r"|\b(?:(?:report|publication|release|issue|document)\s+date"
    r"|date\s+(?:published|posted|issued|of\s+(?:publication|issue|release|(?:this\s+)?report)))"
    r"[\s:]{1,3}$",
    re.IGNORECASE,
)
# Reports state it in a table near the end, too.
_REPORT_DATE = re.compile(r"\b(?:report|publication) date: ?$", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_PUBLISHER = re.compile(
    r"^(?:the\s+)?((?:city(?: and county)?|town|county|state|commonwealth|province|office|"
    r"department|ministry|embassy|consulate general|bureau|agency|university|institute|association|"
    r"league|council|board|commission)\s+(?:of|for|on)\s+[^\n.;:]{2,80})$",
    re.IGNORECASE,
)
_SAID = re.compile(r"\b(?:published by|publisher:|issued by)\s+([^\n.;]{2,100})", re.IGNORECASE)
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)\s*(?:©\s*)?(?:19|20)\d\d(?:\s*[-–]\s*(?:19|20)\d\d)?,?\s+"
    r"(?:by\s+)?([^\n.;]{2,100})",
    re.IGNORECASE,
)
_AUTHOR = re.compile(
    r"^by:?\s+((?-i:[A-Z])[^\W\d_]+(?:[ '.-]+[^\W\d_]+){1,4}"
    r"(?:(?:,| and)\s+(?-i:[A-Z])[^\W\d_]+(?:[ '.-]+[^\W\d_]+){1,4})*)$",
    re.IGNORECASE,
)
_SITE = re.compile(r"\s+[|–—·-]\s+(\S.{1,80})")
# Evidence of a kind, strongest first: the first that is seen decides.
_KINDS: tuple[tuple[Kind, str], ...] = (
    (Kind.LEGISLATION, r"\bbe it (?:further )?enacted\b"),
    (Kind.LEGISLATION, r"\b(?:an act (?:to|relating to|concerning)|public law(?: no\.)? \d)"),
    (Kind.LEGISLATION, r"^(?:house|senate|assembly) (?:bill|file)\b|^ordinance (?:no|number)\b"),
    (Kind.CITY_RECORD, r"^resolution (?:no|number)\b|\bbe it (?:further |therefore )?resolved\b"),
    (Kind.CITY_RECORD, r"\bminutes of the\b[^\n]{0,60}\bmeeting\b|^(?:city|town) council\b"),
    (Kind.CITY_RECORD, r"^(?:meeting )?(?:minutes|agenda)$|^memorandum of understanding\b"),
    (Kind.GOVERNMENT_NOTICE, r"\bfederal register\b|\bnotice is hereby given\b|^public notice\b"),
    (Kind.GOVERNMENT_NOTICE, r"^(?:memorandum )?circular (?:no|number)\b"),
    (Kind.OFFICIAL_STATEMENT, r"^(?:press|news|media) (?:release|statement)\b"),
    (Kind.OFFICIAL_STATEMENT, r"\bfor immediate release\b|^(?:remarks|statement) (?:by|of)\b"),
    (Kind.GOVERNMENT_REPORT, r"\breport to (?:the )?congress\b|\bcongressional research service\b"),
    (Kind.GOVERNMENT_REPORT, r"\baccountability office\b|\boffice of (?:the )?inspector general\b"),
    (Kind.GOVERNMENT_REPORT, r"\b(?:national transportation safety|audit) board\b"),
    (Kind.ACADEMIC, r"^abstract\b|\bdoi:\s*10\.\d|\bdoi\.org/10\.\d|^keywords?:"),
    (Kind.OPINION, r"^(?:opinion|op-ed|editorial|commentary|letters? to the editor)\b"),
    (Kind.THINK_TANK, r"^(?:policy|issue|research) (?:brief|paper|memo)\b|\bthink tank\b"),
    (Kind.NEWS, r"\((?:ap|reuters|afp|xinhua|upi|dpa)\)|^by [^\n]{3,60}\bstaff (?:writer|report)"),
    (Kind.ASSOCIATION, r"\b(?:league of|association of) (?:\w+ )?(?:cities|municipalities|count)"),
)


def outranking(extract: Extract) -> Iterator[Clue]:
    """Clues in the words that say more than what a file's metadata claim."""
    yield from _labelled_dates(extract)
    yield from _cued_dates(list(_lines(extract)))
    yield from _parted_title(extract)


def printed_dates(extract: Extract) -> Iterator[Clue]:
    """The first date of the opening: one that is a line of its own, else one in a sentence."""
    dates = [
        (_DATE.fullmatch(line) is not None, iso, _where(line, page, at))
        for line, page, opening in _all_lines(extract)
        if opening
        for at, iso in _dates_in(line)
    ]
    for _, iso, where in sorted(dates, key=lambda date: not date[0])[:1]:
        yield Clue("published", iso, where)


def seen(extract: Extract, name: str) -> Iterator[Clue]:
    """All other clues in the words and in the file's name, the likeliest of a key first."""
    lines = list(_lines(extract))
    yield from _titles(extract, lines, name)
    yield from _bare_dates(lines, name)
    yield from _publishers(extract, lines)
    for line, page in lines[:15]:
        match = _AUTHOR.match(line) if len(line) <= _MAX_BYLINE else None
        for author in re.split(r",\s*(?:and\s+)?|\s+and\s+", match[1]) if match else ():
            yield Clue("authors", author, _where(line, page))
    if kind := _kind(lines):
        yield kind


def _lines(extract: Extract) -> Iterator[Line]:
    """The headings and lines of the beginning, with their pages."""
    room, last = _BEGINNING, ""
    for block in extract.blocks:
        if room < 0:
            return
        heading = block.heading.split(" › ")[-1]
        if heading and block.heading != last:
            yield heading, block.page
        last = block.heading
        text = extract.text[block.span.start : min(block.span.end, block.span.start + room)]
        room -= len(text)
        for line in text.split("\n"):
            if line.strip():
                yield " ".join(line.split()), block.page


def _all_lines(extract: Extract) -> Iterator[tuple[str, int | None, bool]]:
    """The beginnings of all lines, their pages, and whether they belong to the opening."""
    for block in extract.blocks:
        at = block.span.start
        for line in extract.text[at : block.span.end].split("\n"):
            if line.strip():
                opening = block.page == 1 or at < _OPENING
                yield " ".join(line[:_OPENING].split()), block.page, opening
            at += len(line) + 1


def _parted_title(extract: Extract) -> Iterator[Clue]:
    """A page's title is often its heading with the name of the site behind it."""
    heading = _first_heading(extract)
    whole = next((" ".join(c.value.split()) for c in extract.clues if c.key == "title"), "")
    rest = _SITE.fullmatch(whole.removeprefix(heading))
    if heading and whole.startswith(heading) and rest:
        yield Clue("title", heading, "the first heading, which begins the title")
        yield Clue("publisher", rest[1], f"the end of the title “{whole}”")


def _titles(extract: Extract, lines: Sequence[Line], name: str) -> Iterator[Clue]:
    heading = _first_heading(extract)
    if heading:
        yield Clue("title", heading, "the first heading")
    for line, page in lines[:3]:
        other = _PUBLISHER.match(line) or _DATE.fullmatch(line)
        if not other and len(line) <= 150 and not line.endswith((".", ":", ";", ",")):
            yield Clue("title", line, _where(line, page))
            break
    stem = re.sub(r"[-_\s]+", " ", PurePath(name).stem).strip()
    if stem:
        yield Clue("title", stem, "the name of the file")


def _first_heading(extract: Extract) -> str:
    return next((b.heading.split(" › ")[0] for b in extract.blocks if b.heading), "")


def _labelled_dates(extract: Extract) -> Iterator[Clue]:
    """Dates that a label such as "Report Date:" gives the document."""
    stated = next((c.value for c in extract.clues if c.key == "language"), "en")
    english = stated.lower().startswith("en")
    for line, page, opening in _all_lines(extract):
        if not opening and "date:" not in line.lower():
            continue
        for at, iso in (*_dates_in(line), *_dates_in_figures(line, english)):
            label = line[:at]
            if _REPORT_DATE.search(label) or (opening and _OWN_DATE.search(label)):
                yield Clue("published", iso, _where(line, page, at))


def _dates_in(line: str) -> Iterator[tuple[int, str]]:
    """Dates with where they begin."""
    for match in _DATE.finditer(line):
        if iso := _iso(match):
            yield match.start(), iso


def _dates_in_figures(line: str, english: bool) -> Iterator[tuple[int, str]]:
    """Dates such as 01/31/2008: the day if it can only be that in English, else the year."""
    for match in _NUMERIC.finditer(line):
        first, second, year = match[1].zfill(2), match[2].zfill(2), match[3]
        american = _existing(f"{year}-{first}-{second}")
        other = _existing(f"{year}-{second}-{first}")
        if american and english and other in (None, american):
            yield match.start(), american
        elif american or other:
            yield match.start(), year


def _cued_dates(lines: Sequence[Line]) -> Iterator[Clue]:
    """Dates behind a word such as "Published"."""
    for line, page in lines:
        for at, iso in _dates_in(line):
            if _CUE.search(line[:at]):
                yield Clue("published", iso, _where(line, page, at))


def _bare_dates(lines: Sequence[Line], name: str) -> Iterator[Clue]:
    """The first date of all, and a year in the file's name."""
    dates = ((date, line, page) for line, page in lines for date in _dates_in(line))
    for (at, iso), line, page in dates:
        yield Clue("published", iso, _where(line, page, at))
        break
    if year := _YEAR.search(PurePath(name).stem):
        yield Clue("published", year[1], "the name of the file")


def _publishers(extract: Extract, lines: Sequence[Line]) -> Iterator[Clue]:
    for line, page in lines:
        if match := _SAID.search(line):
            yield Clue("publisher", match[1].strip(), _where(line, page, match.start()))
    for line, page in lines[:15]:
        if match := _PUBLISHER.match(line):
            yield Clue("publisher", match[1].strip(), _where(line, page))
    ends = [(extract.text[b.span.start : b.span.end], b.page) for b in extract.blocks[-5:]]
    for line, page in (*lines, *ends):
        match = _COPYRIGHT.search(line)
        if match and not match[1].lower().startswith("all rights"):
            yield Clue("publisher", match[1].strip(), _where(line, page, match.start()))


def _kind(lines: Sequence[Line]) -> Clue | None:
    text = "\n".join(line for line, _ in lines)
    pages = [page for _, page in lines]
    for kind, pattern in _KINDS:
        match = re.search(pattern, text, re.IGNORECASE | re.MULTILINE)
        if match:
            at = text.count("\n", 0, match.start())
            return Clue("kind", kind.value, _where(text.split("\n")[at], pages[at]))
    return None


def _iso(match: re.Match[str]) -> str | None:
    """A date that was found, as ISO 8601; None where there is no such day."""
    if match["iso"]:
        return _existing(match["iso"])
    for day, month, year in (("d1", "m1", "y1"), ("d2", "m2", "y2"), ("", "m3", "y3")):
        if match[month]:
            number = next(
                i for i, m in enumerate(_MONTHS, 1) if m.startswith(match[month][:3].lower())
            )
            found = f"{match[year]}-{number:02d}"
            return _existing(f"{found}-{int(match[day]):02d}" if day else found)
    return None


def _existing(iso: str) -> str | None:
    try:
        date.fromisoformat(iso + "-01"[: 3 * (len(iso) == len("2023-06"))])
    except ValueError:
        return None
    return iso


def _where(line: str, page: int | None, at: int = 0) -> str:
    """The words that were seen, and the page."""
    start = max(0, min(at - 20, len(line) - _MAX_EVIDENCE))
    words = line[start : start + _MAX_EVIDENCE]
    return f"“{words}”" + (f" on page {page}" if page else "")
