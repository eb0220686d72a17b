"""FakePostHog behind a real port, for commands that are run as a whole."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from tests.fakes import FakePostHog


@contextmanager
def serving(posthog: FakePostHog) -> Iterator[str]:
    """Serve on loopback until the block ends; gives the host to set."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("content-length", 0))
            url = f"http://127.0.0.1:{self.server.server_port}{self.path}"
            headers = dict(self.headers)
            request = httpx.Request(
                self.command, url, headers=headers, content=self.rfile.read(length)
            )
            response = posthog(request)
            with suppress(ConnectionError):
                self.send(response)

        def send(self, response: httpx.Response) -> None:
            self.send_response(response.status_code)
            for name in ("content-type", "retry-after"):
                if name in response.headers:
                    self.send_header(name, response.headers[name])
            self.send_header("content-length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_POST = do_DELETE = answer

        def log_message(self, format, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
