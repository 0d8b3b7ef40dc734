"""Text as HTML: exactly it is shown, and nothing of it becomes markup."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made_report import printable, read, text_of, texts_of

from evals.report.markup import count, esc, figure_html, interval, number, table
from evals.types import Figure, Measure


@given(st.text(st.characters(exclude_categories=())))
@example("<script>alert(1)</script>")
@example("\"' onmouseover='alert(1)' x=\"")
@example("</p></style></title></textarea><!-- ]]> &lt;b&gt; &#60;")
@example("right\u202eto\u2066left\u202a \u2069end \x00\x1b\x7f\x85 \ud800 \udfff\ttab\nline\r")
def test_any_text_is_shown_as_it_is_in_an_element_and_in_an_attribute(text: str) -> None:
    html = f'<p title="{esc(text)}">{esc(text)}</p>'
    assert html.encode("utf-8")
    (shown,) = read(html)
    assert (shown.text or "") == shown.attrib.pop("title") == printable(text)
    assert not len(shown)
    assert not shown.attrib


def test_a_table_can_be_read_by_its_heads_and_scrolled_from_the_keyboard() -> None:
    (around,) = read(table('A & "B"', ("Name", "One"), [("x", "1"), ("<i>y</i>", "2")]))
    (inner,) = around
    assert (around.get("tabindex"), around.get("aria-label")) == ("0", 'A & "B"')
    assert texts_of(inner, "caption") == ['A & "B"']
    assert {head.get("scope") for head in inner.findall("thead/tr/th")} == {"col"}
    assert [(row[0].get("scope"), text_of(row)) for row in inner.findall("tbody/tr")] == [
        ("row", "x1"), ("row", "y2")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "share", "shown"),
    [(0.5, True, "0.500"), (0.0, True, "0.000"), (1234.56, False, "1,234.6"), (None, True, "–")],
)
def test_a_figure_that_is_not_known_is_a_dash_and_no_nought(
    value: float | None, share: bool, shown: str
) -> None:
    assert text_of(read(number(value, share))) == shown


def test_an_interval_stands_only_where_both_ends_are_known() -> None:
    assert text_of(read(interval(0.1, 0.25))) == "[0.100, 0.250]"
    assert interval(None, 0.25) == interval(0.1, None) == ""
    known = Figure(0.2, 0.1, 0.25, 3, 0, 0)
    assert text_of(read(figure_html(known, Measure("m", "")))) == "0.200 [0.100, 0.250]"
    assert figure_html(None, Measure("m", "")) == ""


def test_one_is_counted_in_the_singular() -> None:
    assert [count(n, "case") for n in (0, 1, 1200)] == ["0 cases", "1 case", "1,200 cases"]
