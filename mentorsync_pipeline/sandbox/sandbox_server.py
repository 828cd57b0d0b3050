"""The sandbox as a server."""

from collections.abc import Callable, Iterable
from datetime import datetime
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from mentorsync_pipeline.sandbox import givebutter, jotform
from mentorsync_pipeline.sandbox.control import Control
from mentorsync_pipeline.sandbox.csv_import import FinishedImport
from mentorsync_pipeline.sandbox.dashboard import Dashboard
from mentorsync_pipeline.sandbox.gate import Gate, MinuteLimit
from mentorsync_pipeline.sandbox.middleware import RefuseOtherSites, SaveBeforeAnswer
from mentorsync_pipeline.sandbox.options import Options
from mentorsync_pipeline.sandbox.pages import create_pages
from mentorsync_pipeline.sandbox.population import World
from mentorsync_pipeline.sandbox.sandbox import Sandbox, utc_now
from mentorsync_pipeline.sandbox.thread_server import ThreadServer
from mentorsync_pipeline.sandbox.world_file import WorldFile


def create_app(sandbox: Sandbox) -> Starlette:
    """Build the application: ``/jotform``, ``/givebutter/v1``, ``/_sandbox`` for tests, and the pages for people."""
    options, faults, log = sandbox.options, sandbox.faults, sandbox.log

    def jotform_refuses(request: Request) -> Response | None:
        return jotform.refuse_key(request, options.jotform_key)

    def givebutter_refuses(request: Request) -> Response | None:
        return givebutter.refuse_key(request, options.givebutter_key)

    jotform_api = jotform.JotformApi(sandbox.forms, options)
    givebutter_api = givebutter.GivebutterApi(sandbox.contacts, sandbox.world.campaigns, sandbox.world.members, options)
    jotform_gate = Gate(
        "jotform",
        _service(jotform_api.routes(), jotform.problem),
        refuse=jotform_refuses,
        problem=jotform.problem,
        limit=MinuteLimit(None),
        faults=faults,
        log=log,
    )
    givebutter_gate = Gate(
        "givebutter",
        _service(givebutter_api.routes(), givebutter.problem),
        refuse=givebutter_refuses,
        problem=givebutter.problem,
        limit=MinuteLimit(options.requests_per_minute),
        faults=faults,
        log=log,
    )
    return Starlette(
        routes=[
            Mount("/jotform", jotform_gate),
            Mount("/givebutter/v1", givebutter_gate),
            Mount("/_sandbox", routes=Control(sandbox).routes()),
            Mount("/", create_pages(sandbox)),
        ],
        middleware=[Middleware(RefuseOtherSites), Middleware(SaveBeforeAnswer, save=sandbox.save)],
    )


def _service(routes: list[Route], problem: Callable[[int, str], Response]) -> Starlette:
    """Build the application of a service, which formats unknown paths and methods as its own errors."""

    async def answer(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return problem(status, "Not found." if status == 404 else "Method not allowed.")

    return Starlette(routes=routes, exception_handlers={HTTPException: answer})


def run(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 3200) -> None:
    """Serve in the foreground until interrupted."""
    uvicorn.run(create_app(sandbox), host=host, port=port, log_level="warning", access_log=False)


class SandboxServer:
    """A sandbox served by a thread on a free loopback port during a ``with`` block."""

    def __init__(
        self,
        world: World,
        *,
        options: Options | None = None,
        clock: Callable[[], datetime] = utc_now,
        port: int = 0,
        file: WorldFile | None = None,
        imports: Iterable[FinishedImport] = (),
    ) -> None:
        self.sandbox = Sandbox(world, options=options, clock=clock, file=file, imports=imports)
        self._port = port

    @property
    def world(self) -> World:
        """The world being served."""
        return self.sandbox.world

    @property
    def dashboard(self) -> Dashboard:
        """Givebutter's dashboard."""
        return self.sandbox.dashboard

    @property
    def url(self) -> str:
        """URL of the server."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def jotform_url(self) -> str:
        """Value of ``JOTFORM_API_URL``."""
        return f"{self.url}/jotform"

    @property
    def givebutter_url(self) -> str:
        """Value of ``GIVEBUTTER_API_URL``."""
        return f"{self.url}/givebutter/v1"

    @property
    def control_url(self) -> str:
        """URL of the control endpoints."""
        return f"{self.url}/_sandbox"

    def __enter__(self) -> Self:
        """Start the thread and wait until it answers."""
        self._server = ThreadServer(create_app(self.sandbox), port=self._port, name="sandbox")
        self._port = self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the thread and close the port."""
        self._server.stop()
