"""What stands between a browser and the page: who may call, and what the page may load.

Plain ASGI, because streamed answers must pass through unbuffered.
"""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

# Gradio's routes that nothing on this page uses: uploads, files, proxying, media, monitoring.
CLOSED = re.compile(
    r"/(?:gradio_api/(?:upload|proxy=|file|stream|process_recording|deep_link|vibe|undo-vibe|runs"
    r"|run-history|dev|openapi|component_server)|monitoring|openapi|docs|redoc)"
)

# `unsafe-eval`: Gradio's HTML component compiles its (constant) template with `Function`.
# Inline scripts are allowed one by one, by hash, so that injected ones do not run.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'{hashes}; style-src 'self' "
    "'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'self'; form-action {forms}; frame-ancestors 'none'"
)
NO_FORMS, OWN_FORMS = "'none'", "'self'"
_INLINE = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def policy(body: bytes = b"", forms: str = NO_FORMS) -> str:
    """The content security policy for a response with this body."""
    digests = [hashlib.sha256(script).digest() for script in _INLINE.findall(body)]
    hashes = "".join(f" 'sha256-{base64.b64encode(d).decode()}'" for d in digests)
    return POLICY.format(hashes=hashes, forms=forms)


def host_of(netloc: str) -> str | None:
    """The host name in `host[:port]`, in lower case."""
    try:
        return urlsplit(f"//{netloc}").hostname
    except ValueError:
        return None


class Guard:
    """Refuses foreign hosts, foreign origins and unused routes; adds the security headers.

    A foreign Host header means DNS rebinding: another site's name that points to this machine.
    `forms` says where a page may send forms: nowhere, or to itself.
    """

    def __init__(self, app: ASGIApp, forms: str = NO_FORMS) -> None:
        self.app = app
        self.forms = forms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sender = _HeaderSender(send, self.forms)
        refusal = _refusal(scope)
        await (refusal or self.app)(scope, receive, sender.send)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    headers = Headers(scope=scope)
    if host_of(headers.get("host", "")) not in HOSTS:
        return PlainTextResponse("This host name is not served here.", 400)
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != headers["host"]:
        return PlainTextResponse("Requests from other sites are not answered.", 403)
    if CLOSED.match(scope["path"]):
        return PlainTextResponse("Not found.", 404)
    return None


class _HeaderSender:
    """Adds headers to a response; holds HTML back until it is whole, to hash its scripts."""

    def __init__(self, send: Send, forms: str) -> None:
        self._send = send
        self._forms = forms
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
            if headers.get("content-type", "").startswith("text/html"):
                self._start = message
                return
            headers["Content-Security-Policy"] = policy(forms=self._forms)
        elif self._start is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            MutableHeaders(scope=self._start)["Content-Security-Policy"] = policy(
                self._body, self._forms
            )
            await self._send(self._start)
            self._start, message = None, {**message, "body": self._body}
        await self._send(message)
