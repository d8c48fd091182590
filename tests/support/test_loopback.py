"""The loopback server itself: a client that comes while it closes leaves nothing open."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket

import pytest

from tests.servers.loopback import LoopbackServer, Plain


@pytest.mark.parametrize("turns", range(6), ids=lambda turns: f"{turns} turns before")
def test_a_client_that_has_only_just_come_is_closed_with_the_server(turns: int) -> None:
    client = socket.socket()

    async def serve() -> None:
        async with LoopbackServer(lambda _request: Plain()) as server:
            host, port = server.base_url.removeprefix("http://").split(":")
            client.connect((host, int(port)))
            for _ in range(turns):
                await asyncio.sleep(0)

    with client:
        asyncio.run(serve())
        client.settimeout(5)
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""
    gc.collect()  # a transport that was left open is reported here, as this test's failure
