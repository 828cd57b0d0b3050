"""An ASGI application served by a thread of this process, on a loopback port; it stops immediately on request."""

import asyncio
import socket
import threading
import time
from contextlib import suppress
from typing import cast

import uvicorn
from starlette.types import ASGIApp

_START_SECONDS = 20.0
# Time that answers in progress may take when the server stops.
_GRACE_SECONDS = 2.0
_POLL_SECONDS = 0.005
_TICK_SECONDS = 1.0


class ThreadServer:
    """Serves from `start` to `stop`; with port 0, on a free port, which `start` returns."""

    def __init__(self, app: ASGIApp, *, port: int = 0, name: str = "server") -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._requested_port = port
        self._server = _PromptServer(uvicorn.Config(app, log_level="warning", access_log=False))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name=name, daemon=True
        )

    def start(self) -> int:
        """Start the thread and wait until it answers; returns the port. Raises OSError when the port is taken."""
        try:
            self._socket.bind(("127.0.0.1", self._requested_port))
        except OSError:
            self._socket.close()
            raise
        port = cast("int", self._socket.getsockname()[1])
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                self.stop()
                raise RuntimeError(f"The server did not start on port {port}; is the port free?")
            time.sleep(_POLL_SECONDS)
        return port

    def stop(self) -> None:
        """Stop the thread and close the port."""
        self._server.end()
        self._thread.join(timeout=10)
        self._socket.close()


class _PromptServer(uvicorn.Server):
    """Uvicorn's server with shorter pauses: it checks for a stop request and closed connections ten times a second."""

    _stop_request: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def end(self) -> None:
        """Stop the server from another thread."""
        self.should_exit = True
        if self._stop_request:
            loop, event = self._stop_request
            with suppress(RuntimeError):  # it has ended already
                loop.call_soon_threadsafe(event.set)

    async def main_loop(self) -> None:
        event = asyncio.Event()
        self._stop_request = asyncio.get_running_loop(), event
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), _TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for socket_ in sockets or []:
            socket_.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECONDS):
                while self.server_state.connections or self.server_state.tasks:
                    await asyncio.sleep(_POLL_SECONDS)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()
