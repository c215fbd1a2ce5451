"""Manifests of which a file only tells the address: fetched over https, and only where a person asks for it.

The address is a stranger's. So a host is looked up here and connected to by the very address that was looked at: no
private network, no other scheme, however often it is sent on; and what comes is bounded in bytes and in time.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urljoin, urlsplit

from labeler import __version__
from labeler.language import say

LARGEST = 64 << 20
"""Bytes of a manifest that is fetched, as of a sidecar."""
SECONDS = 30.0
MOST_REDIRECTS = 3
SENT_ON = (301, 302, 303, 307, 308)
PIECE = 1 << 16
HEADERS = {"Accept": "application/c2pa, */*;q=0.1", "User-Agent": f"labeler/{__version__}"}

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotFetched(Exception):
    """Why a manifest did not come, for people."""


def is_public(address: IPAddress) -> bool:
    """Whether an address is one of the public network, and leads to none of another by way of IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()), translated(address))
        if not all(is_public(one) for one in inner if one is not None):
            return False
    return address.is_global and not address.is_multicast


def translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """What NAT64 makes of an address under its well-known prefix (RFC 6052)."""
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if int(address) >> 32 == 0x0064FF9B << 64 else None


@dataclass(frozen=True)
class Network:
    """The way to the network. tls: whom to believe, None for this machine's own certificates. admits: the addresses
    that may be connected to. largest: bytes of a manifest; seconds: for one answer.

    An address is asked once: `known` keeps what came.
    """

    tls: ssl.SSLContext | None = None
    admits: Callable[[IPAddress], bool] = is_public
    largest: int = LARGEST
    seconds: float = SECONDS
    known: dict[str, bytes | str] = field(default_factory=dict)

    def fetch(self, address: str) -> bytes:
        """The bytes at an address. Raises NotFetched."""
        if address not in self.known:
            try:
                self.known[address] = followed(address, self)
            except NotFetched as error:
                self.known[address] = str(error)
        known = self.known[address]
        if isinstance(known, str):
            raise NotFetched(known)
        return known


def followed(address: str, network: Network) -> bytes:
    """The bytes at an address, or where it sends on to. Raises NotFetched."""
    for _ in range(MOST_REDIRECTS + 1):
        with answered(address, network) as reply:
            if reply.status not in SENT_ON:
                return body(reply, network)
            address = urljoin(address, reply.headers.get("Location") or "")
    raise NotFetched(say("it is sent on too often", "trop de redirections"))


def body(reply: http.client.HTTPResponse, network: Network) -> bytes:
    if reply.status != http.client.OK:
        raise NotFetched(say(f"the server answers {reply.status}", f"le serveur répond {reply.status}"))
    data = bytearray()
    while piece := reply.read(min(PIECE, network.largest + 1 - len(data))):
        data += piece
        if len(data) > network.largest:
            raise NotFetched(say(f"it is larger than {network.largest} bytes", f"il dépasse {network.largest} octets"))
    if reply.length:  # what the server announced and did not send
        raise NotFetched(say("it ended too early", "il s'arrête trop tôt"))
    return bytes(data)


@contextlib.contextmanager
def answered(address: str, network: Network) -> Iterator[http.client.HTTPResponse]:
    """The answer of the server at an address, closed afterwards. Raises NotFetched, also for what is read inside."""
    parts = split(address)
    try:
        host, port = str(parts.hostname), parts.port or http.client.HTTPS_PORT
        connection = Pinned(host, port, admitted(host, port, network), network)
    except ValueError as error:  # a port that is no number, a host that is no name
        raise refused() from error
    late = say("the server takes too long", "le serveur est trop lent")
    # A server that sends a byte now and then must not hold us for ever: whatever it does, the connection is cut.
    watch = threading.Timer(network.seconds, connection.cut)
    watch.start()
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers=HEADERS)
        yield connection.getresponse()
        if connection.was_cut:
            raise NotFetched(late)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotFetched(late if connection.was_cut else f"{type(error).__name__}: {error}") from error
    finally:
        watch.cancel()
        connection.close()


def split(address: str) -> SplitResult:
    """The parts of an address that may be fetched. Raises NotFetched."""
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise refused() from error
    if parts.scheme != "https":
        raise NotFetched(say("it is fetched over https alone", "il n'est téléchargé que par https"))
    if not parts.hostname or "@" in parts.netloc:
        raise refused()
    return parts


def refused() -> NotFetched:
    return NotFetched(say("that is no address of a manifest", "ce n'est pas l'adresse d'un manifeste"))


def admitted(host: str, port: int, network: Network) -> str:
    """The address of a host that may be connected to. All that its name leads to must be: whichever answers first is
    nobody's choice but its owner's. Raises NotFetched."""
    try:
        found = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        addresses = [ipaddress.ip_address(str(one).partition("%")[0]) for one in found]
    except (OSError, ValueError) as error:
        raise NotFetched(say("its host is not known", "son hôte est inconnu")) from error
    if not addresses or not all(network.admits(one) for one in addresses):
        raise NotFetched(say("its host is on a private network", "son hôte est sur un réseau privé"))
    return str(addresses[0])


class Pinned(http.client.HTTPSConnection):
    """A connection to one address, which must show the certificate of the host's name. No proxy comes between."""

    def __init__(self, host: str, port: int, address: str, network: Network) -> None:
        self.tls = network.tls or ssl.create_default_context()
        super().__init__(host, port, timeout=network.seconds, context=self.tls)
        self.address = address
        self.was_cut = False

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        try:
            self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def cut(self) -> None:
        self.was_cut = True
        with contextlib.suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)
