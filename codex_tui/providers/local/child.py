"""The model's server as a process of its own: a program, not a module to import.

    python -I -S child.py

Its one line of input is a JSON object: `model` (a GGUF file), `key` (without it nobody is served),
`context_tokens`, `runtime` (the folder that holds xllamacpp), `parent` (a process id) and
`max_log_bytes`. It answers with one line, `{"port": N}` once the model is loaded and the server
listens on 127.0.0.1, or `{"error": "…"}`. Everything else that is said, by native code above all,
goes to standard error, which is the log.

It ends when its input ends, which happens in whatever way the parent goes, and on SIGTERM. The
runtime keeps Python from running while it loads a model; on Linux the kernel ends this process with
its parent even then.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import select
import signal
import sys
import threading
from typing import Any

_PR_SET_PDEATHSIG = 1  # an operation of prctl(2)
_PARENT_CHECK_S = 1.0
_GENERATION_THREADS = 1  # two are slower than one as soon as anything else runs (measured)
_PROMPT_THREADS = 2
_TEMPERATURE = 0.2  # small models copy more and invent less (trials; the runtime's own is 0.8)
_ERRORS_ONLY = 1  # on the runtime's scale; 0 hides why a model does not load


def main() -> None:
    """Serve until the parent is gone; see the top of this module."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)  # works while Python cannot run, too
    orders = json.loads(sys.stdin.buffer.readline())
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _end_with(orders["parent"])
    _limit_log(orders["max_log_bytes"])
    sys.path.append(orders["runtime"])
    try:
        server = _start(orders)
        answer: dict[str, object] = {"port": int(server.listening_address.rpartition(":")[2])}
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent tells the user
        answer = {"error": f"{type(error).__name__}: {error}"}
    answers.write(json.dumps(answer) + "\n")
    answers.close()
    if "port" in answer:
        threading.Event().wait()  # the watcher ends the process


def _start(orders: dict[str, Any]) -> Any:  # noqa: ANN401 - the runtime has no types
    """Load the model and listen. What an older runtime does not know is left as it is."""
    xllamacpp: Any = importlib.import_module("xllamacpp")
    params: Any = xllamacpp.CommonParams()
    params.model.path = orders["model"]
    params.n_ctx = orders["context_tokens"]
    params.n_parallel = 1
    params.port = 0
    params.api_keys = [orders["key"]]
    params.verbosity = _ERRORS_ONLY
    params.cpuparams.n_threads = _GENERATION_THREADS
    params.cpuparams_batch.n_threads = _PROMPT_THREADS
    params.sampling.temp = _TEMPERATURE
    for name, value in (
        ("hostnames", ["127.0.0.1"]),
        ("ui", False),
        ("webui", False),
        ("cors_origins", ""),
        ("cors_credentials", False),
        ("endpoint_slots", False),
        ("cache_ram_mib", 0),  # a cache of prompts beside the running one, up to 8 GB
    ):
        if hasattr(params, name):
            setattr(params, name, value)
    return xllamacpp.Server(params)


def _limit_log(max_bytes: int) -> None:
    """Bound what native code can write: Python ignores SIGXFSZ, so that more is just not written.
    The server writes no other file.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, max_bytes))


def _end_with(parent: int) -> None:
    """End this process as soon as the parent is gone."""
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], _PARENT_CHECK_S)
        if readable and not os.read(0, 1024):
            break
    os._exit(0)


if __name__ == "__main__":
    main()
