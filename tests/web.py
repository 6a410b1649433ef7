"""A real web server on a folder; not tests themselves."""

import functools
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class _Handler(SimpleHTTPRequestHandler):
    """A web server on a folder that writes down what it was asked; some it does not answer well."""

    def log_message(self, *words):
        self.server.asked.append(self.command)

    def do_GET(self):
        changed = self.server.changes.pop(self.path, None) if self.command == "GET" else None
        if "closed" in self.path:
            self.send_error(403)
            return
        super().do_GET()
        if changed:
            changed()


@contextmanager
def serving(folder):
    """A web server on a folder; gives it and its address."""
    handler = functools.partial(_Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        web.asked, web.changes = [], {}
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        try:
            yield web, f"http://me:hidden@127.0.0.1:{web.server_port}"
        finally:
            web.shutdown()
            thread.join()
