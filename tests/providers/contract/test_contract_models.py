"""Lists of models: whatever a server answers is a list, or an error with its kind."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from codex_tui.protocol.errors import ProviderError
from codex_tui.protocol.errors import ProviderErrorKind as Kind
from codex_tui.providers.listed import MAX_MODELS
from codex_tui.providers.registry import ProviderRegistry
from tests.providers.contract.support import check_fault, opened, over_wires
from tests.providers.contract.wire import Wire
from tests.providers.contract.wires import MESSAGES
from tests.servers.loopback import Cut, LoopbackServer, Plain, Reset, Stall, Stream

if TYPE_CHECKING:
    from tests.servers.loopback import Answer, Recorded

HTML = Plain(headers={"content-type": "text/html"}, body=b"<html>Sign in")


async def listed(wire: Wire, answer: Answer) -> list[str]:
    async with (
        LoopbackServer(lambda _: answer) as server,
        opened(wire, server.base_url) as provider,
    ):
        found = await provider.list_models()
        assert len(server.requests) == 1
    assert all(info.ref.provider == "acme" for info in found)
    return [info.ref.model for info in found]


async def failed(wire: Wire, answer: Answer) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await listed(wire, answer)
    check_fault(caught.value)
    return caught.value


def entries(*models: Any) -> Plain:
    return Plain.of_json({"object": "list", "data": list(models), "has_more": False})


@over_wires
async def test_models_are_listed_as_the_server_names_them(wire: Wire) -> None:
    models = ({"id": "acme-2", "object": "model"}, {"id": "org/acme:1", "created": 1})
    assert await listed(wire, entries(*models)) == ["acme-2", "org/acme:1"]


@over_wires
async def test_empty_list_is_a_list(wire: Wire) -> None:
    assert await listed(wire, entries()) == []


@over_wires
async def test_odd_entries_are_passed_over(wire: Wire) -> None:
    odd = (None, 7, [], {}, {"id": None}, {"id": ""}, {"id": 7}, {"id": ["x"]})
    oddities = {"max_input_tokens": "many", "capabilities": 7, "pricing": [], "meta": None}
    good = ({"id": "acme-1"}, {"id": "acme-2", **oddities}, {"id": "acme-1"})
    assert await listed(wire, entries(*odd, *good, *odd)) == ["acme-1", "acme-2"]


@over_wires
async def test_names_can_be_stored_and_shown(wire: Wire) -> None:
    (name,) = await listed(wire, entries({"id": "a\ud800b", "display_name": "\udfff"}))
    assert name == "a\ufffdb"


@over_wires
@pytest.mark.parametrize("count", [MAX_MODELS, 3 * MAX_MODELS])
async def test_of_a_list_no_more_is_read_than_shows_that_there_is_more(
    wire: Wire, count: int
) -> None:
    names = [f"acme-{number}" for number in range(count)]
    found = await listed(wire, entries(*({"id": name} for name in names)))
    assert found == names[: MAX_MODELS + 1]


@over_wires
async def test_a_list_without_end_is_not_read_to_its_end(wire: Wire) -> None:
    kibibyte = b" " * 1024
    within = Plain(body=kibibyte * 8191 + b'{"data": [{"id": "acme-1"}]}')
    assert await listed(wire, within) == ["acme-1"]

    def endless(request: Recorded) -> Stream:
        left.append(request.client_left)
        return Stream(itertools.repeat(kibibyte))

    left: list[asyncio.Event] = []
    async with (
        LoopbackServer(endless) as server,
        opened(wire, server.base_url) as provider,
    ):
        with pytest.raises(ProviderError, match="longer than 8 MB") as caught:
            await provider.list_models()
        await left[0].wait()
    check_fault(caught.value)
    assert caught.value.kind is Kind.UNEXPECTED_REPLY
    assert "models = [" in (caught.value.hint or "")


@over_wires
@pytest.mark.parametrize("number", [b"NaN", b"1e400", b"-Infinity"])
async def test_a_number_that_is_none_costs_its_field_and_not_the_list(
    wire: Wire, number: bytes
) -> None:
    fields = b'"context_length": N, "max_input_tokens": N, "pricing": {"prompt": N}'
    body = b'{"data": [{"id": "acme-1", %b}, {"id": "acme-2"}]}' % fields.replace(b"N", number)
    assert await listed(wire, Plain(body=body)) == ["acme-1", "acme-2"]


FAILURES: list[tuple[Any, Kind]] = [
    (Plain(status=401, body=b'{"error": "who?"}'), Kind.AUTHENTICATION),
    (Plain(status=403, body=b"no"), Kind.PERMISSION),
    (Plain(status=404, body=b"nope"), Kind.NOT_FOUND),
    (Plain(status=429, body=b"slow"), Kind.RATE_LIMIT),
    (Plain(status=503, body=b"busy"), Kind.OVERLOADED),
    (Plain(status=307, headers={"location": "http://127.0.0.1:9/v1"}), Kind.UNEXPECTED_REPLY),
    (Plain(status=502, headers=HTML.headers, body=HTML.body), Kind.OVERLOADED),
    (HTML, Kind.UNEXPECTED_REPLY),
    (Plain(body=b""), Kind.UNEXPECTED_REPLY),
    (Plain(body=b"{"), Kind.UNEXPECTED_REPLY),
    (Plain(body=b"[" * 100_000), Kind.UNEXPECTED_REPLY),
    (Plain(body=b"\xff\x00"), Kind.UNEXPECTED_REPLY),
    (Plain.of_json(None), Kind.UNEXPECTED_REPLY),
    (Plain.of_json(3), Kind.UNEXPECTED_REPLY),
    (Plain.of_json("acme-1"), Kind.UNEXPECTED_REPLY),
    (Plain.of_json({}), Kind.UNEXPECTED_REPLY),
    (Plain.of_json({"data": None}), Kind.UNEXPECTED_REPLY),
    (Plain.of_json({"data": {"id": "acme-1"}}), Kind.UNEXPECTED_REPLY),
    (Stream([b'{"data": [', Cut()]), Kind.CONNECTION),
    (Stream([b'{"data": [', Reset()]), Kind.CONNECTION),
]


@over_wires
@pytest.mark.parametrize(("answer", "kind"), FAILURES)
async def test_list_that_cannot_be_had_says_why(wire: Wire, answer: Any, kind: Kind) -> None:
    error = await failed(wire, answer)
    assert error.kind is kind
    assert error.hint


@over_wires
@pytest.mark.parametrize("before", [[], [b"{"]], ids=["at once", "midway"])
async def test_a_server_that_hangs_is_given_up(wire: Wire, before: list[bytes]) -> None:
    async with (
        LoopbackServer(lambda _: Stream([*before, Stall()])) as server,
        opened(wire, server.base_url) as provider,
    ):
        endpoint = provider.endpoint
        registry = ProviderRegistry([endpoint], list_timeout_s=0.2)
        with pytest.raises(ProviderError, match=r"within 0\.2 s") as caught:
            await registry.refresh_models(endpoint.name, force=True)
        await registry.aclose()
    assert caught.value.kind is Kind.TIMEOUT


@pytest.mark.parametrize("last", ["c", "b", ""], ids=["whole", "the same page again", "no id"])
async def test_list_in_pages_is_read_to_its_end(last: str) -> None:
    def pages(request: Recorded) -> Plain:
        first = "after_id" not in request.path
        names = ("a", "b") if first else ("b", "c")
        data = [{"id": name} for name in names]
        more = {"has_more": first or last != "c", "last_id": "b" if first else last}
        return Plain(body=json.dumps({"data": data, **more}).encode())

    async with (
        LoopbackServer(pages) as server,
        opened(MESSAGES, server.base_url) as provider,
    ):
        found = await provider.list_models()
        assert len(server.requests) == 2
    assert [info.ref.model for info in found] == ["a", "b", "c"]
