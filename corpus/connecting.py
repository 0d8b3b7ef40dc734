"""How a fetch reaches the network: only addresses that were checked, and only until its time.

What is here stands in for httpcore's own backend, which would resolve a name by itself.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from corpus.addresses import is_ip

if TYPE_CHECKING:
    import ssl

    import httpcore

Resolve = Callable[[str, int], Sequence[str]]
"""A host's name and a port to its IP addresses; none where there is no such host."""
Check = Callable[[str, Sequence[str], int], Sequence[str]]
"""A host's name, its IP addresses and a port to those addresses, or an error."""

_CONNECTING_S = 10.0


def resolve(host: str, port: int) -> Sequence[str]:
    """The system's answer, each address once; how long that may take is the system's choice."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Backend:
    """httpcore's way to the network. `until` is a time of `time.monotonic`."""

    def __init__(self, resolve: Resolve, check: Check, until: float) -> None:
        self._resolve = resolve
        self._check = check
        self._until = until

    def connect_tcp(self, host: str, port: int, *_: object, **__: object) -> _Stream:
        """A connection with one of the addresses that the host's name leads to.

        Raises:
            FetchError: one of them must not be reached, or there is none.
        """
        import httpcore

        answers = [host] if is_ip(host) else self._resolve(host, port)
        failed: Exception | None = None
        for address in self._check(host, answers, port):
            timeout = min(_left(self._until), _CONNECTING_S)
            try:
                found = httpcore.SyncBackend().connect_tcp(address, port, timeout)
                return _Stream(found, self._until)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        assert failed is not None
        raise failed

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, _left(self._until)))


class _Stream:
    """A connection on which every wait ends when the time for the whole fetch does."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    # The signatures are httpcore's; what it gives as timeouts would start anew at every wait.
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, _left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, _left(self._until))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> _Stream:
        left = _left(self._until)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
