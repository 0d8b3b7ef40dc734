"""The extractive composer picks sentences that answer, and what must travel with them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from finds import BY_COSINE, found, hit, question, source

from assistant.composers import NO_VERDICT, ExtractiveComposer, make_composer
from assistant.types import Draft
from corpus.errors import SettingsError
from corpus.types import Authority, Kind, Standpoint
from index.types import Hit

LAW = {"kind": Kind.LEGISLATION, "authority": Authority.ENACTED_TEXT}


def compose(asked: str, *hits: Hit) -> Draft:
    return ExtractiveComposer(BY_COSINE).compose(question(asked), found(*hits))


def texts(draft: Draft) -> list[str]:
    return [sentence.text for sentence in draft.sentences]


def test_the_most_relevant_sentence_comes_first() -> None:
    draft = compose(
        "What did Arnhem do?",
        hit("Weather was fine. Arnhem ended its tie.", (0.1, 0.9)),
        hit("Other towns kept theirs.", (0.6,), source("other")),
    )
    assert texts(draft) == ["Arnhem ended its tie.", "Other towns kept theirs."]


def test_a_sentence_that_repeats_another_is_left_out() -> None:
    draft = compose(
        "What did Arnhem do?",
        hit("Arnhem ended its tie with Wuhan.", (0.9,)),
        hit("Arnhem ended its tie with Wuhan in fact.", (0.89,), source("other")),
    )
    assert texts(draft) == ["Arnhem ended its tie with Wuhan."]


@pytest.mark.parametrize(
    "limit",
    [
        "The duty applies only to councils with over 50,000 inhabitants.",
        "Cultural exchanges are exempt from the duty.",
        "The duty takes effect on 1 January 2026.",
        "The duty does not apply to existing agreements.",
        "Unless the minister objects, silence counts as consent.",
        "The duty expires in 2030.",
        "The duty lapses at the end of 2030.",
        "Small councils need not report.",
        "Small councils are not subject to the duty.",
        "The duty comes into operation on 1 July 2027.",
        "Nothing in this section affects older agreements.",
        "Agreements other than loans count once.",
        "The minister may waive the duty.",
    ],
)
def test_a_rule_brings_the_limit_that_stands_beside_it(limit: str) -> None:
    text = f"Councils must report agreements within 14 days. {limit}"
    draft = compose("What must councils report?", hit(text, (0.9, 0.0), source(**LAW)))
    assert texts(draft) == ["Councils must report agreements within 14 days.", limit]
    assert [s.label for s in draft.sentences] == ["Law", "Limit"]
    assert len({s.group for s in draft.sentences}) == 1


@pytest.mark.parametrize(
    "reservation",
    [
        "The ferry's 400 passengers are the operator's own count.",
        "The count of the ferry's passengers was not checked independently.",
        "The figures for the ferry are estimates.",
        "The ferry's count of passengers does not include children.",
        "Only the abstract on the ferry was read and no figures of passengers.",
        "The count of ferry passengers is not comparable with that of 2019.",
    ],
)
def test_a_finding_brings_what_its_own_source_holds_against_it(reservation: str) -> None:
    of = source()
    draft = compose(
        "How many passengers has the ferry?",
        hit("The ferry carries 400 passengers a day.", (0.9,), of, "Figures"),
        hit(f"{reservation} The harbour is old.", (0.0, 0.0), of, "Caveats", start=400),
        hit("The tram has no data on passengers.", (0.0,), source("other")),
    )
    assert texts(draft)[:2] == ["The ferry carries 400 passengers a day.", reservation]
    assert [s.label for s in draft.sentences[:2]] == [None, "Limit"]
    assert len({s.group for s in draft.sentences[:2]}) == 1
    assert "The tram has no data on passengers." not in texts(draft)


def test_a_reservation_about_something_else_stays_away() -> None:
    of = source()
    draft = compose(
        "How many passengers has the ferry?",
        hit("The ferry carries 400 passengers a day.", (0.9,), of, "Figures"),
        hit("Prices of kiosk coffee are estimates.", (0.0,), of, "Caveats", start=400),
    )
    assert texts(draft) == ["The ferry carries 400 passengers a day."]


def test_a_limit_in_the_next_passage_of_the_same_section_comes_too() -> None:
    law = source(**LAW)
    draft = compose(
        "What must councils report?",
        hit("Councils must report agreements.", (0.9,), law, "Duty"),
        hit("The duty applies only to large councils.", (0.0,), law, "Duty", start=400),
        hit("Fees apply only to firms.", (0.0,), law, "Fees", start=800),
    )
    assert texts(draft) == [
        "Councils must report agreements.",
        "The duty applies only to large councils.",
    ]


def test_a_limit_under_a_heading_of_exceptions_comes_with_rules_of_other_sections() -> None:
    law = source(**LAW)
    draft = compose(
        "What must councils report?",
        hit("Councils must report agreements.", (0.9,), law, "Act › Duty"),
        hit("The duty does not apply to gifts.", (0.0,), law, "Act › Exceptions", start=400),
        hit("It does not apply in war.", (0.0,), source("other", **LAW), "Exceptions", start=800),
    )
    assert texts(draft) == ["Councils must report agreements.", "The duty does not apply to gifts."]


def test_a_limit_beside_the_hit_comes_too_though_it_was_no_hit_itself() -> None:
    law = source(**LAW)
    rule = hit("Councils must report agreements.", (0.9,), law, "Duty")
    limit = hit("The duty applies only to large councils.", (0.0,), law, "Duty", start=400)
    find = replace(found(rule), beside=(limit,))
    draft = ExtractiveComposer(BY_COSINE).compose(question("What must councils report?"), find)
    assert texts(draft) == [rule.passage.text, limit.passage.text]


def test_a_passage_that_opens_with_a_pronoun_brings_the_sentence_before_it() -> None:
    town = source("town")
    before = hit("Rain fell. Wagga Wagga has a tie.", (0.0, 0.0), town)
    here = hit("It was suspended in 2020.", (0.9,), town, start=200)
    find = replace(found(here), beside=(before,))
    draft = ExtractiveComposer(BY_COSINE).compose(question("When was it suspended?"), find)
    assert texts(draft)[:2] == ["Wagga Wagga has a tie.", "It was suspended in 2020."]
    assert draft.sentences[0].group == draft.sentences[1].group


@pytest.mark.parametrize(
    "aside", ["The duty applies only to councils.", "The act was not read for this summary."]
)
def test_a_limit_or_a_remark_does_not_open_an_answer_unless_it_was_asked_for(aside: str) -> None:
    law = source(**LAW)
    here = hit(f"{aside} Councils must report agreements.", (0.6, 0.55), law)
    draft = compose("What must councils report?", here)
    assert draft.sentences[0].text == "Councils must report agreements."


def test_a_limit_that_was_found_first_brings_its_rule_before_it() -> None:
    text = "Councils must report agreements. The duty applies only to large councils."
    draft = compose("What about large councils?", hit(text, (0.1, 0.9), source(**LAW)))
    assert texts(draft) == text.replace(". ", ".|").split("|")
    assert [s.label for s in draft.sentences] == ["Law", "Limit"]


def test_a_limit_opens_an_answer_to_a_question_about_limits() -> None:
    here = hit("The duty applies only to councils. They must report.", (0.6, 0.55), source(**LAW))
    assert texts(compose("To whom does the duty apply to?", here))[0].startswith("The duty applies")


def test_limits_that_follow_each_other_come_as_one_and_none_is_dropped() -> None:
    limits = (
        "The duty applies only to councils. Gifts are exempt. It takes effect in May. "
        "It does not apply to trade. It expires in 2030. Ties held then had until June to end."
    )
    text = f"Councils must report agreements. {limits}"
    draft = compose("What must councils report?", hit(text, (0.9, 0, 0, 0, 0, 0, 0), source(**LAW)))
    assert texts(draft) == ["Councils must report agreements.", limits]


def test_a_caveat_does_not_open_an_answer() -> None:
    town = source("town")
    draft = compose(
        "What did Arnhem do?",
        hit("Sources differ on Arnhem.", (0.6,), town, "Caveats"),
        hit("Arnhem ended its tie.", (0.55,), town, "The vote", start=300),
    )
    assert texts(draft)[0] == "Arnhem ended its tie."


def test_a_sentence_that_opens_with_a_pronoun_brings_what_it_refers_to() -> None:
    text = "Wagga Wagga has a tie with Kunming. It was suspended in 2020."
    draft = compose("When was it suspended?", hit(text, (0.1, 0.9)))
    assert texts(draft) == [text]


@pytest.mark.parametrize(
    "second",
    [
        "In 2020 it was suspended.",
        "On 3 May 2020, it was suspended.",
        "After the vote, they suspended it.",
        "Under it, nobody travelled after 2020.",
        "They praised it. They paid for it. They suspended it in 2020.",
    ],
)
def test_a_pronoun_behind_an_opening_phrase_or_another_pronoun_is_resolved(second: str) -> None:
    text = f"Wagga Wagga has a tie with Kunming. {second}"
    cosines = (*(0.1 for _ in range(text.count(".") - 1)), 0.9)
    assert texts(compose("When was it suspended?", hit(text, cosines))) == [text]


def test_a_sentence_about_the_act_brings_the_sentence_that_names_the_act() -> None:
    text = "Texas passed HB 128. The act bans new agreements."
    draft = compose("What is banned?", hit(text, (0.1, 0.9)))
    assert texts(draft)[0] == text


def test_should_questions_get_each_side_and_no_verdict() -> None:
    draft = compose(
        "Should we keep our tie?",
        hit("Ties bring benefits, says A.", (0.9,), source("a", standpoint=Standpoint.SUPPORTIVE)),
        hit("Ties bring students, says B.", (0.85,), source("b", standpoint=Standpoint.SUPPORTIVE)),
        hit("Ties bring risk, says C.", (0.6,), source("c", standpoint=Standpoint.CAUTIONARY)),
    )
    assert texts(draft) == [
        "Ties bring benefits, says A.",
        "Ties bring risk, says C.",
        "Ties bring students, says B.",
    ]
    assert {s.label for s in draft.sentences} == {"Who says what"}
    assert draft.opening == NO_VERDICT


def test_a_comparison_hears_each_side_in_turn_and_marks_the_contrast() -> None:
    texas, indiana = (source(i, jurisdictions=(i.title(),)) for i in ("texas", "indiana"))
    draft = compose(
        "How do Texas and Indiana differ?",
        hit("Texas bans four lands. Texas allows allies.", (0.9, 0.85), texas),
        hit("Six lands stand on the list of Indiana.", (0.6,), indiana),
    )
    assert texts(draft)[:2] == ["Texas bans four lands.", "Six lands stand on the list of Indiana."]
    assert [s.label for s in draft.sentences][:2] == [None, "Contrast"]


def test_every_draft_sentence_stands_in_the_passage_that_it_claims() -> None:
    here = hit("One must act. It takes effect today. Later, more. They left.", (0.9, 0.2, 0.8, 0.7))
    draft = compose("What must one do?", here)
    assert draft.sentences
    for sentence in draft.sentences:
        assert sentence.passage_ids == (here.passage.id,)
        assert sentence.text in here.passage.text


def test_nothing_found_makes_an_empty_draft() -> None:
    assert compose("Anything?").sentences == ()


def test_an_unknown_composer_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="extractive"):
        make_composer("poet:x", BY_COSINE)


def test_of_sentences_about_as_relevant_the_enacted_text_comes_before_a_report_of_it() -> None:
    told = hit("The ban covers all towns of Utah.", (0.62,), source("report"))
    law = hit("Towns of Utah may not sign such agreements.", (0.6,), source("law", **LAW))
    assert texts(compose("What happened in Utah?", told, law))[0] == law.passage.text


def test_where_a_law_is_asked_for_its_text_leads_though_a_report_is_nearer() -> None:
    told = hit("Sandy prepared to leave its tie.", (0.75,), source("report"))
    law = hit("Towns of Utah may not sign such agreements.", (0.6,), source("law", **LAW))
    other = hit("Towns of Iowa may not sign any.", (0.6,), source("other", **LAW))
    asked = "What does Utah law require of a town?"
    assert texts(compose(asked, told, law))[0] == law.passage.text
    assert texts(compose(asked, told, other))[0] == told.passage.text
