"""The page of a report: it fetches nothing, and its policy forbids that it could."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from importlib.resources import files

from evals.report.markup import esc


def page(title: str, lead: str, notice: str, sections: Iterable[tuple[str, str, str]]) -> str:
    """The whole page; a section is its anchor, its heading and its HTML. The rest is text."""
    style, script = _file("report.css") + parts_css(), _file("report.js")
    # Style attributes are those of the plots, as no other text is ever set as markup.
    policy = (
        f"default-src 'none'; style-src-elem {_hash(style)}; style-src-attr 'unsafe-inline'; "
        f"script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    given = list(sections)
    links = "".join(f'<li><a href="#{anchor}">{esc(head)}</a></li>' for anchor, head, _ in given)
    body = "".join(
        f'<section id="{anchor}" aria-labelledby="h-{anchor}"><h2 id="h-{anchor}">{esc(head)}</h2>'
        f"{content}</section>\n"
        for anchor, head, content in given
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="color-scheme" '
        f'content="light dark"><title>{esc(title)}</title><style>{style}</style></head>\n'
        f'<body><a class="skip" href="#cases">To the cases</a><header><h1>{esc(title)}</h1>'
        f'<p class="lead">{esc(lead)}</p><p class="note">{esc(notice)}</p>'
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header>\n<main>{body}</main>'
        f"<script>{script}</script></body></html>\n"
    )


def parts_css() -> str:
    """The look of the parts of a report, for a page that has colours of the same names."""
    return _file("parts.css")


def _file(name: str) -> str:
    return files("evals.report").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
