"""The lab's certificates."""

import base64
from ipaddress import IPv4Address
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.pki import CLIENTS, Pki, create_pki, kubeconfig

NODES = {"linux-a": IPv4Address("172.30.0.11"), "win2016": IPv4Address("172.30.0.15")}


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return create_pki(
        tmp_path / "pki",
        apiserver_addresses=[IPv4Address("172.30.0.1"), IPv4Address("10.96.0.1")],
        apiserver_names=["kubernetes", "kubernetes.default.svc.cluster.local"],
        nodes=NODES,
    )


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def subject_of(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> list[str | bytes]:
    return [attribute.value for attribute in certificate.subject.get_attributes_for_oid(oid)]


def alternatives_of(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def usages_of(certificate: x509.Certificate) -> x509.ExtendedKeyUsage:
    return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value


def test_the_api_server_is_certified_for_each_address_and_name(pki: Pki) -> None:
    alternatives = alternatives_of(load(pki.certificate("apiserver")))

    assert alternatives.get_values_for_type(x509.IPAddress) == [
        IPv4Address("172.30.0.1"),
        IPv4Address("10.96.0.1"),
        IPv4Address("127.0.0.1"),
    ]
    assert alternatives.get_values_for_type(x509.DNSName) == [
        "kubernetes",
        "kubernetes.default.svc.cluster.local",
        "localhost",
    ]


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_bears_its_user_and_group(pki: Pki, name: str) -> None:
    user, group = CLIENTS[name]
    certificate = load(pki.certificate(name))

    assert subject_of(certificate, NameOID.COMMON_NAME) == [user]
    assert subject_of(certificate, NameOID.ORGANIZATION_NAME) == ([group] if group else [])
    assert list(usages_of(certificate)) == [ExtendedKeyUsageOID.CLIENT_AUTH]


@pytest.mark.parametrize("node", NODES)
def test_a_kubelet_is_of_the_nodes_group_and_serves_its_own_address(pki: Pki, node: str) -> None:
    certificate = load(pki.certificate(node))

    assert subject_of(certificate, NameOID.COMMON_NAME) == [f"system:node:{node}"]
    assert subject_of(certificate, NameOID.ORGANIZATION_NAME) == ["system:nodes"]
    assert alternatives_of(certificate).get_values_for_type(x509.IPAddress) == [NODES[node]]
    assert set(usages_of(certificate)) == {
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.SERVER_AUTH,
    }


@pytest.mark.parametrize("name", ["apiserver", *CLIENTS, *NODES])
def test_every_certificate_is_issued_by_the_authority_for_its_own_key(pki: Pki, name: str) -> None:
    certificate = load(pki.certificate(name))
    key = load_pem_private_key(pki.key(name).read_bytes(), password=None)

    certificate.verify_directly_issued_by(load(pki.certificate("ca")))
    assert certificate.public_key() == key.public_key()


def test_the_service_account_keys_are_a_pair(pki: Pki) -> None:
    private = load_pem_private_key(pki.service_account_key.read_bytes(), password=None)

    public = load_pem_public_key(pki.service_account_public_key.read_bytes())

    assert private.public_key() == public


def test_private_keys_are_for_their_owner_alone(pki: Pki) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in pki.directory.glob("*.key")}

    assert set(modes.values()) == {0o600}
    assert len(modes) == len(CLIENTS) + len(NODES) + len(["ca", "apiserver", "service-account"])


def test_a_kubeconfig_is_complete_by_itself(pki: Pki) -> None:
    document = yaml.safe_load(kubeconfig(pki, "https://172.30.0.1:6443", "admin"))

    (cluster,), (user,), (context,) = (
        document["clusters"],
        document["users"],
        document["contexts"],
    )
    assert cluster["cluster"]["server"] == "https://172.30.0.1:6443"
    embedded = base64.b64decode(user["user"]["client-certificate-data"])
    assert embedded == pki.certificate("admin").read_bytes()
    assert context["context"] == {"cluster": cluster["name"], "user": user["name"]}
    assert document["current-context"] == context["name"]


def test_a_second_lab_shares_no_key_with_the_first(pki: Pki) -> None:
    first = pki.key("ca").read_bytes()

    create_pki(pki.directory, apiserver_addresses=[], apiserver_names=[], nodes={})

    assert pki.key("ca").read_bytes() != first


def test_a_strict_client_accepts_the_api_server(pki: Pki) -> None:
    trust = verification.Store([load(pki.certificate("ca"))])
    verifier = (
        verification.PolicyBuilder().store(trust).build_server_verifier(x509.DNSName("kubernetes"))
    )

    chain = verifier.verify(load(pki.certificate("apiserver")), [])

    assert chain[-1] == load(pki.certificate("ca"))
