"""Serving the page on this machine and nowhere else."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from corpus.errors import ServingError

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI, Request

    from assistant.assembly import Desk

HERE = Path(__file__).parent
QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_MCP_SERVER": "False",
    "GRADIO_SSR_MODE": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "ANONYMIZED_TELEMETRY": "False",
}
_STOP_WAIT_S = 2  # an open page holds a connection for as long as it is open


def silence() -> None:
    """Turns off what the libraries would report elsewhere; must run before they are imported."""
    os.environ.update(QUIET)


def build_app(desk: Desk) -> FastAPI:
    """The web application: the page at `/`, guarded, with its files and what stands beside it."""
    silence()
    import gradio as gr
    from fastapi import FastAPI
    from fastapi.responses import FileResponse, Response

    from evals.report.page import parts_css
    from ui.app import build_page
    from ui.guarding import Guard
    from ui.routes import add_routes
    from ui.uploading import add_upload

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard)

    def asset(request: Request) -> FileResponse:
        return FileResponse(HERE / request.url.path.removeprefix("/"))

    def parts(_: Request) -> Response:
        # The parts of a report look alike on the Quality tab, and nothing else looks like them.
        scoped = f".gradio-container .quality {{\n{parts_css()}\n}}\n"
        return Response(scoped, media_type="text/css")

    for name in ("page.css", "page.js"):
        app.add_route(f"/{name}", asset)
    app.add_route("/quality.css", parts)
    add_routes(app, desk)
    add_upload(app, desk)

    fonts = ["system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]
    theme = gr.themes.Base(
        primary_hue="blue", neutral_hue="gray", radius_size="sm", font=fonts,
        font_mono=["ui-monospace", "monospace"],
    )  # fmt: skip
    gr.mount_gradio_app(
        app,
        build_page(desk),
        path="/",
        theme=theme,
        # Linked, because Gradio rewrites the selectors of what it is given as `css`.
        head='<link rel="stylesheet" href="/page.css"><link rel="stylesheet" href="/quality.css">'
        '<script src="/page.js" defer></script>',
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        pwa=False,
        max_file_size=1,
    )
    return app


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to a loopback address; port 0 picks a free one.

    Raises:
        ServingError: the address is not loopback, not this machine's, or the port is in use.
    """
    address = _loopback(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address, port))
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise _refused(error, host, port) from error
    return bound


def _loopback(host: str) -> str:
    bare = host.strip("[]")
    try:
        address = ipaddress.ip_address("127.0.0.1" if bare == "localhost" else bare)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise ServingError(
            f"The page cannot be served on {host}: it is open to this machine only.",
            "Leave --host out, or give a loopback address such as 127.0.0.1.",
        )
    return str(address)


def _refused(error: OSError, host: str, port: int) -> ServingError:
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else 0
        return ServingError(
            f"Port {port} on {host} is in use, perhaps by another Attaché.",
            f"Choose another, for example with --port {other} (0 picks a free one).",
        )
    if error.errno == errno.EACCES:
        return ServingError(
            f"Port {port} may not be opened by this user.", "Choose one above 1023 with --port."
        )
    return ServingError(
        f"The page cannot be served on {host}:{port}: {error.strerror}.",
        "Give another address or port with --host or --port.",
    )


def address_of(bound: socket.socket) -> str:
    """The address to open in a browser."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve(app: FastAPI, bound: socket.socket, on_ready: Callable[[str], None]) -> None:
    """Serves an application on a socket from `listen` until SIGINT or SIGTERM, then returns; calls
    `on_ready` with the address once.
    """
    server = _server(app, lambda: on_ready(address_of(bound)))
    with _stopping(server):
        server.run(sockets=[bound])


@dataclass(frozen=True)
class Served:
    """A page being served by a thread of this process."""

    url: str
    stop: Callable[[], None]


def start(desk: Desk, port: int = 0) -> Served:
    """Serves the page, as `start_app`."""
    return start_app(build_app(desk), port)


def start_app(app: FastAPI, port: int = 0) -> Served:
    """Serves an application on 127.0.0.1 in a thread; returns once it can be opened.

    Raises:
        ServingError: the port is in use, or the server did not start.
    """
    bound = listen("127.0.0.1", port)
    ready = threading.Event()
    server = _server(app, ready.set)

    def run() -> None:
        with bound:
            server.run(sockets=[bound])
        ready.set()

    thread = threading.Thread(target=run, name="page", daemon=True)
    thread.start()
    ready.wait()
    if not server.started:
        raise ServingError("The page could not be started.", "The log above says why.")

    def stop() -> None:
        server.should_exit = True
        thread.join()

    return Served(address_of(bound), stop)


def _server(app: FastAPI, on_ready: Callable[[], None]) -> uvicorn.Server:
    import uvicorn

    class Server(uvicorn.Server):  # type: ignore[misc]
        """Says when it is ready and leaves signals to `serve`."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                on_ready()

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_STOP_WAIT_S,
        server_header=False,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    return Server(config)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether to log it: that an end cuts off the pages still open is meant, and no error."""
    error = record.exc_info[1] if record.exc_info else None
    cut_off = "timeout graceful shutdown exceeded" in record.getMessage()
    return not (cut_off or isinstance(error, asyncio.CancelledError))


@contextmanager
def _stopping(server: uvicorn.Server) -> Iterator[None]:
    """Lets SIGINT and SIGTERM end the server in order: being stopped is not a failure."""

    def handle(_signal: int, _frame: FrameType | None) -> None:
        server.force_exit = server.should_exit
        server.should_exit = True

    before = {s: signal.signal(s, handle) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
