"""The lab's certificates: one authority, and a client or server certificate for whoever talks.

Names and organizations are those that Kubernetes' own authorizers look for:
https://kubernetes.io/docs/setup/best-practices/certificates/
https://kubernetes.io/docs/reference/access-authn-authz/node/
"""

import base64
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization import PublicFormat as Public
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Address = IPv4Address | IPv6Address

CLIENTS: Mapping[str, tuple[str, str | None]] = {
    "admin": ("netparity-admin", "system:masters"),
    "controller-manager": ("system:kube-controller-manager", None),
    "scheduler": ("system:kube-scheduler", None),
    "proxy": ("system:kube-proxy", None),
    "apiserver-kubelet-client": ("kube-apiserver-kubelet-client", "system:masters"),
}
"""Each client's common name, which is its user, and organization, which is its group."""

_LIFETIME = timedelta(days=365)
# A guest's clock may lag behind the one that signs.
_CLOCK_SKEW = timedelta(hours=1)
_PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Pki:
    """The folder of the lab's keys and certificates; `NAME.crt`, and `NAME.key` with mode 0600."""

    directory: Path

    def certificate(self, name: str) -> Path:
        """Return the PEM file of a certificate: `ca`, `apiserver`, a client, or a node's name."""
        return self.directory / f"{name}.crt"

    def key(self, name: str) -> Path:
        """Return the PEM file of the private key that belongs to `certificate(name)`."""
        return self.directory / f"{name}.key"

    @property
    def service_account_key(self) -> Path:
        """The private key that signs service accounts' tokens."""
        return self.directory / "service-account.key"

    @property
    def service_account_public_key(self) -> Path:
        """The public key that proves them."""
        return self.directory / "service-account.pub"


def create_pki(
    directory: Path,
    *,
    apiserver_addresses: Iterable[Address],
    apiserver_names: Iterable[str],
    nodes: Mapping[str, Address],
) -> Pki:
    """Make every key and certificate of a lab, anew, in the directory.

    The API server's certificate has its addresses and names, and 127.0.0.1 and localhost. Each of
    `nodes`, a name and its InternalIP, gets one certificate that its kubelet both serves and asks
    with. Certificates are good for a year; a lab does not live as long.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    pki = Pki(directory)
    authority = _Authority.new("netparity-lab")
    _write(pki.certificate("ca"), _pem(authority.certificate))
    _write(pki.key("ca"), _private_pem(authority.key), private=True)

    loopback = IPv4Address("127.0.0.1")
    _issue(
        pki,
        authority,
        "apiserver",
        subject=_subject("kube-apiserver"),
        addresses=(*apiserver_addresses, loopback),
        names=(*apiserver_names, "localhost"),
    )
    for name, (common_name, organization) in CLIENTS.items():
        _issue(pki, authority, name, subject=_subject(common_name, organization))
    for name, address in nodes.items():
        _issue(
            pki,
            authority,
            name,
            subject=_subject(f"system:node:{name}", "system:nodes"),
            addresses=(address,),
            names=(name,),
        )

    signer = _new_key()
    _write(pki.service_account_key, _private_pem(signer), private=True)
    public = signer.public_key().public_bytes(Encoding.PEM, Public.SubjectPublicKeyInfo)
    _write(pki.service_account_public_key, public)
    return pki


def kubeconfig(pki: Pki, server: str, user: str) -> str:
    """Return a kubeconfig, as YAML, that asks `server` (a URL) as the user.

    `user` is one of CLIENTS or a node's name. Certificates are embedded, so the text is complete
    by itself and as secret as the user's key.
    """
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "netparity",
                "cluster": {
                    "server": server,
                    "certificate-authority-data": _embedded(pki.certificate("ca")),
                },
            }
        ],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate-data": _embedded(pki.certificate(user)),
                    "client-key-data": _embedded(pki.key(user)),
                },
            }
        ],
        "contexts": [{"name": "netparity", "context": {"cluster": "netparity", "user": user}}],
        "current-context": "netparity",
    }
    return yaml.safe_dump(document, sort_keys=False)


@dataclass(frozen=True, slots=True)
class _Authority:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls, common_name: str) -> "_Authority":
        key = _new_key()
        subject = _subject(common_name)
        certificate = (
            _builder(subject=subject, issuer=subject, key=key, issuer_key=key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(key=key, certificate=certificate)


def _issue(  # noqa: PLR0913 - what a certificate consists of
    pki: Pki,
    authority: _Authority,
    name: str,
    *,
    subject: x509.Name,
    addresses: Iterable[Address] = (),
    names: Iterable[str] = (),
) -> None:
    """Write a certificate and its key; one with addresses or names serves, every one asks."""
    key = _new_key()
    alternatives = [*map(x509.DNSName, names), *map(x509.IPAddress, addresses)]
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
    if alternatives:
        usages.append(ExtendedKeyUsageOID.SERVER_AUTH)
    builder = (
        _builder(
            subject=subject,
            issuer=authority.certificate.subject,
            key=key,
            issuer_key=authority.key,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    )
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    _write(pki.certificate(name), _pem(builder.sign(authority.key, hashes.SHA256())))
    _write(pki.key(name), _private_pem(key), private=True)


def _builder(
    *,
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    """Begin a certificate; both key identifiers are in it, as Python's strict verifying asks."""
    now = datetime.now(UTC)
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuing = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _LIFETIME)
        .add_extension(own, critical=False)
        .add_extension(issuing, critical=False)
    )


def _new_key() -> ec.EllipticCurvePrivateKey:
    """Return a P-256 key: made in microseconds, where twenty RSA keys take seconds."""
    return ec.generate_private_key(ec.SECP256R1())


def _subject(common_name: str, organization: str | None = None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    # SEC1, "EC PRIVATE KEY": the one form that every Kubernetes key loader reads.
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _write(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file that nobody can read too early: its mode is set before it has a content."""
    path.unlink(missing_ok=True)
    mode = _PRIVATE if private else 0o644
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)


def _embedded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")
