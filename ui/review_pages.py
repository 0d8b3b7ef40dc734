"""The review queue: files to add, proposed sources, and what was found out about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corpus.changes import Entry, Withdrawal
from corpus.types import Notice
from ui import phrases
from ui.collection import MAX_VALUE
from ui.fields import digest, facts_html, input_html, open_html, sources_html
from ui.head_forms import REASON, WHO
from ui.panel import link_html
from ui.rendering import esc
from ui.sent import MAX_WORDS
from ui.source_text import like_text

ACCEPTED = ".pdf,.docx,.html,.htm,.xhtml,.epub,.md,.markdown,.txt"
MAX_PAGES = 40


@dataclass(frozen=True, slots=True)
class Queue:
    """What is on the shelf beside the sources in use: proposed, rejected and retired, withdrawn.

    `titles` are those of withdrawn sources whose files can be read, by their ids.
    """

    proposed: tuple[Entry, ...]
    ended: tuple[Entry, ...]
    withdrawn: tuple[Withdrawal, ...]
    collections: tuple[str, ...]
    titles: Mapping[str, str] = field(default_factory=dict)


def queue_html(queue: Queue, who: str, own: str, megabytes: int) -> str:
    """The form that adds a file, the proposed sources, and what is no longer used.

    `own` is the collection of what is added without naming one; files may have up to `megabytes`.
    """
    items = "".join(map(_item_html, queue.proposed))
    none = '<p class="hint">No source is waiting for review.</p>'
    return (
        f'<h2 tabindex="-1">To review</h2>{_upload_html(queue, who, own, megabytes)}'
        f"<h3>Proposed</h3>{f'<ul class=queue>{items}</ul>' if items else none}"
        f"{_ended_html(queue, who)}"
    )


def _upload_html(queue: Queue, who: str, own: str, megabytes: int) -> str:
    known = "".join(f'<option value="{esc(name)}">' for name in queue.collections)
    state = digest([entry.id for entry in queue.proposed])
    return (
        f'<form class="adding" data-upload="/sources" data-do="uploaded" data-count="{state}">'
        '<h3>Add a document</h3><label class="field">File<input type="file" name="file" '
        f'accept="{ACCEPTED}" required></label>'
        f'<label class="field">Collection<input type="text" name="collection" value="{esc(own)}" '
        f'list="known-collections" maxlength="60" required></label>'
        f'<datalist id="known-collections">{known}</datalist>'
        f"{input_html('who', WHO, who, MAX_WORDS, required=True)}"
        '<button type="submit" class="plainbutton">Add as proposed</button>'
        f'<p class="hint">PDF, DOCX, HTML, EPUB, Markdown or plain text, up to {megabytes} MB. It '
        "is read in isolation, its original is kept, and nothing of it is cited before it is "
        "approved.</p></form>"
    )


def _item_html(entry: Entry) -> str:
    """A proposed source: what it is, and what to look at first."""
    head, card = entry.head, entry.card
    publisher = "no publisher named" if head.publisher == "unstated" else head.publisher
    looks = [f"guessed: {', '.join(sorted({c.key for c in card.clues}))}"] if card.clues else []
    looks += [notice.kind.replace("-", " ") for notice in card.notices]
    looks += [like_text(like) for like in card.likes]
    looks += [f"takes the place of {old}" for old in head.supersedes]
    return (
        f"<li>{open_html(entry.id, head.title)} "
        f'<span class="day">{esc(publisher)}; collection: {esc(entry.collection)}</span>'
        f'<br><span class="day">{esc("; ".join(looks))}</span></li>'
    )


def _ended_html(queue: Queue, who: str) -> str:
    """What was rejected, retired or withdrawn, folded; it can be proposed or used again."""
    items = [
        f"<li>{open_html(entry.id, entry.head.title)} "
        f'<span class="day">{esc(entry.status)}</span></li>'
        for entry in queue.ended
    ]
    titles = queue.titles
    items += [_withdrawn_html(g, titles.get(g.id, g.id), who) for g in queue.withdrawn]
    if not items:
        return ""
    return (
        f"<details><summary>No longer used ({len(items):,})</summary>"
        f"<ul class=queue>{''.join(items)}</ul></details>"
    )


def _withdrawn_html(gone: Withdrawal, title: str, who: str) -> str:
    change = gone.change
    return (
        f'<li><span dir="auto">{esc(title)}</span> <span class="day">{esc(change.what)} by '
        f"{esc(change.who)}, {phrases.local_day(change.at)}: {esc(change.why)}</span>"
        f'<details><summary>Use it again</summary><form class="deciding" data-do="decide" '
        f'data-source="{esc(gone.id)}" data-count="{digest(change)}">'
        f"{input_html('who', WHO, who, MAX_WORDS, required=True)}"
        f"{input_html('why', REASON, '', MAX_VALUE)}"
        '<p class="buttons"><button type="submit" name="act" value="restore" class="plainbutton">'
        "Use it again</button></p></form></details></li>"
    )


def findings_html(entry: Entry, titles: Mapping[str, str]) -> str:
    """What was found out about a proposed source while it was read: notices and likenesses."""
    card = entry.card
    notices = "".join(f'<li dir="auto">{_notice_html(notice)}</li>' for notice in card.notices)
    likes = "".join(
        f'<li dir="auto">{esc(like_text(like))}: {sources_html([like.id], titles)}</li>'
        for like in card.likes
    )
    parts = [
        f"<h3>What to look at</h3><ul class=notices>{notices}</ul>" if notices else "",
        f"<h3>Resembles</h3><ul class=notices>{likes}</ul>" if likes else "",
        facts_html(original_html(entry)),
    ]
    return "".join(parts)


def _notice_html(notice: Notice) -> str:
    pages = ", ".join(map(str, notice.pages[:MAX_PAGES]))
    more = " and more" if len(notice.pages) > MAX_PAGES else ""
    noun = "page" if len(notice.pages) == 1 else "pages"
    where = f" ({noun} {pages}{more})" if pages else ""
    return f"{esc(notice.text)}{where}"


def original_html(entry: Entry | None) -> tuple[tuple[str, str], ...]:
    """Rows on the file as it was received: name, size, digest, and where it was fetched."""
    original = entry.card.original if entry else None
    if original is None:
        return ()
    return (
        ("Original", f"{esc(original.name)}, {original.size:,} bytes"),
        ("Original (SHA-256)", f"<code>{original.sha256}</code>"),
        ("Fetched from", link_html(original.url) if original.url else ""),
    )
