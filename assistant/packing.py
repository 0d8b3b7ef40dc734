"""Record -> JSON values and back: every source and passage once, however often it is cited."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from assistant.types import Record

_RECORD = TypeAdapter(Record)
_TIE_FIELDS = ("kind", "start", "status")
_TABLES = {"source": "sources", "passage": "passages"}


def pack(record: Record) -> dict[str, Any]:
    """What `json.dumps` takes; `unpack` gives the same record again."""
    tables: dict[str, dict[str, Any]] = {"sources": {}, "passages": {}}
    packed = _with_names(_RECORD.dump_python(record, mode="json"), tables)
    return {**packed, **tables}


def unpack(content: dict[str, Any]) -> Record:
    """The record that was packed.

    Raises:
        pydantic.ValidationError: the content is no packed record.
    """
    tables = {name: content[name] for name in _TABLES.values()}
    inner = {key: value for key, value in content.items() if key not in tables}
    return _RECORD.validate_python(_with_values(inner, tables), strict=False)


def cited_in(content: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The sources that a packed record cites, each once: id and version of the text."""
    answer = content["answer"]
    statements = answer["statements"] + answer["more"] if answer else content["partial"]
    citing = [*statements, *([content["premise"]] if content["premise"] else [])]
    rows = ((answer or {}).get("ties") or {"rows": ()})["rows"]
    citing += [value for row in rows for name in _TIE_FIELDS for value in row[name]]
    names = dict.fromkeys(c["source"] for s in citing for c in s["citations"])
    return tuple((name, content["sources"][name]["version"]) for name in names)


def _with_names(value: Any, tables: dict[str, dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_with_names(item, tables) for item in value]
    if not isinstance(value, dict):
        return value
    named = {}
    for key, item in value.items():
        if key in _TABLES and isinstance(item, dict):
            tables[_TABLES[key]][item["id"]] = item
            named[key] = item["id"]
        else:
            named[key] = _with_names(item, tables)
    return named


def _with_values(value: Any, tables: dict[str, dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_with_values(item, tables) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: tables[_TABLES[key]][item]
        if key in _TABLES and isinstance(item, str)
        else _with_values(item, tables)
        for key, item in value.items()
    }
