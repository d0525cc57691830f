"""The port that a Daybook serves at: one for each."""

import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from i18n.locale import N_
from workforce.core.errors import DaybookError

LAST: Final = 65_535


class PortTaken(DaybookError):
    code = "port_taken"
    template = N_(
        "Port %(port)s is taken: another program, or another Daybook, serves there. Stop that one, or choose another"
        " port, such as `daybook up --port %(other)s`."
    )


class PortUnusable(DaybookError):
    code = "port_unusable"
    template = N_(
        "Nothing can be served at %(host)s, port %(port)s (%(problem)s). Choose another address with --host, or another"
        " port with --port."
    )


@contextmanager
def claimed(host: str, port: int) -> Iterator[None]:
    """Keep a port for this Daybook; see first that nobody else serves there.

    The server's workers each listen at the port by themselves, and the system lets as many as want to (SO_REUSEPORT),
    those of another Daybook too. So whoever serves holds a name beside it, which the system gives back when the process
    ends, however it ends. Where there are no such names (outside Linux) two that start at the same moment can miss each
    other.

    Args:
        host: to listen at.
        port: its number.

    Raises:
        PortTaken: somebody serves there.
        PortUnusable: the system refuses it for another reason.

    """
    with socket.socket(socket.AF_UNIX) as name:
        try:
            if sys.platform == "linux":
                name.bind(f"\0daybook-port-{port}")
            family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
            # Fails where anybody listens, but not where an old connection is still closing.
            socket.create_server(address[:2], family=family).close()
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                raise PortTaken(port=port, other=port + 1 if port < LAST else port - 1) from problem
            raise PortUnusable(host=host, port=port, problem=problem.strerror or str(problem)) from problem
        yield


def address_of(host: str, port: int) -> str:
    """Give the address at which a browser on this machine finds what is served at a host and port."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 -- any address, not ours
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"
