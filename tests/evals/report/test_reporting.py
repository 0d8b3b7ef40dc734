"""The report of a whole run: one page that needs nothing else and holds text as text."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from made import OPENED, a_case, a_hit, a_record, a_score, an_answer, says
from made_report import a_run, printable, read, text_of, texts_of, worded_runs

from corpus.errors import CorpusError
from evals.reporting import report_html, write_report
from evals.runs import Run

WORD = "QZQ"
RIGHT = a_record(an_answer(says(OPENED)), a_hit("bridge"), timings={"retrieve": 2.0})
OUTSIDE = ("src", "href", "xlink:href", "action", "formaction", "srcset", "poster", "data")


@pytest.fixture(scope="module")
def worded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two runs, `a` and `b`, with the word wherever text can stand."""
    folder = tmp_path_factory.mktemp("worded")
    worded_runs(folder, WORD)
    return folder


@pytest.fixture(scope="module")
def html(worded: Path) -> str:
    return report_of(worded)


@pytest.fixture(scope="module")
def page(html: str) -> Element:
    return read(html)


def without_plots(html: str) -> Element:
    """The page without what the plots are made of, which has tests of its own."""
    page = read(html)
    for svg in page.findall(".//svg"):
        svg.clear()
    return page


def report_of(folder: Path) -> str:
    """The report of the run `a` of a folder beside its run `b`."""
    return report_html(Run(folder / "a"), Run(folder / "b"))


def shape(page: Element) -> list[tuple[str, list[str]]]:
    """Every element with the names of its attributes."""
    return [(element.tag, sorted(element.attrib)) for element in page.iter()]


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>x</script>\"><img src=x onerror='y()'>' onmouseover='z()' a='",
        "</details></section></main></style></title></textarea><!-- ]]> --> &lt;b&gt; &#60;i&#62;",
        "$\\frac$ {types} {0} %s https://example.org/?a=1&b=2",
        "left\u202eto\u2066right",
        "bell\x07 nul\x00 escape\x1b next\x85",
    ],
)
def test_text_of_cases_sources_and_answers_is_only_text(
    hostile: str, worded: Path, html: str, tmp_path: Path
) -> None:
    for file in worded.glob("?/*.json*"):
        copy = tmp_path / file.relative_to(worded)
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(file.read_text("utf-8").replace(WORD, json.dumps(hostile)[1:-1]), "utf-8")
    made = report_of(tmp_path)
    assert made == printable(made)
    found, meant = without_plots(made), without_plots(html)
    assert shape(found) == shape(meant)
    said, word = printable(hostile).upper(), "".join(meant.itertext()).count(WORD)
    assert "".join(found.itertext()).upper().count(said) == word > 60


def test_a_lone_surrogate_in_the_text_of_a_problem_leaves_the_page_whole(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", (a_case(), f"lone {WORD}"))
    trials = run.path / "trials.jsonl"
    trials.write_text(trials.read_text("utf-8").replace(WORD, "\\ud800half"), "utf-8")
    assert "lone half" in write_report(run, tmp_path / "page.html").read_text("utf-8")


def test_every_id_stands_once_and_every_link_has_its_target(html: str, page: Element) -> None:
    ids = [element.attrib["id"] for element in page.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    aimed = re.findall(r'(?:href="#|url\(#|aria-labelledby=")([^")]*)', html)
    assert len(aimed) > 20
    assert set(aimed) <= set(ids)


def test_the_page_fetches_nothing_and_names_no_address(html: str, page: Element) -> None:
    for element in page.iter():
        assert element.tag not in ("link", "base", "iframe", "object", "embed", "img", "image")
        assert all(element.get(name, "#").startswith("#") for name in OUTSIDE)
        assert not [name for name in element.attrib if name.startswith("on")]
    assert "@import" not in html
    assert set(re.findall(r"url\((.)", html)) == {"#"}
    assert set(re.findall(r"https?://[^\"' <]*", html)) <= {
        "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
    }  # fmt: skip


def test_the_policy_allows_just_the_style_and_the_script_of_the_page(page: Element) -> None:
    (policy,) = (
        meta.attrib["content"]
        for meta in page.iter("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert (rules.pop("default-src"), rules.pop("base-uri"), rules.pop("form-action")) == (
        "'none'", "'none'", "'none'"
    )  # fmt: skip
    assert rules.pop("style-src-attr") == "'unsafe-inline'"
    for tag, rule in (("style", "style-src-elem"), ("script", "script-src")):
        (inline,) = page.iter(tag)
        digest = hashlib.sha256((inline.text or "").encode()).digest()
        assert rules.pop(rule) == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert not rules


def test_words_of_a_note_are_never_quoted(page: Element) -> None:
    assert set(texts_of(page, ".//q")) == {f"{WORD} {OPENED}"}
    # Each statement of these runs cites a note and then an original.
    assert len(page.findall(".//*[@class='cited']")) == 2 * len(page.findall(".//q"))
    assert not page.findall(".//blockquote")


def test_the_same_run_gives_the_same_bytes_in_another_process(html: str, worded: Path) -> None:
    assert report_of(worded) == html
    told = subprocess.run(
        [
            sys.executable, "-c",
            "import sys; from pathlib import Path; from evals.reporting import *\n"
            "a, b = (Run(Path(sys.argv[1]) / name) for name in 'ab')\n"
            "sys.stdout.buffer.write(report_html(a, b).encode())",
            worded,
        ],
        env=os.environ | {"PYTHONHASHSEED": "7"}, capture_output=True, check=True,
    )  # fmt: skip
    assert told.stdout.decode() == html


def sections_of(run: Run) -> dict[str, str]:
    """The text of each section of a run's report, by its heading."""
    page = read(report_html(run))
    parts = page.findall(".//main/section")
    return {text_of(part[0]): text_of(part).removeprefix(text_of(part[0])) for part in parts}


def test_a_run_without_cases_says_that_there_is_nothing(tmp_path: Path) -> None:
    told = sections_of(a_run(tmp_path / "run"))
    assert told["Main figures"] == "Nothing could be scored."
    assert told["All measures"].endswith("Nothing was scored.")
    assert told["By type"] == "Nothing was scored."
    assert told["Plots"] == "Nothing to plot."
    assert told["Cases"] == "This run asked no questions: there is nothing to open."
    assert "Texts of passages" not in told


def test_a_suite_that_asks_nothing_tells_its_own_scores(tmp_path: Path) -> None:
    own = [a_score(f"c{n}", n % 2, "attribution", truth=n % 2, type="T") for n in range(6)]
    told = sections_of(a_run(tmp_path / "run", own=own))
    assert "1.000" in told["Main figures"]
    assert "macro_f1" in told["All measures"]
    assert "answered_rightly" not in told["All measures"]
    assert "of 6" in told["By type"]
    assert told["Cases"].startswith("This run asked no questions")


def test_a_run_in_which_every_question_met_an_error_scores_nothing(tmp_path: Path) -> None:
    asked = (a_case("a"), "no model"), (a_case("b"), a_record(failure="The disk broke."))
    told = sections_of(a_run(tmp_path / "run", *asked, (a_case("c"), None)))
    assert told["Main figures"] == (
        "Nothing could be scored.3 questions were met by an error: unscored, not counted as wrong."
    )
    assert "answered_rightly" in told["All measures"]
    for reason in ("no model", "The disk broke. Try again.", "not asked"):
        assert f"No answer. {reason}" in told["Cases"]
    assert "What went wrong anything or nothing (3)nothing (0)error (3)" in told["Cases"]


def test_an_error_beside_answers_is_told_and_is_not_counted_as_wrong(tmp_path: Path) -> None:
    right = [(a_case(f"c{n}", sources=["bridge"]), RIGHT) for n in range(3)]
    told = sections_of(
        a_run(tmp_path / "run", *right, (a_case("bad", sources=["bridge"]), "broken"))
    )
    assert "Of 3 questions that the sources answer, 100 %" in told["Main figures"]
    assert "1 question was met by an error" in told["Main figures"]
    assert "nothing (3)error (1)" in told["Cases"]
    assert "Unscored, broken: " in told["Cases"]


def test_baselines_stand_beside_and_who_made_the_cases_is_told(tmp_path: Path) -> None:
    plain = {"plain dense": [a_score("c1", 0.25, "source_recall")]}
    run = a_run(tmp_path / "run", (a_case(sources=["bridge"]), RIGHT), baselines=plain, made_by="")
    assert "plain dense" in sections_of(run)["All measures"]
    page = read(report_html(run))
    assert texts_of(page, ".//header/p") == [
        "1 case, 1 question, asked on 2026-11-24", "Who made the cases is not known."
    ]  # fmt: skip


def test_the_report_of_an_unfinished_run_is_refused_with_the_remedy(tmp_path: Path) -> None:
    done = a_run(tmp_path / "done", (a_case(), RIGHT))
    begun = a_run(tmp_path / "begun", (a_case(), RIGHT), finished=False)
    for run, against in ((begun, None), (done, begun)):
        with pytest.raises(CorpusError, match="The run begun is not finished") as caught:
            write_report(run, tmp_path / "page.html", against)
        assert "again" in caught.value.remedy
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize("name", ["none/page.html", "."])
def test_a_file_that_cannot_be_written_is_named_with_the_remedy(name: str, tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", (a_case(), RIGHT))
    with pytest.raises(CorpusError, match="cannot be written") as caught:
        write_report(run, tmp_path / name)
    assert "--out" in caught.value.remedy
