"""A public key infrastructure for tests, made on the fly: signers, a time server, and plain c2pa-python."""

from __future__ import annotations

import http.server
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import c2pa
from c2pa import C2paError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
TIME = ExtendedKeyUsageOID.TIME_STAMPING
MIME = {".mp4": "video/mp4", ".mov": "video/quicktime", ".mkv": "video/x-matroska"}


@dataclass(frozen=True)
class Signer:
    """Everything of one signer in PEM. `root` is what a trust list would hold."""

    chain: bytes
    key: bytes
    root: bytes
    not_after: datetime

    def for_c2pa(self, tsa: str | None = None) -> c2pa.Signer:
        return c2pa.Signer.from_info(c2pa.C2paSignerInfo("es256", self.chain, self.key, tsa))


def make_signer(
    name: str,
    now: datetime,
    *,
    uses: tuple[ObjectIdentifier, ...] = (EMAIL,),
    begin: timedelta = timedelta(days=-1),
    end: timedelta = timedelta(days=100),
) -> Signer:
    """A root and a leaf below it, valid from `now + begin` to `now + end`; the root ten times as long."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = named(f"{name} root")
    root = (
        blank(root_name, root_key, root_name, root_key, now - timedelta(days=30), now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(True, None), True)
        .add_extension(usage(signs_certificates=True), True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        blank(named(name), key, root_name, root_key, now + begin, now + end)
        .add_extension(x509.BasicConstraints(False, None), True)
        .add_extension(usage(signs_certificates=False), True)
        .add_extension(x509.ExtendedKeyUsage(uses), uses == (TIME,))
        .sign(root_key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private = key.private_bytes(encoding, form, serialization.NoEncryption())
    return Signer(leaf.public_bytes(encoding), private, root.public_bytes(encoding), leaf.not_valid_after_utc)


def named(name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )


def blank(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    begin: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(), begin, end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    )


def usage(*, signs_certificates: bool) -> x509.KeyUsage:
    signs = signs_certificates
    return x509.KeyUsage(not signs, False, False, False, False, signs, signs, False, False)


def expired(name: str, seal: Callable[[Signer], object]) -> Signer:
    """Seal with a certificate that has expired when this returns; its signer.

    The SDK signs with valid certificates only and judges by this machine's clock, so a short-lived certificate is
    used and its own end waited for; where this machine was too slow to sign in time, a longer one is tried.
    """
    for lifetime in (3, 6, 12, 24, 48):
        signer = make_signer(name, today(), end=timedelta(seconds=lifetime))
        try:
            seal(signer)
        except C2paError.Signature:
            continue
        while datetime.now(UTC) <= signer.not_after + timedelta(seconds=1):
            time.sleep(0.2)
        return signer
    raise AssertionError("this machine does not sign a tiny clip in 48 seconds")


def write_identity(signer: Signer, folder: Path, *, tsa: tuple[str, ...] = ()) -> None:
    """An identity's folder as a studio would fill it by hand."""
    folder.mkdir(parents=True)
    (folder / "chain.pem").write_bytes(signer.chain)
    (folder / "key.pem").write_bytes(signer.key)
    (folder / "key.pem").chmod(0o600)
    (folder / "identity.toml").write_text(f"tsa = {json.dumps(list(tsa))}\n", encoding="utf-8")


CONFIGURATION = """[tsa]
default_tsa = t
[t]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256,sha384,sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@contextmanager
def time_server(folder: Path, now: datetime) -> Iterator[tuple[str, bytes]]:
    """A time server on this machine (openssl answers). Yields its address and its root in PEM."""
    folder.mkdir(parents=True, exist_ok=True)
    signer = make_signer("Test time server", now, uses=(TIME,))
    for name, data in (("tsa.pem", signer.chain), ("tsa.key", signer.key), ("root.pem", signer.root)):
        (folder / name).write_bytes(data)
    (folder / "serial").write_text("01\n")
    (folder / "ts.cnf").write_text(CONFIGURATION.format(folder=folder))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query, reply = folder / "query", folder / "reply"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            command = ["openssl", "ts", "-reply", "-config", folder / "ts.cnf", "-queryfile", query, "-out", reply]
            subprocess.run([str(part) for part in command], check=True, capture_output=True)
            answer = reply.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", signer.root
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def plain_seal(
    source: Path,
    target: Path,
    definition: dict[str, Any],
    signer: Signer,
    *,
    parent: Path | None = None,
    tsa: str | None = None,
    verify: bool = True,
    block: int | None = None,
) -> Path:
    """Sign with plain c2pa-python, as any other tool would. The parent is the ingredient «master». block: kB of each
    block of a tree of hashes; None for one hash over all."""
    settings: dict[str, Any] = {"verify": {"verify_after_sign": verify, "remote_manifest_fetch": False}}
    if block is not None:
        settings["core"] = {"merkle_tree_chunk_size_in_kb": block, "merkle_tree_max_proofs": 0}
    with c2pa.Context.from_dict(settings) as context, signer.for_c2pa(tsa) as hand:
        builder = c2pa.Builder(definition, context=context)
        if parent is not None:
            with parent.open("rb") as stream:
                entry = {"title": "master", "relationship": "parentOf", "label": "master"}
                builder.add_ingredient(json.dumps(entry), MIME[parent.suffix], stream)
        with source.open("rb") as stream, target.open("w+b") as sealed:
            builder.sign(hand, MIME[source.suffix], stream, sealed)
    return target


def identified_seal(source: Path, target: Path, definition: dict[str, Any], signer: Signer, identity: Signer) -> Path:
    """Sign with plain c2pa-python, and let `identity` put its name to it as publisher (CAWG, X.509)."""

    def local(who: Signer) -> dict[str, Any]:
        return {"alg": "es256", "sign_cert": who.chain.decode(), "private_key": who.key.decode()}

    more = {"referenced_assertions": ["c2pa.actions.v2"], "roles": ["cawg.publisher"]}
    settings = {"signer": {"local": local(signer)}, "cawg_x509_signer": {"local": local(identity) | more}}
    with c2pa.Context.from_dict(settings) as context:
        builder = c2pa.Builder(definition, context=context)
        builder._has_context_signer = True  # c2pa-python does not know that settings name a signer
        with source.open("rb") as stream, target.open("w+b") as sealed:
            builder.sign(MIME[source.suffix], stream, sealed)
    return target


def followed(first: Path, target: Path, signer: Signer, *, redactions: list[str]) -> Path:
    """The same media with one more manifest by plain c2pa-python: one that takes assertions out of the earlier one,
    or else an update manifest."""
    took = [
        {"action": "c2pa.redacted", "reason": "c2pa.PII.present", "parameters": {"redacted": r}} for r in redactions
    ]
    history = {"label": "c2pa.actions.v2", "created": True, "data": {"actions": took}}
    definition = {
        "claim_generator_info": [{"name": "another tool", "version": "1"}],
        "assertions": [history] if took else [],
        "redactions": redactions or None,
    }
    with c2pa.Context.from_dict({}) as context, signer.for_c2pa() as hand:
        builder = c2pa.Builder(definition, context=context)
        builder.set_intent(c2pa.C2paBuilderIntent.EDIT if took else c2pa.C2paBuilderIntent.UPDATE)
        with first.open("rb") as stream, target.open("w+b") as sealed:
            builder.sign(hand, MIME[first.suffix], stream, sealed)
    return target


def store_of(path: Path, sidecar: Path | None = None) -> dict[str, Any]:
    """The manifest store of a file, as plain c2pa-python reads it."""
    data = sidecar.read_bytes() if sidecar else None
    with path.open("rb") as stream, c2pa.Reader(MIME[path.suffix], stream, data) as reader:
        return dict(json.loads(reader.json()))


def created(kind: str) -> dict[str, Any]:
    """The least manifest there is: made, and how."""
    action = {"action": "c2pa.created", "digitalSourceType": f"http://cv.iptc.org/newscodes/digitalsourcetype/{kind}"}
    return {
        "claim_generator_info": [{"name": "another tool", "version": "1"}],
        "assertions": [{"label": "c2pa.actions.v2", "created": True, "data": {"actions": [action]}}],
    }


def today() -> datetime:
    """The SDK judges certificates by this machine's clock, so certificates of tests begin with it."""
    return datetime.now(UTC).replace(microsecond=0)
