"""Says in our own words why a value cannot stand in a head."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

_MAX_SHOWN = 60
_PATTERNS = {"language": "write its code of two or three small letters, such as en"}
_ID = "use small letters, digits and single hyphens, such as annual-report-2023"


def wrong_value(error: ValidationError) -> tuple[str, str]:
    """The key of the first wrong value (`""` where it is none's), and what is wrong in a clause."""
    first: Any = error.errors()[0]
    key = str(first["loc"][0]) if first["loc"] else ""
    value = " ".join(str(first["input"]).split())
    shown = value if len(value) <= _MAX_SHOWN else f"{value[:_MAX_SHOWN]}…"
    return key, f"cannot be {shown!r}: {_instead(key, first['type'], first.get('ctx', {}))}"


def _instead(key: str, what: str, context: dict[str, Any]) -> str:
    match what:
        case "value_error":
            # Quotes are for YAML; whoever sets a value in a form or a command needs none.
            return str(context["error"]).removesuffix(", in quotes")
        case "enum" | "literal_error":
            return f"use {context['expected']}"
        case "too_short" | "string_too_short":
            return "write something"
        case "too_long" | "string_too_long":
            return f"write at most {context['max_length']:,} characters"
        case "string_pattern_mismatch":
            return _PATTERNS.get(key, _ID)
        case "tuple_type":
            return "give a list of values"
        case "string_type":
            return "give it as text"
        case "model_type" | "model_attributes_type":
            return "give keys with their values"
        case "extra_forbidden":
            return "there is no such key in it"
    return "it is of another form"
