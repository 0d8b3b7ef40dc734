"""Conversations that are kept, as HTML: the list in the side bar, the head of the open one."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.conversations import Listed
from ui import phrases
from ui.rendering import esc

LIMIT = 200
MAX_TITLE = 200
MAX_SEARCH = 200
FOLD = '<details id="fold"><summary>Conversations</summary></details>'


def address(conversation: str) -> str:
    """Where the page opens a conversation."""
    return f"/?c={conversation}"


def list_html(
    listed: Sequence[Listed], current: str = "", search: str = "", hidden: bool = False
) -> str:
    """Links to conversations, newest first; `current` is the id of the open one."""
    items = "".join(_item_html(one, one.id == current) for one in listed)
    more = f"The newest {LIMIT} are shown; search for older ones." if len(listed) >= LIMIT else ""
    note = _nothing(search, hidden) if not listed else more
    return (
        f'<nav class="talks" aria-label="Conversations"><ul>{items}</ul>'
        f'<p class="hint">{note}</p></nav>'
    )


def _item_html(one: Listed, current: bool) -> str:
    mark = ' aria-current="page"' if current else ""
    return (
        f'<li><a href="{esc(address(one.id))}" data-do="open" '
        f'data-conversation="{esc(one.id)}"{mark}>'
        f'<span class="name" dir="auto">{esc(one.title)}</span> '
        f'<span class="day">{esc(phrases.local_day(one.updated))}</span></a></li>'
    )


def _nothing(search: str, hidden: bool) -> str:
    if search.strip():
        return "No conversation holds all of these words."
    return "No conversation is hidden." if hidden else "No conversation yet."


def head_html(one: Listed | None) -> str:
    """The open conversation's title and what may be done with it; only a title where it is new."""
    if one is None:
        return '<h2 class="unseen">Conversation</h2>'
    id_ = esc(one.id)
    change = "show" if one.hidden else "hide"
    label = "Show in the list again" if one.hidden else "Hide from the list"
    hidden = ' <span class="label">Hidden</span>' if one.hidden else ""
    return (
        f'<div class="head"><h2 dir="auto">{esc(one.title)}{hidden}</h2>'
        '<details class="manage"><summary>Rename, hide, export</summary><div>'
        f'<form data-do="rename" data-conversation="{id_}" data-count="{esc(one.title)}">'
        f'<label class="field">Name of this conversation<input type="text" name="title" '
        f'maxlength="{MAX_TITLE}" value="{esc(one.title)}" dir="auto"></label>'
        '<button type="submit" class="plainbutton">Rename</button></form>'
        f'<p class="tools"><button type="button" class="plainbutton" data-do="{change}" '
        f'data-conversation="{id_}">{label}</button> '
        f'<a class="plainbutton" href="/conversation/{id_}.md" download>Export as Markdown</a> '
        f'<a class="plainbutton" href="/conversation/{id_}.json" download>Export as JSON</a></p>'
        '<p class="hint">Hiding takes it out of the list; what was asked and answered stays on '
        "record.</p></div></details></div>"
    )


def problem_html(message: str = "") -> str:
    """One line on what did not work; nothing where all is well."""
    return f'<p class="problem" role="alert" dir="auto">{esc(message)}</p>' if message else ""
