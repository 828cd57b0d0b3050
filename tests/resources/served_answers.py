"""A local service with any answer, and its reading."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mentorsync_pipeline.resources.givebutter import GivebutterResource
from mentorsync_pipeline.resources.http import ServiceError


def code_of(call):
    with pytest.raises(ServiceError) as raised:
        call()
    return raised.value.code


def contacts(givebutter):
    return [contact for page in givebutter.contacts() for contact in page]


@contextmanager
def serving(answer, *, status=200, headers=None):
    """A local service with the body `answer(path)`."""
    sent = {"Content-Type": "application/json", **(headers or {})}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):  # the name that the base class calls
            body = answer(self.path.replace("HOST", f"127.0.0.1:{server.server_port}"))
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in sent.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_PATCH = do_DELETE = do_GET  # noqa: N815  # names that the base class calls

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


def givebutter_at(url):
    return GivebutterResource(api_url=url, api_key="k", requests_per_minute=60_000, attempts=2, first_wait=0.01)
