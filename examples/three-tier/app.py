"""The middle tier: counts visits in the database and says who answers."""

import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        # One connection per request: easy to follow in a capture, and a restarted database heals.
        try:
            with (
                psycopg2.connect(os.environ["DATABASE"]) as connection,
                connection.cursor() as rows,
            ):
                rows.execute("UPDATE visits SET count = count + 1 RETURNING count")
                (count,) = rows.fetchone()
        except psycopg2.OperationalError as error:
            self.answer(503, f"no database: {str(error).splitlines()[0]}")
        else:
            self.answer(200, f"visit {count}, answered by {socket.gethostname()}")

    def answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(f"{text}\n".encode())


ThreadingHTTPServer(("", 8000), Page).serve_forever()
