"""What every test may use; tests/README.md tells how.

The environment is settled before anything of Attaché is imported: the libraries read their
telemetry switches then, and a setting of the person who runs the tests must not steer them.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from assistant.settings import Settings
from ui.cli import silence_telemetry

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.assembly import Desk

REQUIRED = frozenset(filter(None, os.environ.get("ATTACHE_REQUIRE", "").split(",")))

for name in ("debug", *Settings.model_fields):
    os.environ.pop(f"ATTACHE_{name.upper()}", None)
silence_telemetry()

settings.register_profile(
    "attache",
    deadline=None,
    derandomize=bool(os.environ.get("CI") or REQUIRED),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("attache")

Require = Callable[[str, bool, str], None]


def _require(name: str, available: bool, reason: str) -> None:
    """Skips the test where `name` is not available; fails it where ATTACHE_REQUIRE holds `name`."""
    if available:
        return
    if name in REQUIRED:
        pytest.fail(f"ATTACHE_REQUIRE asks for {name}, but: {reason}", pytrace=False)
    pytest.skip(f"{name}: {reason}")


@pytest.fixture(scope="session")
def require() -> Require:
    """`require(name, available, reason)`: skip, or fail where ATTACHE_REQUIRE names it."""
    return _require


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """No test reaches beyond this machine: connecting or looking up a name elsewhere raises."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _guarded_connect(getattr(socket.socket, name)))
    patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
    yield
    patch.undo()


def _guarded_connect(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_elsewhere(address[0])
        return connect(self, address)

    return guarded


def _guarded_lookup(lookup: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *rest: Any, **named: Any) -> Any:
        if host:
            _refuse_elsewhere(host.decode() if isinstance(host, bytes) else host)
        return lookup(host, *rest, **named)

    return guarded


def _refuse_elsewhere(host: str) -> None:
    if host in ("", "localhost", "0.0.0.0", "::"):
        return
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise RuntimeError(f"A test tried to reach {host}; tests reach only this machine.")


@pytest.fixture(scope="session")
def today() -> date:
    """The day on which all questions of the tests are asked."""
    return date(2026, 11, 23)


@pytest.fixture(scope="session")
def starter_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index of the starter collection, made once with the packaged model."""
    from assistant.assembly import build_index
    from assistant.settings import load_settings

    home = tmp_path_factory.mktemp("starter") / "home"
    build_index(load_settings(home=home))
    return home


@pytest.fixture(scope="session")
def starter_desk(starter_home: Path) -> Iterator[Desk]:
    """A desk over the starter collection, shared by the tests: ask it, change nothing."""
    from assistant.assembly import open_desk
    from assistant.settings import load_settings

    desk = open_desk(load_settings(home=starter_home))
    yield desk
    desk.close()
