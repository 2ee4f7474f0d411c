"""A partner's server that answers questions over signed HTTP, as in `docs/plugins.md`: the standard
library alone, nothing of ours.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

__all__ = ["KEY", "Answering"]

KEY = "whsec_" + base64.b64encode(b"k" * 32).decode()


def _sign(number: str, stamp: str, body: bytes) -> str:
    secret = base64.b64decode(KEY.removeprefix("whsec_"))
    mac = hmac.new(secret, f"{number}.{stamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(mac.digest()).decode()}"


class Answering:
    """The server, on a port of its own.

    `answer` is given the hook and the facts, and returns the answer. `spoil` may change what is
    sent: the status, the headers, the body.
    """

    def __init__(self, answer: Callable[[str, Any], Any]) -> None:
        self.answer = answer
        self.spoil: Callable[[int, dict[str, str], bytes], tuple[int, dict[str, str], bytes]] = (
            lambda status, headers, body: (status, headers, body)
        )
        self.asked: list[tuple[str, Any]] = []
        answering = self

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                number, stamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
                given = self.headers["webhook-signature"].split(" ")
                believed = _sign(number, stamp, body) in given
                if not believed or abs(time.time() - int(stamp)) > 300:
                    self.send_error(401)
                    return
                asked = json.loads(body)
                answering.asked.append((asked["hook"], asked["facts"]))
                answer = answering.answer(asked["hook"], asked["facts"])
                sent = json.dumps({"answer": answer}).encode()
                now = str(int(time.time()))
                headers = {"webhook-timestamp": now, "webhook-signature": _sign(number, now, sent)}
                status, headers, sent = answering.spoil(200, headers, sent)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - as its parent
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._server.daemon_threads = True
        self.place = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.place}/stoa"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
