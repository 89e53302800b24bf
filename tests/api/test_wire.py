"""What a connection writes: the head of an answer with the first bytes of its body, and nothing changed by that."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.gate.connection import HeadedWire

MARKS = b"x-frame-options: DENY\r\n"


def begun(method: str = "GET") -> HeadedWire:
    """A connection that has taken a request."""
    wire = HeadedWire(h11.SERVER)
    wire.receive_data(f"{method} / HTTP/1.1\r\nHost: here\r\n\r\n".encode())
    while wire.next_event() is not h11.NEED_DATA:
        pass
    wire.marks = MARKS
    return wire


def written(wire: HeadedWire, status: int, headers: dict[str, str], parts: list[bytes]) -> list[bytes]:
    """What goes to the socket, write by write; nothing is no write."""
    head = h11.Response(status_code=status, headers=list(headers.items()))
    events = [head, *(h11.Data(data=part) for part in parts), h11.EndOfMessage()]
    return [data for event in events if (data := wire.send(event))]


def read(method: str, content: bytes) -> tuple[h11.Response, bytes]:
    """What a client makes of it."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("Host", "here")]))
    client.send(h11.EndOfMessage())
    client.receive_data(content)
    response, body = client.next_event(), b""
    assert isinstance(response, h11.Response)
    while isinstance(event := client.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage)
    return response, body


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=4))
def test_a_whole_answer_is_one_write_and_reads_as_it_was_meant(parts: list[bytes]) -> None:
    body = b"".join(parts)
    found = written(begun(), 200, {"content-length": str(len(body))}, [body])
    response, read_body = read("GET", b"".join(found))
    assert (1, body, b"DENY") == (len(found), read_body, dict(response.headers)[b"x-frame-options"])


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=2, max_size=4))
def test_an_answer_in_parts_is_a_write_for_each_part(parts: list[bytes]) -> None:
    body = b"".join(parts)
    found = written(begun(), 200, {"content-length": str(len(body))}, parts)
    assert (len(parts), body) == (len(found), read("GET", b"".join(found))[1])


def test_the_head_of_a_stream_does_not_wait_for_its_first_part() -> None:
    wire = begun()
    head = wire.send(h11.Response(status_code=200, headers=[("content-type", "text/event-stream")]))
    assert head is not None
    assert head.endswith(MARKS + b"\r\n")


@pytest.mark.parametrize(
    ("method", "status", "headers"),
    [
        ("HEAD", 200, {"content-length": "9"}),
        ("GET", 304, {}),
        ("GET", 304, {"content-length": "9"}),
        ("GET", 204, {}),
        ("GET", 200, {"content-length": "0"}),
    ],
)
@pytest.mark.parametrize("parts", [[], [b""]], ids=["no part", "an empty part"])
def test_an_answer_without_a_body_goes_out(
    method: str, status: int, headers: dict[str, str], parts: list[bytes]
) -> None:
    found = written(begun(method), status, headers, parts)
    response, body = read(method, b"".join(found))
    assert (1, status, b"", b"DENY") == (
        len(found),
        response.status_code,
        body,
        dict(response.headers)[b"x-frame-options"],
    )


def test_a_kept_connection_begins_anew_with_each_answer() -> None:
    wire = begun()
    for number in range(3):
        found = written(wire, 200, {"content-length": "1"}, [b"%d" % number])
        assert [b"%d" % number] == [one[-1:] for one in found]
        wire.start_next_cycle()
        wire.receive_data(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        while wire.next_event() is not h11.NEED_DATA:
            pass
