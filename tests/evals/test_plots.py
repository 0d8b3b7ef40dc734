"""Plots to set into a page: repeatable, in the page's colours, whatever the scores are."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import pytest
from made_report import printable, read

from evals.plots import (
    reliability_bins,
    reliability_svg,
    risk_coverage_svg,
    stages_svg,
    types_svg,
)
from evals.types import Figure

VALUES, TRUTHS = np.array([0.9, 0.9, 0.4, 0.05, 1.0]), np.array([1.0, 0.0, 1.0, 0.0, 1.0])
FIGURE = Figure(0.5, 0.25, 0.75, 3, 0, 0)
DRAWN: dict[str, Callable[[], str]] = {
    "risk": lambda: risk_coverage_svg(VALUES, TRUTHS),
    "reliability": lambda: reliability_svg(VALUES, TRUTHS),
    "types": lambda: types_svg({"one": {"SF": FIGURE, "NA": FIGURE}, "two": {"SF": FIGURE}}),
    "stages": lambda: stages_svg([("retrieve", 12.5), ("compose", 3.0)]),
}


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_scores_give_the_same_bytes(name: str) -> None:
    assert DRAWN[name]() == DRAWN[name]()


def test_plots_on_one_page_share_no_id_and_refer_to_their_own() -> None:
    seen: set[str] = set()
    for svg in (draw() for draw in DRAWN.values()):
        ids = re.findall(r'\bid="([^"]*)"', svg)
        assert len(ids) == len(set(ids))
        assert seen.isdisjoint(ids)
        assert set(re.findall(r'(?:url\(|href=")#([^")]*)', svg)) <= set(ids)
        seen.update(ids)


@pytest.mark.parametrize("name", DRAWN)
def test_colours_are_the_pages_and_text_stays_text(name: str) -> None:
    (svg,) = read(DRAWN[name]())
    styles = [
        part.strip().split(": ")
        for element in svg.iter()
        for part in element.get("style", "").split(";")
        if part.strip()
    ]
    painted = {value for key, value in styles if key in ("fill", "stroke")}
    variables = {f"var(--{colour})" for colour in ("ink", "soft", "line", "link", "warn")}
    assert painted <= variables | {"none"}
    assert "var(--link)" in painted
    assert svg.findall(".//text")
    assert {e.tag for e in svg.iter()} <= {
        "svg",
        "defs",
        "g",
        "path",
        "use",
        "clippath",
        "rect",
        "text",
        "tspan",
    }
    assert (svg.get("aria-hidden"), svg.get("width")) == ("true", None)


def test_bins_of_likelihoods_worked_out_by_hand() -> None:
    values = np.array([0.0, 0.05, 0.1, 0.19, 0.95, 1.0])
    truths = np.array([0.0, 1.0, 0.0, 0.0, 1.0, 1.0])
    assert [(round(x, 3), y, n) for x, y, n in reliability_bins(values, truths)] == [
        (0.025, 0.5, 2), (0.145, 0.0, 2), (0.975, 1.0, 2)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "truths"),
    [([0.5], [1.0]), ([1.0], [0.0]), ([0.3] * 5, [1, 0, 1, 0, 1]), ([0.0, 1.0], [0, 0])],
)
def test_a_single_value_or_values_all_alike_can_be_drawn(
    values: list[float], truths: list[float]
) -> None:
    for draw in (risk_coverage_svg, reliability_svg):
        assert ElementTree.fromstring(draw(np.array(values), np.array(truths)))


@pytest.mark.parametrize(
    "panels",
    [
        {"one": {"SF": Figure(0.5, None, None, 1, 0, 0)}},
        {"one": {"SF": Figure(0.0, 0.0, 0.0, 1, 0, 0)}, "two": {}},
        {"one": {"SF": Figure(None, None, None, 0, 1, 0), "NA": FIGURE}},
        {"one": dict.fromkeys((f"T{n}" for n in range(60)), FIGURE)},
    ],
)
def test_types_can_be_drawn_without_intervals_without_values_and_when_many(
    panels: dict[str, dict[str, Figure]],
) -> None:
    svg = read(types_svg(panels))
    shown = {text.text for text in svg.iter("text")}
    assert {*panels, *(type_ for figures in panels.values() for type_ in figures)} <= shown


@pytest.mark.parametrize("ms", [0.0, 1e-9, 1e9])
def test_a_stage_may_take_no_time_or_ages(ms: float) -> None:
    assert "ground" in stages_svg([("ground", ms)])


@pytest.mark.parametrize(
    "type_",
    [
        "<script>x</script>", "a & b", "$\\frac$", "$x^2$ and $y$", "%s {x}", 'id="q" href="#q"',
        "#010203", "桥 🙂", "right\u202eto left", "nul\x00\x07\x1b", "lone\ud800", "two\nlines",
        "tab\there", "",
    ],
)  # fmt: skip
def test_the_name_of_a_type_is_only_text_in_a_plot(type_: str) -> None:
    plain, drawn = (read(types_svg({"one": {name: FIGURE}})) for name in ("SF", type_))
    name = " ".join(printable(type_).split())
    assert name in {" ".join((text.text or "").split()) for text in drawn.iter("text")} | {""}
    assert "".join(drawn.itertext()) == printable("".join(drawn.itertext()))
    assert {element.tag for element in drawn.iter()} == {element.tag for element in plain.iter()}


def test_a_type_with_a_long_name_leaves_room_for_what_is_drawn() -> None:
    name = "of the kind that a public data set has written out in a whole sentence " * 3
    svg = read(types_svg({"one": {name: FIGURE}, "two": {name: FIGURE}, "three": {name: FIGURE}}))
    width = float(svg[0].attrib["viewbox"].split()[2])
    dots = {float(use.attrib["x"]) for use in svg.iter("use")}
    assert all(0 <= x <= width for x in dots)
    assert max(dots) - min(dots) > width / 2
