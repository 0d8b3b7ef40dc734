"""The composition of a collection, and what is past its review date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from corpus.balance import Count, balance, latest
from corpus.types import Kind, Source, Standpoint, TextKind

BASE = Source(
    id="a", version="v", title="A", publisher="P", cite_as="P", kind=Kind.NEWS,
    text_kind=TextKind.NOTE, path="a.md", collection="starter",
)  # fmt: skip
TODAY = date(2026, 11, 24)


def test_counts_each_value_and_a_source_once_for_each_jurisdiction() -> None:
    sources = [
        replace(BASE, published="2024-05", jurisdictions=("Texas", "United States")),
        replace(BASE, kind=Kind.OPINION, jurisdictions=("Texas",)),
        replace(BASE, standpoint=Standpoint.CAUTIONARY),
    ]
    told = balance(sources, TODAY)
    assert told.total == 3
    assert told.kinds == (Count("news", 2), Count("opinion", 1))
    assert told.jurisdictions == (
        Count("Texas", 2), Count("United States", 1), Count("unstated", 1),
    )  # fmt: skip
    assert told.years == (Count("2024", 1), Count("unstated", 2))
    assert told.standpoints == (Count("unstated", 2), Count("cautionary", 1))
    assert told.collections == (Count("starter", 3),)


def test_names_what_is_past_its_review_date_the_oldest_first() -> None:
    late, later = replace(BASE, id="b", review_by="2025"), replace(BASE, review_by="2026-10")
    due = replace(BASE, review_by="2026-11-24")
    told = balance([later, late, due, BASE], TODAY)
    assert told.overdue == (late, later)
    assert told.unreviewed == 1


def test_a_partial_review_date_is_past_only_once_all_of_it_is() -> None:
    year, month = replace(BASE, review_by="2026"), replace(BASE, review_by="2026-11")
    assert balance([year, month], TODAY).overdue == ()
    assert latest("2026") == "2026-12-31"


@given(st.dates(), st.sampled_from([4, 7, 10]), st.dates())
def test_no_source_is_overdue_on_a_day_that_its_review_date_covers(
    day: date, precision: int, today: date
) -> None:
    source = replace(BASE, review_by=day.isoformat()[:precision])
    overdue = bool(balance([source], today).overdue)
    assert not (overdue and today.isoformat().startswith(source.review_by or ""))
    assert overdue == (latest(source.review_by or "") < today.isoformat())
