"""Credentials of which a file only tells the address: not fetched unless asked, then over https from a public host."""

from __future__ import annotations

import http.server
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from labeler import inspect, inspection, verification, verify
from labeler.layers.credentials import remote, sdk
from labeler.layers.credentials.read import Sealed, integrity_of, read
from labeler.layers.credentials.remote import Network, NotFetched, is_public
from labeler.layers.credentials.trust import Trust
from labeler.verdict import Check, Integrity, LayerReading
from tests import pki
from tests.clips import make_clip
from tests.pki import Signer

NOBODY = Trust()
HERE = "127.0.0.1"


@dataclass
class Site:
    """What a server on this machine answers: status, headers and body by path; all that it was asked for."""

    root: bytes
    port: int = 0
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    slow: bool = False

    def address(self, path: str) -> str:
        return f"https://{HERE}:{self.port}{path}"

    def network(self, **how: object) -> Network:
        tls = ssl.create_default_context(cadata=self.root.decode())
        return Network(tls=tls, admits=lambda address: True, **how)  # type: ignore[arg-type]


def server_certificate(folder: Path) -> tuple[Path, bytes]:
    """A certificate for this machine that signs itself: key and certificate in one file, and the certificate in PEM."""
    key, name, now = ec.generate_private_key(ec.SECP256R1()), pki.named(HERE), pki.today()
    day = timedelta(days=1)
    certificate = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - day, now + day
    )
    signed = certificate.add_extension(
        x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HERE)), x509.DNSName("localhost")]), False
    ).sign(key, hashes.SHA256())
    pem = signed.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + pem)
    return path, pem


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    file, root = server_certificate(folder)
    site = Site(root)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            status, headers, body = site.pages.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            for byte in body if site.slow else ():
                time.sleep(0.05)
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
            if not site.slow:
                self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with Quiet((HERE, 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        site.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield site
        finally:
            server.shutdown()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(tmp_path) as site:
        yield site


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("remote") / "clip.mp4", width=320, height=180, seconds=1)


@pytest.fixture(scope="module")
def signer() -> Signer:
    return pki.make_signer("S", pki.today())


def sealed_elsewhere(clip: Path, target: Path, address: str, signer: Signer) -> bytes:
    """A file that tells only the address of its manifest, by plain c2pa-python; the manifest's bytes."""
    definition = pki.created("trainedAlgorithmicMedia")
    with c2pa.Context.from_dict({"verify": {"remote_manifest_fetch": False}}) as context, signer.for_c2pa() as hand:
        builder = c2pa.Builder(definition, context=context)
        builder.set_no_embed()
        builder.set_remote_url(address)
        with clip.open("rb") as source, target.open("w+b") as sealed:
            return bytes(builder.sign(hand, "video/mp4", source, sealed))


def told(reading: LayerReading) -> dict[str, Check]:
    return {check.id.partition(".")[2]: check for check in reading.checks}


def test_nothing_is_fetched_unless_asked(clip: Path, tmp_path: Path, signer: Signer, site: Site) -> None:
    path, address = tmp_path / "film.mp4", site.address("/film.c2pa")
    site.pages["/film.c2pa"] = (200, {}, sealed_elsewhere(clip, path, address, signer))
    reading = read(Sealed(path, (), NOBODY), None)
    assert site.asked == [] and told(reading)["present"].status == "not_checked"
    assert reading.state == "not_checked" and "--online" in told(reading)["integrity"].message
    assert (reading.found.remote.address, reading.found.remote.fetched) == (address, False)


def test_what_is_fetched_is_held_against_the_file(clip: Path, tmp_path: Path, signer: Signer, site: Site) -> None:
    path = tmp_path / "film.mp4"
    manifest = sealed_elsewhere(clip, path, site.address("/film.c2pa?v=1"), signer)
    site.pages["/film.c2pa?v=1"] = (302, {"Location": "/there"}, b"")
    site.pages["/there"] = (200, {}, manifest)
    trust = Trust(anchors=signer.root.decode())
    reading = read(Sealed(path, (), trust, site.network()), None)
    assert site.asked == ["/film.c2pa?v=1", "/there"]
    assert integrity_of(reading) is Integrity.INTACT and told(reading)["signer"].measured == "listed"
    assert (told(reading)["present"].status, told(reading)["present"].measured) == ("warn", "remote")
    assert reading.found.remote.fetched and reading.found.remote.bytes == len(manifest)
    assert [one.type.rpartition("/")[2] for one in reading.found.ai] == ["trainedAlgorithmicMedia"]
    with path.open("ab") as file:
        file.write(b"\0\0\0\x0cwide1234")
    changed = read(Sealed(path, (), trust, site.network()), None)
    assert integrity_of(changed) is Integrity.ALTERED


def test_a_sidecar_that_fits_needs_no_network(clip: Path, tmp_path: Path, signer: Signer, site: Site) -> None:
    path = tmp_path / "film.mp4"
    sidecar = tmp_path / "film.c2pa"
    sidecar.write_bytes(sealed_elsewhere(clip, path, site.address("/film.c2pa"), signer))
    reading = read(Sealed(path, (sidecar,), NOBODY, site.network()), None)
    assert site.asked == [] and integrity_of(reading) is Integrity.INTACT
    assert told(reading)["present"].measured == "sidecar" and not reading.found.remote.fetched


def test_a_sidecar_that_does_not_fit_is_told_beside_it(clip: Path, tmp_path: Path, signer: Signer, site: Site) -> None:
    """What the file itself names comes first, fetched or not."""
    path, sidecar = tmp_path / "film.mp4", tmp_path / "film.mp4.c2pa"
    manifest = sealed_elsewhere(clip, path, site.address("/film.c2pa"), signer)
    other = make_clip(tmp_path / "other.mp4", width=320, height=180, seconds=2)
    sidecar.write_bytes(sealed_elsewhere(other, tmp_path / "x.mp4", site.address("/x"), signer))
    site.pages["/film.c2pa"] = (200, {}, manifest)
    for network, integrity in ((None, Integrity.UNREADABLE), (site.network(), Integrity.INTACT)):
        reading = read(Sealed(path, (sidecar,), NOBODY, network), None)
        assert integrity_of(reading) is integrity
        assert [(one.name, one.fits) for one in reading.found.sidecars] == [("film.mp4.c2pa", False)]
        assert told(reading)["sidecar"].status == "warn"


def test_what_comes_is_no_manifest(clip: Path, tmp_path: Path, signer: Signer, site: Site) -> None:
    path = tmp_path / "film.mp4"
    sealed_elsewhere(clip, path, site.address("/film.c2pa"), signer)
    for page in ((200, {}, b"<html>"), (200, {}, b""), (404, {}, b"gone")):
        site.pages["/film.c2pa"] = page
        reading = read(Sealed(path, (), NOBODY, site.network()), None)
        assert told(reading)["integrity"].status == "not_checked"
        assert integrity_of(reading) is Integrity.UNREADABLE
    assert reading.found.remote.problem is not None and "404" in told(reading)["present"].message


@pytest.mark.wide
def test_one_verdict_and_one_inspection(
    clip: Path, tmp_path: Path, signer: Signer, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "film.mp4"
    site.pages["/film.c2pa"] = (200, {}, sealed_elsewhere(clip, path, site.address("/film.c2pa"), signer))
    for module in (verification, inspection):
        monkeypatch.setattr(module, "Network", site.network)
    verdict = verify(path, online=True, budget=0.1)
    assert (verdict.integrity, verdict.disclosure, site.asked) == ("intact", "partial", ["/film.c2pa"])
    seen = inspect(path, online=True)
    assert len(seen.manifests) == 1 and site.asked == ["/film.c2pa"] * 2
    plain = verify(path, budget=0.1)
    assert (plain.integrity, plain.layers["credentials"], len(site.asked)) == ("unreadable", "not_checked", 2)


# --- the way there ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/x",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "//example.org/x",
        "https://",
        "https://user:word@example.org/x",
        "https://example.org:port/x",
        "https://[::1/x",
        "https://exa mple.org/x",
        "",
    ],
)
def test_addresses_that_are_refused(address: str) -> None:
    with pytest.raises(NotFetched):
        Network().fetch(address)


def test_private_hosts_are_refused(site: Site) -> None:
    for address in (site.address("/x"), f"https://localhost:{site.port}/x", f"https://[::ffff:{HERE}]:{site.port}/x"):
        with pytest.raises(NotFetched, match="private"):
            Network(tls=site.network().tls).fetch(address)
    assert site.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        *((one, False) for one in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "0.0.0.0", "224.0.0.1", "100.64.0.1")),
        *((one, False) for one in ("::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::")),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize("target", ["http://127.0.0.1/x", "file:///etc/passwd", "https://10.0.0.1/x", "/loop", ""])
def test_where_it_is_sent_on_to_is_held_to_the_same(target: str, site: Site) -> None:
    site.pages["/loop"] = (301, {"Location": target}, b"")
    network = Network(tls=site.network().tls, admits=lambda address: str(address) == HERE)
    with pytest.raises(NotFetched):
        network.fetch(site.address("/loop"))
    assert len(site.asked) <= remote.MOST_REDIRECTS + 1


def test_a_host_whose_certificate_nobody_vouches_for(site: Site) -> None:
    site.pages["/x"] = (200, {}, b"x")
    with pytest.raises(NotFetched, match="SSL"):
        Network(admits=lambda address: True).fetch(site.address("/x"))


def test_bounds(site: Site) -> None:
    site.pages["/long"] = (200, {}, bytes(2000))
    site.pages["/short"] = (200, {"Content-Length": "3000"}, bytes(2000))
    assert len(site.network(largest=2000).fetch(site.address("/long"))) == 2000
    with pytest.raises(NotFetched, match="1999"):
        site.network(largest=1999).fetch(site.address("/long"))
    with pytest.raises(NotFetched):
        site.network(seconds=1.0).fetch(site.address("/short"))


def test_a_slow_server_is_cut(site: Site) -> None:
    site.pages["/slow"], site.slow = (200, {}, bytes(20)), True
    with pytest.raises(NotFetched):
        site.network(seconds=0.2).fetch(site.address("/slow"))


def test_an_address_is_asked_once(site: Site) -> None:
    network = site.network()
    site.pages["/x"] = (200, {}, b"x")
    assert [network.fetch(site.address("/x")) for _ in range(2)] == [b"x", b"x"]
    for _ in range(2):
        with pytest.raises(NotFetched, match="404"):
            network.fetch(site.address("/none"))
    assert site.asked == ["/x", "/none"]


def test_the_sdk_itself_never_fetches() -> None:
    settings = sdk.reading_settings("")
    assert settings["verify"]["remote_manifest_fetch"] is False and settings["verify"]["ocsp_fetch"] is False
    assert settings["core"]["allowed_network_hosts"] == []
