"""X.509 certificates of claim signers: what C2PA asks of them, how they are read, and a test chain.

Profile: C2PA 2.x section 14.5 (measured with the SDK: facts of c2pa-rs 0.91): a signer's leaf holds key usage
digitalSignature, an authority key identifier, basic constraints without CA, and an extended key usage for claims.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
SIGNING_USES = (CLAIM_SIGNING, DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION)
"""The extended key usages of a claim signer; the SDK must be told them (`trust.trust_config`), or it refuses some."""

CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
LONGEST = timedelta(days=365)
TEST_ORGANIZATION = "labeler test identity (on no trust list)"


@dataclass(frozen=True)
class NewChain:
    """A root of its own, an issuing certificate and a leaf, in PEM. The root's and the issuer's keys are not kept."""

    chain_pem: bytes
    key_pem: bytes
    root_pem: bytes


def make_test_chain(name: str, now: datetime) -> NewChain:
    """A chain that the SDK accepts and nobody trusts: ES256, a leaf for claim signing, valid 365 days from `now`.

    It begins a day early, so that two machines whose clocks differ a little agree that it is valid.
    """
    root_key, issuing_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    begin, end = now - timedelta(days=1), now + LONGEST
    root_name, issuing_name = distinguished(f"{name} root"), distinguished(f"{name} issuing")
    root = authority(root_name, root_key, root_name, root_key, begin, end)
    issuing = authority(issuing_name, issuing_key, root_name, root_key, begin, end, depth=0)
    leaf = signer(distinguished(name), key, issuing_name, issuing_key, begin, end)
    return NewChain(pem(leaf) + pem(issuing), key_pem(key), pem(root))


def distinguished(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, TEST_ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def authority(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    begin: datetime,
    end: datetime,
    *,
    depth: int | None = None,
) -> x509.Certificate:
    """A certificate that may sign others; itself, when `issuer_key` is its own."""
    builder = blank(subject, key, issuer, issuer_key, begin, end)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
    return builder.add_extension(key_usage(for_certificates=True), critical=True).sign(issuer_key, hashes.SHA256())


def signer(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    begin: datetime,
    end: datetime,
    *,
    uses: tuple[ObjectIdentifier, ...] = (CLAIM_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION),
) -> x509.Certificate:
    """A leaf. `uses`: its extended key usages; a lone timeStamping must be critical (RFC 3161, 2.3)."""
    builder = blank(subject, key, issuer, issuer_key, begin, end)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(key_usage(for_certificates=False), critical=True)
    critical = uses == (ExtendedKeyUsageOID.TIME_STAMPING,)
    return builder.add_extension(x509.ExtendedKeyUsage(uses), critical).sign(issuer_key, hashes.SHA256())


def blank(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    begin: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(above, critical=False)
    )


def key_usage(*, for_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not for_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=for_certificates,
        crl_sign=for_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption())


def read_chain(data: bytes) -> tuple[x509.Certificate, ...]:
    """Every certificate of a PEM text, in order. Raises ValueError when there is none, or one is damaged."""
    return tuple(x509.load_pem_x509_certificates(data))


def algorithms_of(key: CertificatePublicKeyTypes) -> tuple[str, ...]:
    """The C2PA algorithms that a key can sign with; the first is the usual one."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return (CURVES[key.curve.name],) if key.curve.name in CURVES else ()
    if isinstance(key, rsa.RSAPublicKey):
        return ("ps256", "ps384", "ps512")
    return ("ed25519",) if isinstance(key, ed25519.Ed25519PublicKey) else ()


def is_chained(chain: tuple[x509.Certificate, ...]) -> bool:
    """Each certificate was issued by the next: leaf first, as the SDK wants it."""
    for below, above in itertools.pairwise(chain):
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            return False
    return True


def uses_of(certificate: x509.Certificate) -> tuple[ObjectIdentifier, ...]:
    """Its extended key usages, none where it names none."""
    try:
        return tuple(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return ()


def may_sign_claims(certificate: x509.Certificate) -> bool:
    """False for certificates of time servers and the like, which the SDK would accept as signers (measured)."""
    return any(use in SIGNING_USES for use in uses_of(certificate))


def common_name(name: x509.Name) -> str:
    """CN, else O, else the whole name as text."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(kind):
            return str(attribute.value)
    return name.rfc4514_string()


def with_serial(store: bytes, serial: int) -> tuple[x509.Certificate, ...]:
    """The certificates with this serial number among the raw bytes of a manifest store.

    The SDK tells a signer's serial number and keeps the certificate to itself. A certificate is a DER sequence
    with a length of two bytes (30 82 hi lo), so every such place is tried.
    """
    found = []
    for match in re.finditer(rb"\x30\x82(?=..\x30\x82)", store, re.DOTALL):
        end = match.start() + 4 + int.from_bytes(store[match.end() : match.end() + 2], "big")
        try:
            certificate = x509.load_der_x509_certificate(store[match.start() : end])
        except ValueError:
            continue  # some other sequence that begins alike
        if certificate.serial_number == serial:
            found.append(certificate)
    return tuple(found)
