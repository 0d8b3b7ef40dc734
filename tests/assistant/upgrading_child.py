"""Opens a file of records, and so upgrades it, once the parent says so.

    python upgrading_child.py FILE

Everything is imported first, so that a kill meets the upgrade itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

import alembic.command  # noqa: F401

from assistant.archive import Archive

print("ready", flush=True)
sys.stdin.readline()
Archive(Path(sys.argv[1])).close()
print("done", flush=True)
