"""A port belongs to one Daybook."""

import socket

import pytest

from workforce.core.ports import PortTaken, PortUnusable, address_of, claimed


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def take(host: str, port: int) -> None:
    with claimed(host, port):
        pass


def test_a_port_is_claimed_once_before_anybody_listens(port: int) -> None:
    with claimed("127.0.0.1", port):
        with pytest.raises(PortTaken, match=f"Port {port} is taken.*--port {port + 1}") as refused:
            take("127.0.0.1", port)
        assert len(str(refused.value).splitlines()) == 1
    take("127.0.0.1", port)


@pytest.mark.parametrize("shared", [False, True])
def test_a_port_that_somebody_listens_at_is_taken_though_it_could_be_shared(port: int, *, shared: bool) -> None:
    with socket.create_server(("127.0.0.1", port), reuse_port=shared), pytest.raises(PortTaken):
        take("127.0.0.1", port)


def test_a_port_whose_old_connections_are_closing_is_free(port: int) -> None:
    address = ("127.0.0.1", port)
    with socket.create_server(address) as server, socket.create_connection(address) as client:
        there, _ = server.accept()
        there.close()  # the end that closes first keeps the connection for a while
        assert client.recv(1) == b""
    take(*address)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_ours_is_refused_in_one_line(port: int, host: str) -> None:
    with pytest.raises(PortUnusable, match="--host") as refused:
        take(host, port)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:81"), ("0.0.0.0", "http://127.0.0.1:81"), ("::", "http://[::1]:81"),
        ("pay.example.com", "http://pay.example.com:81"),
    ],
)  # fmt: skip
def test_links_lead_to_the_port(host: str, address: str) -> None:
    assert address_of(host, 81) == address
