"""The register of ties: read strictly, and held to the sentences that it cites."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import CorpusError
from corpus.ties import NAMES, SAID, Place, Said, bears, flaws, read_cell, read_ties

HEAD = ",".join((*NAMES, *SAID))


def register(folder: Path, *rows: str) -> Path:
    path = folder / "ties.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


ROW = (
    "prague-beijing,Prague,,Czechia,Beijing,,China,sister-city [radio 1],2016 [radio 2],"
    "ended [radio 3; diplomat 4],2019-10 [radio 3]"
)


def test_reads_a_row_with_every_value_and_the_sentences_that_say_it(tmp_path: Path) -> None:
    row = ROW.replace("ended [radio 3; diplomat 4]", '"ended [radio 3, diplomat 4]"')
    (tie,) = read_ties(register(tmp_path, row))
    assert (tie.city, tie.partner, tie.country) == ("Prague", "Beijing", "Czechia")
    assert tie.status == (Said("ended", (Place("radio", 3), Place("diplomat", 4))),)
    assert [name for name, _ in tie.said] == ["kind", "start", "status", "status_date"]


def test_keeps_every_value_of_a_disputed_field(tmp_path: Path) -> None:
    row = ROW.replace("2016 [radio 2]", '"2016 [radio 2]; 2016-03-29 [diplomat 1]"')
    row = row.replace("radio 3; diplomat 4", "radio 3")
    (tie,) = read_ties(register(tmp_path, row))
    assert [said.value for said in tie.start] == ["2016", "2016-03-29"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (ROW, "is not a value with its sentences"),
        (ROW.replace("; diplomat 4", "").replace("sister-city", "twins"), "'twins' is not known"),
        (ROW.replace("; diplomat 4", "").replace("2016", "16"), "is not a date"),
        (ROW.replace("; diplomat 4", "").replace("[radio 1]", ""), "is not a value with its"),
        (ROW.replace("; diplomat 4", "").replace("[radio 1]", "[radio 0]"), "is not a value"),
        (ROW.replace("; diplomat 4", "").replace("Prague", ""), "city or partner is missing"),
    ],
)
def test_names_line_and_column_of_what_it_cannot_read(
    wrong: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(CorpusError, match=message) as error:
        read_ties(register(tmp_path, wrong))
    assert "ties.csv, line 2" in error.value.message


def test_refuses_other_columns_and_an_id_that_is_given_twice(tmp_path: Path) -> None:
    path = tmp_path / "ties.csv"
    path.write_text("city,partner\nPrague,Beijing\n")
    with pytest.raises(CorpusError, match="columns"):
        read_ties(path)
    good = ROW.replace("; diplomat 4", "")
    with pytest.raises(CorpusError, match="'prague-beijing' is given twice"):
        read_ties(register(tmp_path, good, good))


def test_a_sentence_bears_a_value_only_if_it_names_a_side_and_the_year(tmp_path: Path) -> None:
    (tie,) = read_ties(register(tmp_path, ROW.replace("; diplomat 4", "")))
    start = tie.start[0]
    assert bears(tie, "start", start, "Prague signed in March 2016.")
    assert not bears(tie, "start", start, "Prague signed in March 2017.")
    assert not bears(tie, "start", start, "The city signed in March 2016.")
    assert not bears(tie, "start", start, "Praguers signed in March 2016.")
    month, day = Said("2016-03", ()), Said("2016-03-09", ())
    assert bears(tie, "start", month, "Prague signed in March 2016.")
    assert not bears(tie, "start", month, "Prague signed in May 2016.")
    assert bears(tie, "start", day, "Prague signed on 9 March 2016.")
    assert not bears(tie, "start", day, "Prague signed on 19 March 2016.")


def test_names_what_a_register_cites_without_ground(tmp_path: Path) -> None:
    ties = read_ties(register(tmp_path, ROW.replace("; diplomat 4", "")))
    told = {
        1: "Prague and Beijing were sister cities.",
        2: "Prague signed in 2015.",
    }
    found = list(flaws(ties, lambda place: told.get(place.sentence)))
    assert found == [
        "prague-beijing, start: sentence 2 of radio does not say 2016 of this tie.",
        "prague-beijing, status: sentence 3 of radio is not there.",
        "prague-beijing, status_date: sentence 3 of radio is not there.",
    ]


@given(st.text(max_size=40))
def test_a_cell_of_any_text_is_read_or_refused_by_name(cell: str) -> None:
    try:
        said = list(read_cell(cell, "here"))
    except CorpusError as error:
        said, refused = [], error.message
    else:
        refused = ""
    assert all(one.value and one.places for one in said)
    assert refused.startswith("here: ") or bool(said) == bool(cell.strip())
