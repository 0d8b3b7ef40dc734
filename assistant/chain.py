"""The hash chain over salted digests, as pure functions.

Every entry has a digest of a secret salt and its content, and a link over the link before it, its
own place and name, and that digest. So content can be erased, salt and all, without breaking the
chain, and what is left tells nothing of it; any other change breaks it. The scheme is the linked
log of Schneier and Kelsey, "Secure audit logs to support computer forensics" (1999), with the
salted commitments that make erasure possible.
"""

from __future__ import annotations

import hashlib
import json
import secrets

GENESIS = "0" * 64


def new_salt() -> str:
    """256 random bits as 64 hex digits."""
    return secrets.token_hex(32)


def digest_of(salt: str, content: str) -> str:
    """SHA-256 of the salt and the content, as 64 hex digits."""
    return _sha256(f"{salt}\n{content}")


def link_of(
    previous: str, seq: int, id_: str, kind: str, created: str, conversation: str, digest: str
) -> str:
    """SHA-256 over the link before (GENESIS for the first) and all that stays of an entry."""
    return _sha256(json.dumps([previous, seq, id_, kind, created, conversation, digest]))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
