"""Assemble the application of the console: pages, API, guard, errors, headers."""

from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import BaseRoute
from starlette.staticfiles import StaticFiles

from mentorsync_pipeline.console import problems
from mentorsync_pipeline.console.api import API
from mentorsync_pipeline.console.api.document import TOKEN, describe_api
from mentorsync_pipeline.console.api.known_parameters import refuse_unknown_parameters
from mentorsync_pipeline.console.auth.headers import SecurityHeaders
from mentorsync_pipeline.console.auth.known_hosts import KnownHosts
from mentorsync_pipeline.console.auth.login_attempts import LoginAttempts
from mentorsync_pipeline.console.auth.request_guard import guard
from mentorsync_pipeline.console.auth.sessions import SESSION_SECONDS, SessionFile
from mentorsync_pipeline.console.auth.size import SizeLimit
from mentorsync_pipeline.console.dependencies import Services
from mentorsync_pipeline.console.health import health
from mentorsync_pipeline.console.page_times import PageClockMiddleware
from mentorsync_pipeline.console.pages import PAGES, login
from mentorsync_pipeline.console.rendering import STATIC


def create_app(services: Services) -> FastAPI:
    """Build the application. The guard protects everything except login, static files and health check."""
    tls = urlsplit(services.settings.console_url).scheme == "https"
    app = FastAPI(
        title="MentorSync",
        version="1",
        description="What the console does, for other programs. Send an API token: `Authorization: Bearer …`.",
        openapi_url=None,  # served behind the guard
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        routes=_ROUTES,
        middleware=[
            Middleware(SecurityHeaders, tls=tls),
            Middleware(SizeLimit),
            Middleware(PageClockMiddleware, now=services.now),
            Middleware(KnownHosts, public_url=services.settings.console_url),
            Middleware(
                SessionMiddleware,
                secret_key=services.secret,
                session_cookie="mentorsync_console",
                max_age=SESSION_SECONDS,
                same_site="lax",
                https_only=tls,
            ),
        ],
    )
    app.state.services = services
    app.state.is_stopping = lambda: False
    app.state.login_attempts = LoginAttempts()
    app.state.sessions = SessionFile(services.settings.home / "console-sessions.json")
    problems.install(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _build_routes() -> list[BaseRoute]:
    """Build the routes, which are the same in every application."""
    router, guarded = APIRouter(), [Depends(guard)]
    router.add_api_route("/healthz", health, methods=["GET"], include_in_schema=False)
    router.include_router(login.router, include_in_schema=False)
    for api_router in API:
        router.include_router(
            api_router,
            prefix="/api",
            responses=problems.PROBLEMS,
            dependencies=[*guarded, Depends(TOKEN), Depends(refuse_unknown_parameters)],
        )
    for page_router in PAGES:
        router.include_router(page_router, dependencies=guarded, include_in_schema=False)
    router.add_api_route("/api/openapi.json", _openapi, methods=["GET"], dependencies=guarded, include_in_schema=False)
    return router.routes


def _openapi(request: Request) -> dict[str, Any]:
    """Return the API's description."""
    return describe_api(request.app)


_ROUTES = _build_routes()
