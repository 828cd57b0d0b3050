"""A stand-in for Dagster's web server: it notes what it is asked to start, and the test runs that for real."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.console.conftest import Console


@dataclass
class Started:
    """The requested runs, in order. With `shows_runs`, they are shown, in progress until `run` executes them."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    shows_runs: bool = False

    def run(self, console: Console) -> None:
        """Execute the last requested run with the configuration that was sent."""
        request = self.runs[-1]
        console.env.later()
        console.env.run(request["selector"]["jobName"], year=_year(request), config=request["runConfigData"])
        self.done.add(_run_id(len(self.runs)))

    def pretend(self) -> None:
        """Show the last requested run as ended, without executing it."""
        self.done.add(_run_id(len(self.runs)))

    @property
    def last(self) -> tuple[str, Any]:
        """The last requested job and its configuration."""
        return self.runs[-1]["selector"]["jobName"], self.runs[-1]["runConfigData"]

    def answer(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Answer a query of the console."""
        if "params" in variables:
            self.runs.append(variables["params"])
            return {"launchRun": {"__typename": "LaunchRunSuccess", "run": {"runId": _run_id(len(self.runs))}}}
        shown = [self._show(number) for number in range(len(self.runs), 0, -1)] if self.shows_runs else []
        if "id" in variables:
            return {"runOrError": next(run for run in shown if run["runId"] == variables["id"])}
        if "filter" in variables:
            asked = variables["filter"]
            job, statuses = asked.get("pipelineName"), asked.get("statuses")
            return {
                "runsOrError": {
                    "results": [
                        run
                        for run in shown
                        if job in (None, run["jobName"]) and (statuses is None or run["status"] in statuses)
                    ]
                }
            }
        return {"instance": {"daemonHealth": {"allDaemonStatuses": []}}}

    def _show(self, number: int) -> dict[str, Any]:
        request, run_id = self.runs[number - 1], _run_id(number)
        return {
            "__typename": "Run",
            "runId": run_id,
            "jobName": request["selector"]["jobName"],
            "status": "SUCCESS" if run_id in self.done else "STARTED",
            "startTime": 0.0,
            "endTime": 1.0 if run_id in self.done else None,
            "tags": request["executionMetadata"]["tags"],
            "stepStats": [],
        }


def _run_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def _year(request: dict[str, Any]) -> int | None:
    tags = request["executionMetadata"]["tags"]
    return next((int(tag["value"]) for tag in tags if tag["key"] == "dagster/partition"), None)


@contextmanager
def fake_dagster() -> Iterator[tuple[Started, str]]:
    """Serve the stand-in; yields what it notes, and its address."""
    noted = Started()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps({"data": noted.answer(request["variables"])}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield noted, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
