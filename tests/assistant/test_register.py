"""The register of ties beside an answer: which ties a question means, and nothing without words."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from finds import TODAY, hit, question, source

from assistant.questions import understand
from assistant.register import MOST_BESIDE, MOST_ROWS, Passages, Register
from assistant.tie_questions import TieQuestions, fits, years_in
from assistant.types import Ask, Citation, TieTable
from corpus.ties import Place, Said, Tie, TieStatus
from corpus.types import Kind, Source
from index.types import Filters

NOTES = {
    "radio": "Prague and Beijing agreed to be sister cities in 2016. "
    "Prague ended its tie with Beijing in October 2019.",
    "diplomat": "Prague signed with Beijing in March 2017. Prague signed with Taipei in 2020.",
    "kera": "Fort Worth, Texas, had been a sister city of Guiyang since 2011. "
    "Fort Worth ended the tie with Guiyang in 2025.",
    "kiel": "Kiel suspended its talks with Qingdao in 2023.",
}


class Shelf:
    """Passages of made-up notes, as a retriever keeps them; remembers what it was asked for."""

    def __init__(self, notes: dict[str, str], kind: Kind = Kind.NEWS) -> None:
        self._notes = {id: hit(text, of=source(id, kind=kind)) for id, text in notes.items()}
        self.asked: list[Collection[str]] = []

    def passages_of(self, ids: Collection[str]) -> Passages:
        self.asked.append(ids)
        found = {id: self._notes[id] for id in ids if id in self._notes}
        return {id: ((one.passage, one.source),) for id, one in found.items()}


def said(value: str, source_id: str, sentence: int) -> Said:
    return Said(value, (Place(source_id, sentence),))


TIES = (
    Tie(
        "prague-beijing", "Prague", "", "Czechia", "Beijing", "", "China",
        (said("sister-city", "radio", 1),),
        (said("2016", "radio", 1), said("2017-03", "diplomat", 1)),
        (said("ended", "radio", 2),), (said("2019-10", "radio", 2),),
    ),
    Tie(
        "prague-taipei", "Prague", "", "Czechia", "Taipei", "", "Taiwan",
        (said("sister-city", "diplomat", 2),), (said("2020", "diplomat", 2),), (), (),
    ),
    Tie(
        "fort-worth-guiyang", "Fort Worth", "Texas", "United States", "Guiyang", "", "China",
        (said("sister-city", "kera", 1),), (said("2011", "kera", 1),),
        (said("ended", "kera", 2),), (said("2025", "kera", 2),),
    ),
    Tie(
        "kiel-qingdao", "Kiel", "", "Germany", "Qingdao", "", "China", (), (),
        (said("suspended", "kiel", 1),), (said("2023", "kiel", 1),),
    ),
)  # fmt: skip


def asked(text: str, cited: Collection[Citation] = (), alone: bool = False) -> TieTable | None:
    return Register(TIES, Shelf(NOTES)).table(question(text), cited, alone=alone)


def ids(table: TieTable | None) -> list[str]:
    return [row.id for row in table.rows] if table else []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Why did Prague end its sister-city agreement with Beijing?", ["prague-beijing"]),
        ("Which ties does Prague have?", ["prague-beijing", "prague-taipei"]),
        ("what became of fort worth's sister city?", ["fort-worth-guiyang"]),
        ("Which cities ended their ties?", ["prague-beijing", "fort-worth-guiyang"]),
        ("Which cities ended their ties since 2020?", ["fort-worth-guiyang"]),
        ("How many US sister-city ties are there?", ["fort-worth-guiyang"]),
        ("List the Czech sister cities.", ["prague-beijing", "prague-taipei"]),
        ("List sister-city ties that were suspended.", ["kiel-qingdao"]),
        ("What became of the ties of Prague and Beijing over Taiwan?", ["prague-beijing"]),
        ("Give a timeline of Kiel and Qingdao.", ["kiel-qingdao"]),
        ("Which of Prague's ties are in Taiwan?", ["prague-taipei"]),
        ("Which Texas cities have sister cities?", ["fort-worth-guiyang"]),
        ("What sister-city ties were suspended in 2023?", ["kiel-qingdao"]),
        ("How many czech cities have sister cities?", ["prague-beijing", "prague-taipei"]),
        ("WHICH TIES DOES FORT WORTH HAVE?", ["fort-worth-guiyang"]),
        ("Give a timeline of sister-city ties.",
         ["fort-worth-guiyang", "prague-beijing", "prague-taipei", "kiel-qingdao"]),
    ],
)  # fmt: skip
def test_finds_the_ties_that_a_question_is_about(text: str, expected: list[str]) -> None:
    assert ids(asked(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "When did Prague join the European Union?",
        "Why do critics warn of sister cities?",
        "How many people live in Fort Worth?",
        "How many sister cities are there in Norway?",
        "Which cities renewed their agreements?",
        "Which cities ended their ties because of human rights?",
        "Which ties were suspended in 2022?",
    ],
)
def test_says_nothing_where_the_question_is_not_about_its_ties(text: str) -> None:
    assert asked(text) is None


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("When did Fort Worth become a sister city of Guiyang?", True),
        ("Which US cities ended their ties since 2019?", True),
        ("How much did Fort Worth's sister-city exchange with Guiyang cost?", False),
        ("Which Norwegian cities ended their ties?", False),
        ("Is Fort Worth a sister city of Fuzhou?", False),
        ("Why did Prague end its tie with Qingdao?", False),
        ("Why did Prague end its tie with Beijing?", False),
        ("By how many votes did Prague end its tie with Beijing?", False),
        ("How did Prague end its tie with Beijing?", False),
        ("How many sister-city ties did China and the US have in 2011?", False),
        ("How many ties of Prague are there?", True),
        ("How many ties are in the register?", True),
        ("Is the tie of Fort Worth and Guiyang still active in 2026?", False),
    ],
)
def test_answers_alone_only_what_asks_for_nothing_beyond_it(text: str, answered: bool) -> None:
    assert (asked(text, alone=True) is not None) == answered


def test_every_value_shown_stands_in_the_words_that_it_cites() -> None:
    table = asked("Which ties does Prague have?")
    assert table is not None
    (first, second) = table.rows
    assert [(v.value, v.citations[0].words) for v in first.start] == [
        ("2016", "Prague and Beijing agreed to be sister cities in 2016."),
        ("2017-03", "Prague signed with Beijing in March 2017."),
    ]
    assert [(v.value, v.dates) for v in first.status] == [("ended", ("2019-10",))]
    assert second.status == ()
    for citation in (*first.citations, *second.citations):
        start, end = citation.start, citation.end
        assert citation.passage.text[start:end] == citation.words


def test_drops_a_value_whose_sentence_says_it_no_more_and_a_row_without_any() -> None:
    changed = NOTES | {
        "radio": "Prague and Beijing were close. Oslo did something in 2019.",
        "kera": "Oslo had plans. Oslo ended them.",
    }
    register = Register(TIES, Shelf(changed))
    table = register.table(question("List all sister-city ties that ended."), ())
    assert ids(table) == ["prague-beijing"]
    (row,) = table.rows if table else ()
    assert [v.value for v in row.start] == ["2017-03"]
    assert row.status == ()


def test_drops_what_the_filters_leave_out_and_says_nothing_where_all_is() -> None:
    text = "Which ties does Prague have?"
    register = Register(TIES, Shelf(NOTES))
    ask = Ask(text, TODAY, filters=Filters(kinds=(Kind.LEGISLATION,)))
    assert register.table(understand(ask), ()) is None
    same = Ask(text, TODAY, filters=Filters(kinds=(Kind.NEWS,)))
    assert ids(register.table(understand(same), ())) == ["prague-beijing", "prague-taipei"]


def test_numbers_go_on_from_those_of_the_text_and_the_same_words_keep_theirs() -> None:
    cited = hit(NOTES["radio"], of=source("radio"))
    passage: tuple[Source, str] = (cited.source, cited.passage.sentence(1))
    of_text = Citation(3, cited.source, cited.passage, passage[1], *cited.passage.sentences[1])
    table = asked("Why did Prague end its tie with Beijing?", [of_text])
    assert table is not None
    (row,) = table.rows
    numbers = {c.words: c.number for c in row.citations}
    assert numbers.pop(of_text.words) == 3
    assert sorted(numbers.values()) == [4, 5]


def test_shows_the_first_rows_and_counts_them_all() -> None:
    many = tuple(
        Tie(f"t{i}", "Kiel", "", "Germany", f"Partner{i}", "", "China", (), (),
            (said("suspended", "kiel", 1),), ())
        for i in range(MOST_ROWS + 5)
    )  # fmt: skip
    table = Register(many, Shelf(NOTES)).table(question("List the ties of Kiel."), ())
    assert table is not None
    assert (len(table.rows), table.matched, table.total) == (MOST_ROWS, MOST_ROWS + 5, len(many))


def test_an_empty_register_is_silent_and_asks_for_no_passages() -> None:
    shelf = Shelf(NOTES)
    assert Register((), shelf).table(question("Which ties does Prague have?"), ()) is None
    assert shelf.asked == []


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("ties since 2019", (2019, 9999)),
        ("ties after 2019", (2020, 9999)),
        ("ties before 2000", (0, 1999)),
        ("ties until 2000", (0, 2000)),
        ("ties in 2025", (2025, 2025)),
        ("ties in the 1980s", (1980, 1989)),
        ("ties between 2021 and 2019", (2019, 2021)),
        ("ties from 2019 to 2021", (2019, 2021)),
        ("ties of 2 cities", None),
    ],
)
def test_reads_a_stretch_of_years(text: str, years: tuple[int, int] | None) -> None:
    assert years_in(text) == years


def test_a_named_tie_is_meant_however_it_stands_but_a_list_only_as_asked() -> None:
    questions = TieQuestions(TIES)
    why = questions.wanted(question("Why did Fort Worth keep its tie with Guiyang?"))
    assert why is not None
    assert why.statuses == frozenset()
    which = questions.wanted(question("Which ties are still active?"))
    assert which is not None
    assert which.statuses == {TieStatus.ACTIVE}


def tie(city: str, partner: str, region: str = "", status: str = "", dates: str = "") -> Tie:
    """`status` and `dates` are words; the n-th of each is said by the n-th sentence."""
    states = tuple(said(v, "radio", n) for n, v in enumerate(status.split(), 1))
    days = tuple(said(v, "radio", n) for n, v in enumerate(dates.split(), 1) if v != "-")
    return Tie(
        f"{city} {partner}", city, region, "Here", partner, "", "There", (), (), states, days
    )


def fitting(text: str, *ties: Tie) -> list[str]:
    wanted = TieQuestions(ties).wanted(question(text))
    return [one.id for one in ties if wanted and fits(one, wanted)]


@pytest.mark.parametrize(
    ("status", "dates", "active"),
    [
        ("active", "", True),
        ("active ended", "2023-07 2024-09-10", False),
        ("ended active", "2020-04-14 2020-04-22", True),
        ("active ended", "2020-08 2020", False),
        ("active ended", "2020 -", False),
        ("active suspended", "2020 2021", True),
        ("ended", "2020", False),
    ],
)
def test_a_tie_that_is_said_to_have_ended_since_is_not_still_active(
    status: str, dates: str, active: bool
) -> None:
    assert bool(fitting("Which ties are still active?", tie("Arn", "Bex", "", status, dates))) == (
        active
    )


def test_the_year_of_an_end_is_not_that_of_another_status() -> None:
    one = tie("Arn", "Bex", "", "suspended ended", "2022-03 2025")
    assert fitting("Which cities ended their ties in 2022?", one) == []
    assert fitting("Which cities ended their ties in 2025?", one) == [one.id]
    assert fitting("Which ties were suspended in 2022?", one) == [one.id]


@pytest.mark.parametrize("text", ["Does Gävle have ties?", "Does Gavle have ties?"])
def test_a_side_is_found_without_its_accents(text: str) -> None:
    assert fitting(text, tie("Gävle", "Zhuhai"), tie("Kiel", "Bex")) == ["Gävle Zhuhai"]


def test_a_side_is_found_by_the_short_form_of_its_name() -> None:
    ties = tie("Newcastle upon Tyne", "Taiyuan"), tie("Kiel", "Bex")
    assert fitting("Which cities are twinned with Newcastle?", *ties) == [ties[0].id]


def test_a_state_that_has_ties_of_its_own_is_a_place_where_it_is_named_as_one() -> None:
    state, inside, other = tie("Ohio", "Hubei"), tie("Lima", "Bex", "Ohio"), tie("Lima", "Tex")
    assert fitting("Does Lima, Ohio, have ties?", state, inside, other) == [inside.id]
    assert fitting("Which Ohio cities have ties?", state, inside, other) == [state.id, inside.id]
    assert fitting("Which ties does Ohio have?", state, inside, other) == [state.id]


def test_places_narrow_the_ties_of_a_name_only_where_any_is_left() -> None:
    table = asked("Does Prague have ties in Norway?")
    assert ids(table) == ["prague-beijing", "prague-taipei"]
    assert table is not None
    assert table.asked == "ties of Prague"


def test_a_count_of_the_register_does_not_come_before_what_sources_count() -> None:
    count, named = asked("How many US sister-city ties are there?"), asked("List the US ties.")
    assert count is not None
    assert named is not None
    assert (count.leads, named.leads) == (False, True)


def test_a_long_table_is_shown_only_where_nothing_else_is_asked() -> None:
    many = tuple(
        Tie(f"t{i}", "Kiel", "", "Germany", f"Partner{i}", "", "China", (), (),
            (said("suspended", "kiel", 1),), ())
        for i in range(MOST_BESIDE + 1)
    )  # fmt: skip
    register = Register(many, Shelf(NOTES))
    assert register.table(question("What is Kiel's budget for its ties?"), ()) is None
    assert len(ids(register.table(question("Which ties does Kiel have?"), ()))) == MOST_BESIDE + 1


def test_a_place_is_named_once_where_its_region_or_country_bears_its_name() -> None:
    one = Tie("t", "Prague", "Prague", "Czechia", "Beijing", "", "China",
              (said("sister-city", "radio", 1),), (), (), ())  # fmt: skip
    (row,) = Register((one,), Shelf(NOTES)).rows()
    assert row.city == "Prague, Czechia"
