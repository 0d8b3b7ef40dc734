"""Names of nations and US states, and the adjectives made of their names: general knowledge
that lets "Dutch" meet "the Netherlands" and tells a place from another name."""

from __future__ import annotations

import re

_NATIONS = {
    "america": "american",
    "argentina": "argentine argentinian",
    "australia": "australian australians",
    "austria": "austrian",
    "belgium": "belgian",
    "brazil": "brazilian",
    "britain": "british uk",
    "canada": "canadian canadians",
    "china": "chinese prc",
    "czechia": "czech",
    "denmark": "danish",
    "egypt": "egyptian",
    "estonia": "estonian",
    "finland": "finnish",
    "france": "french",
    "germany": "german germans",
    "greece": "greek",
    "hungary": "hungarian",
    "india": "indian",
    "indonesia": "indonesian",
    "iran": "iranian",
    "ireland": "irish",
    "israel": "israeli",
    "italy": "italian",
    "japan": "japanese",
    "kenya": "kenyan",
    "korea": "korean",
    "latvia": "latvian",
    "lithuania": "lithuanian",
    "malaysia": "malaysian",
    "mexico": "mexican",
    "netherlands": "dutch holland",
    "nigeria": "nigerian",
    "norway": "norwegian",
    "pakistan": "pakistani",
    "philippines": "philippine filipino",
    "poland": "polish",
    "portugal": "portuguese",
    "russia": "russian",
    "singapore": "singaporean",
    "slovakia": "slovak",
    "spain": "spanish",
    "sweden": "swedish",
    "switzerland": "swiss",
    "syria": "syrian",
    "taiwan": "taiwanese",
    "thailand": "thai",
    "turkey": "turkish",
    "ukraine": "ukrainian",
    "vietnam": "vietnamese",
}
_STATES = """alabama alaska arizona arkansas california colorado connecticut delaware florida
georgia hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts
michigan minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon pennsylvania
tennessee texas utah vermont virginia washington wisconsin wyoming"""
_COMPOUND = (
    "new york, new jersey, new mexico, new hampshire, north carolina, south carolina, "
    "north dakota, south dakota, west virginia, rhode island, new zealand, south korea, "
    "united states, united kingdom, hong kong, south africa, saudi arabia, sri lanka"
)

NATION_OF = {adj: nation for nation, adjs in _NATIONS.items() for adj in adjs.split()}
NATION_OF |= {"californian": "california", "texan": "texas", "hawaiian": "hawaii"}
ADJECTIVE_OF = {nation: adjs.split()[0] for nation, adjs in _NATIONS.items()}
_AMERICA = frozenset({"US", "USA", "U.S.", "U.S.A."})
PLACES = frozenset(_NATIONS) | frozenset(_STATES.split()) | frozenset(_COMPOUND.split(", "))
_LONGEST_FIRST = sorted({*PLACES, *NATION_OF, *_AMERICA}, key=len, reverse=True)
_PLACE = re.compile(rf"\b(?:{'|'.join(map(re.escape, _LONGEST_FIRST))})(?!\w)", re.IGNORECASE)


def is_place(name: str) -> bool:
    """Whether a name (any case) is a nation, a nation's adjective, or a US state."""
    lower = name.lower()
    return lower in PLACES or lower in NATION_OF or name in _AMERICA


def places_in(text: str) -> tuple[str, ...]:
    """Places named in a text, in order, each as written and once; without capitals only in a text
    that has none, where "turkey" may be the country.
    """
    found = (match[0] for match in _PLACE.finditer(text))
    return tuple(
        dict.fromkeys(f for f in found if is_place(f) and (f[0].isupper() or text.islower()))
    )


def as_used(new: str, old: str) -> str:
    """A place (any case) in the form that another has: "sweden" for "Dutch" is "Swedish".

    What is no place stays as it is.
    """
    lower = new.lower()
    if not is_place(new) or new in _AMERICA:
        return new
    nation = NATION_OF.get(lower, lower)
    return (ADJECTIVE_OF.get(nation, nation) if old.lower() in NATION_OF else nation).title()
