"""Stands in for the real runtime, in a process of its own: what the "weights" say, it does.

A model file here is `GGUF` and words. Its process id goes to a file beside it.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace


class CommonParams:
    def __init__(self):
        self.model = SimpleNamespace(path="")
        self.cpuparams = SimpleNamespace(n_threads=-1)
        self.cpuparams_batch = SimpleNamespace(n_threads=-1)
        self.sampling = SimpleNamespace(temp=0.8)
        self.hostnames = ["0.0.0.0"]
        self.cors_origins = "*"
        self.ui = True


class Server:
    def __init__(self, params):
        words = Path(params.model.path).read_bytes()[4:].decode().strip()
        written = Path(params.model.path + ".pid-being-written")
        written.write_text(str(os.getpid()))
        written.replace(params.model.path + ".pid")  # whoever looks finds it whole
        if "dies" in words:
            os._exit(3)
        if "hangs" in words:
            threading.Event().wait()
        if "taken" in words:
            os.write(2, b"cannot bind\n")
            raise OSError(98, "Address already in use")
        if "noisy" in words:
            for _ in range(48):
                try:
                    os.write(1, b"noise\n" * 10_000)
                except OSError:
                    break
        if "stubborn" in words:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        handler = type("Bound", (Handler,), {"params": params, "words": words})
        server = ThreadingHTTPServer((params.hostnames[0], 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.listening_address = f"http://{params.hostnames[0]}:{server.server_port}"


class Handler(BaseHTTPRequestHandler):
    params: CommonParams
    words: str

    def log_message(self, *args):
        """Say nothing of requests."""

    def do_GET(self):
        self._reply(503 if "unwell" in self.words else 200, b'{"status":"ok"}')

    def do_POST(self):
        if self.headers.get("Authorization") != f"Bearer {self.params.api_keys[0]}":
            self._reply(401, b'{"error":{"message":"Invalid API Key"}}')
            return
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        opening, closing = (
            ('{"answer": {"reply": "', '"}}') if "response_format" in asked else ("", "")
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self._say(f"{opening}Hello from ")
        if "breaks off" in self.words:
            os._exit(1)
        while "talks on" in self.words:
            self._say("and on ")
            time.sleep(0.05)
        self._say(f"this machine.{closing}")
        self._chunk({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self.wfile.write(b"data: [DONE]\n\n")

    def _say(self, text):
        self._chunk({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})

    def _chunk(self, fields):
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", **fields}
        self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        self.wfile.flush()

    def _reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
