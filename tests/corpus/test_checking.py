"""What `attache sources check` finds: broken links, unplaced and leaning sentences, wrong ties."""

from __future__ import annotations

from dataclasses import replace

from corpus.checking import Flaw, check_collection, finder, leans, sentences
from corpus.readers import read_markdown
from corpus.ties import Place, Said, Tie
from corpus.types import Document, Kind, Reading, Source, TextKind


def note(id: str, text: str, **changes: object) -> Document:
    source = Source(
        id=id,
        version=f"version-of-{id}",
        title="A title",
        publisher="A publisher",
        cite_as="A publisher",
        kind=Kind.NEWS,
        text_kind=TextKind.NOTE,
        path=f"{id}.md",
        read_at=(Reading(url="https://example.org/page"),),
    )
    return Document(replace(source, **changes), text, tuple(read_markdown(text)))  # type: ignore[arg-type]


GOOD = "## Facts\n\nKiel paused talks in 2023.\nKiel kept a friendship.\n"


def test_finds_nothing_in_a_collection_that_keeps_the_rules() -> None:
    older = note("older", "Oslo signed.\n", superseded_by="newer")
    newer = note("newer", GOOD, supersedes=("older",))
    assert list(check_collection([older, newer])) == []


def test_counts_the_sentences_of_a_note_from_one_in_the_order_of_its_text() -> None:
    document = note("kiel", GOOD)
    assert sentences(document) == ["Kiel paused talks in 2023.", "Kiel kept a friendship."]
    find = finder({"kiel": document})
    assert find(Place("kiel", 2)) == "Kiel kept a friendship."
    assert find(Place("kiel", 3)) is None
    assert find(Place("oslo", 1)) is None


def test_names_a_link_that_leads_nowhere_and_one_that_only_one_side_knows() -> None:
    lost = note("lost", GOOD, superseded_by="nowhere")
    older, newer = note("older", "Oslo signed.\n"), note("newer", GOOD, supersedes=("older",))
    flaws = list(check_collection([lost, older, newer]))
    assert flaws == [
        Flaw("lost", "It is linked with nowhere, which is not in the collection."),
        Flaw("newer", "It supersedes older, which does not say so."),
    ]


def test_names_sentences_that_lean_on_others_are_long_or_were_read_nowhere() -> None:
    long = "Kiel " + "kept " * 45 + "on."
    text = f"It paused talks.\n{long}\nKiel kept a friendship.\n"
    (leaning, endless, unplaced) = check_collection(
        [note("kiel", text, read_at=(Reading("https://example.org", "", (1, 2)),))]
    )
    assert leaning.text.startswith("Sentence 1 cannot stand alone")
    assert endless.text == "Sentence 2 has more than 45 words."
    assert unplaced.text == "Sentence 3 does not say where it was read (read_at)."


def test_names_a_place_of_reading_for_a_sentence_that_is_not_there() -> None:
    read_at = (Reading("https://example.org", "", (1, 2, 9)),)
    (flaw,) = check_collection([note("kiel", GOOD, read_at=read_at)])
    assert flaw.text == "It has 2 sentences, but read_at speaks of sentence 9."


def test_a_publication_in_full_need_not_keep_the_rules_of_notes() -> None:
    assert list(check_collection([note("full", "It began.\n", text_kind=TextKind.FULL)])) == []


def test_holds_the_register_to_the_sentences_of_the_collection() -> None:
    said = (Said("2022", (Place("kiel", 1),)),)
    tie = Tie("k", "Kiel", "", "Germany", "Qingdao", "", "China", (), said, (), ())
    (flaw,) = check_collection([note("kiel", GOOD)], (tie,))
    assert flaw == Flaw(
        "register of ties", "k, start: sentence 1 of kiel does not say 2022 of this tie."
    )


def test_tells_a_sentence_that_leans_from_one_that_names_its_subject() -> None:
    assert leans("The council voted.")
    assert leans("This was denied.")
    assert not leans("The council of Kiel voted.")
    assert not leans("The Hague signed.")
