"""Which sentences judge rather than tell, and whose judgement they are."""

from __future__ import annotations

import re

from assistant.types import Question
from assistant.wording import without
from corpus.types import Kind, Source, Standpoint

SIDES = (Standpoint.SUPPORTIVE, Standpoint.CAUTIONARY)
_INTERESTED = (Kind.THINK_TANK, Kind.ASSOCIATION, Kind.ACADEMIC)

# Verbs that only somebody who judges is the subject of.
_HOLDS = (
    r"argu(?:e[sd]?|ing)|warn(?:s|ed|ing)?|critici[sz]\w*|accus\w+|claim(?:s|ed)?|urg(?:e[sd]?|ing)|"
    r"recommend\w*|advocat\w+|call(?:s|ed) (?:for|on|it|the|such|this|him|her|them)|fear(?:s|ed)?|"
    r"believ\w+|prais\w+|condemn\w*|dismiss\w*|reject\w*|oppos\w+|object\w*|complain\w*|deplor\w*|"
    r"welcom(?:e[sd]|ing)|hail\w*|insist\w*|caution(?:s|ed)?|suspect\w*|blam\w+|favour\w*|"
    r"favor(?:s|ed)?|complain\w*|sees?|saw|regards?|regarded|judg(?:e[sd]?|ing)|demand(?:s|ed)?"
)
_SAYS = (
    r"say(?:s|ing)?|said|writes?|wrote|stat(?:e[sd]|ing)|told|not(?:es|ed)|add(?:s|ed)|thinks?|"
    r"thought|considers?|considered|describ\w+|finds?|hopes?|hoped|promis\w+|expect\w*|concluded?|"
    r"answered|replied|declared|stress\w*|emphasi[sz]\w*|suggest\w*|maintain\w*|put|calls?|called|"
    r"pointed|names?|named|credit\w*"
)
# Words that weigh: good or bad, gain or harm, ought; in lower case, as Fort Worth is a place.
_WEIGHS = re.compile(
    r"\b(?:risk\w*|threat\w*|danger\w*|benefi\w+|useful|useless|valuable|values?|important|harm\w*|"
    r"worth\w*|should|ought|better|best|worse|worst|good|bad|too (?:\w+)|meaningless|immoral|moral|"
    r"naive|naïve|wrong|right(?:ly)?|fair|unfair|win-win|mutual\w*|bridge\w*|trust\w*|success\w*|"
    r"fail\w*|counterproductive|malign|coerc\w*|exploit\w*|undermin\w*|co-opt\w*|influence|"
    r"irreplaceable|strong\w*|weak\w*|advantage\w*|disadvantage\w*|serious|substantial|real|"
    r"meaningful|positive|negative|necessary|unnecessary|opportunit\w+|chance[s]?|cost[s]?|los[es]|"
    r"loss\w*|gain\w*|interests?|abus\w+|pressur\w+|security|propagand\w*|ideolog\w*|democratic|"
    r"espionage|spy\w*|interference|bound to|would|promot\w+|strengthen\w*|deepen\w*|support\w*|"
    r"pitiful|prejudice|smear\w*|reasons?|concern\w*|problem\w*|contribut\w+|cannot be denied)\b",
)
_HOLDING = re.compile(rf"\b(?:{_HOLDS})\b", re.IGNORECASE)
_SAYING = re.compile(rf"\b(?:{_SAYS}|according to|in (?:his|her|their|its) (?:view|words))\b", re.I)
# Questions for what people hold: worth, gains and dangers, or what somebody says. "Why" alone asks
# for causes.
_ASKS_JUDGEMENT = re.compile(
    r"\b(?:should|ought|wise|worth|good|bad|better|harmful|useful|valuable|success\w*|risks?|risky|"
    r"dangers?|dangerous|threats?|benefits?|advantages?|disadvantages?|gain|lose|profit\w*|pay off|"
    r"pros|cons|problems?|weakness\w*|strengths?|impact|critic\w*|supporters?|opponents?|"
    r"advocates?|proponents?|arguments?|argue[sd]?|reasons?|think|thinks|thought|believe[sd]?|"
    r"opinions?|views?|recommend\w*|advi[cs]\w+|want(?:s|ed)?|urg\w+|warn\w*|fear\w*|worr\w+|"
    r"accus\w+|claim\w*|prais\w+|credit(?:s|ed)?|says?|said|judg\w+|against|(?:case|speaks?|"
    r"spoke) for|ask(?:s|ed)? for|call(?:s|ed)? for|answer(?:s|ed)?|describe[sd]?|fact)\b",
    re.IGNORECASE,
)


def judges(text: str, source: Source) -> bool:
    """Whether a sentence judges: somebody argues, warns, claims it, or weighs good and bad.

    What a party to the matter says (an opinion piece, an official statement, an association or a
    think tank that takes a side) is its judgement as soon as it weighs; anyone else's words are,
    where a speaker is named who weighs.
    """
    if _HOLDING.search(text):
        return True
    weighs = bool(_WEIGHS.search(text))
    return weighs and (is_party(source) or bool(_SAYING.search(text)))


def is_party(source: Source) -> bool:
    """Whether a source speaks for itself or for a side rather than reporting on others."""
    if source.kind in (Kind.OPINION, Kind.OFFICIAL_STATEMENT):
        return True
    return source.kind in _INTERESTED and source.standpoint in SIDES


def judge(source: Source) -> str:
    """Who judges in a party's own text: the authors of an opinion piece, else who is cited; "" for
    a source that reports on others, whose judges only the words themselves name."""
    if source.kind == Kind.OPINION:
        return " and ".join(source.authors) or source.publisher
    return source.cite_as if is_party(source) else ""


def asks_judgement(question: Question) -> bool:
    """Whether a question asks what somebody holds rather than what happened."""
    asked = without(question.standalone, question.names)
    return question.aim == "should" or bool(_ASKS_JUDGEMENT.search(asked))
