"""Style sheets as far as they say what can be seen: embedded rules and style attributes.

Selectors of elements, classes, ids and attributes are understood, alone, together, and below one
another. Rules with any other selector, and those for print or other screens, are passed over.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

Declarations = dict[str, str]
_Weight = tuple[bool, bool, tuple[int, int, int], tuple[int, int]]

SCREEN_WIDTH = 1280  # pixels, a desktop's
SEEN_BY = frozenset(
    "-webkit-text-fill-color background background-clip background-color background-image"
    " block-size bottom clip clip-path color content-visibility display filter font font-size"
    " height inline-size inset left margin margin-left margin-top max-height max-width opacity"
    " overflow overflow-x overflow-y position right scale text-decoration text-decoration-line"
    " text-indent top transform translate visibility width zoom".split()
)
_MAX_NESTING = 20
_MAX_VALUE = 1000  # characters: longer ones are pictures
_NAME = r"(?:[\w-]|[^\x00-\x7f]|\\.)+"
_SIMPLE = re.compile(
    rf"""(?P<tag>^(?:{_NAME}|\*))|\#(?P<id>{_NAME})|\.(?P<cls>{_NAME})"""
    rf"""|\[\s*(?P<attr>[\w-]+)\s*(?:=\s*["']?(?P<value>[^"'\]]*)["']?\s*)?\]""",
    re.DOTALL,
)
# Whatever else these are given, browsers pass over, so that an earlier declaration holds.
_ALWAYS = r"inherit|initial|unset|revert|var\(.*"
_KEYWORDS = {
    "display": re.compile(
        r"none|block|inline|flex|grid|contents|table|flow|ruby|math|[a-z]+[ -][a-z -]+|" + _ALWAYS
    ),
    "visibility": re.compile("visible|hidden|collapse|" + _ALWAYS),
}
_CALCULATED = re.compile(r"calc\(\s*([+-]?[\d.]+[a-z%]*)\s*\)")
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_BRACED_STRING = re.compile(r"""(["'])(?=[^"'\n]*[{};])(?:\\.|(?!\1)[^\\\n])*\1""")
_WIDTH = re.compile(r"\(\s*(min|max)-width\s*:\s*(\d+(?:\.\d+)?)(px|em|rem)\s*\)")


@dataclass(frozen=True, slots=True)
class _Compound:
    """What one element must be: `p.note#n1[lang=en]`, and how the one above it is related."""

    tag: str
    ids: tuple[str, ...]
    classes: frozenset[str]
    attributes: tuple[tuple[str, str | None], ...]
    child: bool

    def matches(self, element: Element) -> bool:
        return (
            self.tag in ("", element.tag)
            and all(element.get("id") == i for i in self.ids)
            and (not self.classes or self.classes <= set(element.get("class", "").split()))
            and all(
                element.get(name) == value if value is not None else name in element.attrib
                for name, value in self.attributes
            )
        )


@dataclass(frozen=True, slots=True)
class _Rule:
    compounds: tuple[_Compound, ...]
    weight: tuple[int, int, int]
    order: int
    declarations: tuple[tuple[str, str, bool], ...]


class Styles:
    """The rules of a page's style sheets. `of` says what holds for one element."""

    def __init__(self, sheets: Iterable[str]) -> None:
        self._rules: dict[str, list[tuple[int, _Rule]]] = defaultdict(list)
        for number, sheet in enumerate(sheets):
            for rule in _parsed(sheet):
                self._rules[_key(rule.compounds[-1])].append((number, rule))

    def of(self, element: Element) -> Declarations:
        """The declarations that win for an element, its own attributes among them."""
        keys = [
            *(f".{name}" for name in dict.fromkeys(element.get("class", "").split())),
            f"#{element.get('id')}", str(element.tag), "*",
        ]  # fmt: skip
        found: list[tuple[_Weight, str, str]] = []
        for key in keys:
            for number, rule in self._rules.get(key, ()):
                if _applies(rule.compounds, element):
                    found += [
                        ((important, False, rule.weight, (number, rule.order)), name, value)
                        for name, value, important in rule.declarations
                    ]
        for name, value, important in _declarations(element.get("style", "")):
            found.append(((important, True, (0, 0, 0), (0, len(found))), name, value))
        found.sort(key=lambda f: f[0])
        return _hints(element) | {name: value for _, name, value in found}


@lru_cache(maxsize=32)
def _parsed(sheet: str) -> tuple[_Rule, ...]:
    """The rules of a sheet that decide what is seen; chapters of a book share theirs."""
    rules: list[_Rule] = []
    for selectors, declared in _rules(sheet):
        declarations = tuple(_declarations(declared))
        for selector in selectors.split(",") if declarations else ():
            compounds = _compounds(selector)
            if compounds:
                rules.append(_Rule(compounds, _specificity(compounds), len(rules), declarations))
    return tuple(rules)


def _hints(element: Element) -> Declarations:
    """What old attributes say: `<font color=white>`, `<td bgcolor=black>`."""
    hints = {"background-color": element.get("bgcolor"), "color": element.get("color")}
    if element.tag == "body":
        hints["color"] = element.get("text")
    return {name: value.strip().lower() for name, value in hints.items() if value}


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors with their declarations, of all rules that hold on a desktop's screen."""
    sheet = re.sub(r"/\*.*?(?:\*/|\Z)|<!--|-->", " ", sheet, flags=re.DOTALL)
    sheet = _BRACED_STRING.sub('""', sheet)
    open_: list[tuple[bool, str]] = [(True, "")]
    pieces = re.split(r"([{};])", sheet)
    for text, mark in zip(pieces[::2], [*pieces[1::2], "}"], strict=True):
        text = text.strip()
        holds, selectors = open_[-1]
        if mark == "{" and len(open_) > _MAX_NESTING:
            return
        if mark == "{" and text.startswith("@"):
            open_.append((holds and _condition_holds(text.lower()), selectors))
        elif mark == "{":
            both = f"{selectors} {text}" if selectors else text
            open_.append((holds, "&" if selectors and "," in both else both))
        elif text and holds and selectors:
            yield selectors, text
        if mark == "}" and len(open_) > 1:
            open_.pop()


def _condition_holds(rule: str) -> bool:
    name, _, condition = rule.partition(" ")
    if name != "@media":
        return name in {"@supports", "@layer"}
    for alternative in condition.split(","):
        rest = _WIDTH.sub("", alternative)
        if set(rest.split()) <= {"screen", "all", "and", "only"} and all(
            width <= SCREEN_WIDTH if bound == "min" else width >= SCREEN_WIDTH
            for bound, number, unit in _WIDTH.findall(alternative)
            for width in [float(number) * (1 if unit == "px" else 16)]
        ):
            return True
    return False


def _declarations(text: str) -> Iterator[tuple[str, str, bool]]:
    """Name, value and whether it is `!important`, of what decides whether text is seen."""
    for part in re.sub(r"/\*.*?(?:\*/|\Z)", " ", text, flags=re.DOTALL).split(";"):
        name, _, value = part.partition(":")
        name = _unescaped(name).strip().lower()
        value = _unescaped(value.strip()[:_MAX_VALUE]).strip().lower()
        if name in SEEN_BY and value:
            plain = _CALCULATED.sub(r"\1", re.sub(r"\s*!\s*important$", "", value))
            if name in _KEYWORDS and not _KEYWORDS[name].fullmatch(plain):
                continue
            yield name, plain, plain != value


def _compounds(selector: str) -> tuple[_Compound, ...]:
    """The parts of a selector from the outermost to the element itself; none if not understood."""
    compounds: list[_Compound] = []
    child = False
    for part in re.sub(r"\s*>\s*", " > ", selector.strip()).split():
        if part == ">":
            child = True
            continue
        compound = _compound(part, child)
        if compound is None:
            return ()
        compounds.append(compound)
        child = False
    return tuple(compounds)


def _compound(part: str, child: bool) -> _Compound | None:
    at, tag = 0, ""
    ids: list[str] = []
    classes: list[str] = []
    attributes: list[tuple[str, str | None]] = []
    while at < len(part):
        found = _SIMPLE.match(part, at)
        if found is None:
            return None
        at = found.end()
        if found["tag"]:
            tag = found["tag"].lower() if found["tag"] != "*" else ""
        elif found["id"]:
            ids.append(_unescaped(found["id"]))
        elif found["cls"]:
            classes.append(_unescaped(found["cls"]))
        else:
            attributes.append((found["attr"].lower(), found["value"]))
    return _Compound(tag, tuple(ids), frozenset(classes), tuple(attributes), child)


def _specificity(compounds: tuple[_Compound, ...]) -> tuple[int, int, int]:
    return (
        sum(len(c.ids) for c in compounds),
        sum(len(c.classes) + len(c.attributes) for c in compounds),
        sum(bool(c.tag) for c in compounds),
    )


def _key(compound: _Compound) -> str:
    if compound.ids:
        return f"#{compound.ids[0]}"
    return f".{min(compound.classes)}" if compound.classes else compound.tag or "*"


def _applies(compounds: tuple[_Compound, ...], element: Element) -> bool:
    if not compounds[-1].matches(element):
        return False
    inner, below = compounds[-1], element
    for compound in reversed(compounds[:-1]):
        above = below.getparent()
        while above is not None and not inner.child and not compound.matches(above):
            above = above.getparent()
        if above is None or not compound.matches(above):
            return False
        inner, below = compound, above
    return True


def _unescaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        if match[1] is None:
            return str(match[2])
        number = int(match[1], 16)
        return chr(number) if 0 < number < 0x110000 else "\ufffd"

    return _ESCAPE.sub(character, text) if "\\" in text else text
