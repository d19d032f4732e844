"""Services of every form: named and several ports, with affinity and without."""

from functools import partial
from typing import Final

from conformance.batches import at_once
from conformance.containers import Container
from conformance.handles import NodeUnderTest
from conformance.manifests import service_of
from conformance.objects import JsonObject
from conformance.probes.load_balancing import once_answered
from conformance.probes.own_pods import HTTP_PORT, UDP_PORT
from verdicts.observations.attempts import Attempts
from verdicts.observations.convergence import Form, ServiceForms
from verdicts.vocabulary import Protocol

PORT: Final = 80
UDP: Final = 81
_SECOND_PORT: Final = 8088
_TRIES: Final = 20


def service_manifest(
    node: NodeUnderTest,
    name: str,
    key: str,
    *,
    named_targets: bool = False,
    affinity: bool = False,
) -> JsonObject:
    """Return a Service with several ports, whose targets are numbers or, to show that, names."""
    http, udp = ("http", "udp") if named_targets else (HTTP_PORT, UDP_PORT)
    spec: JsonObject = {
        "selector": {key: "true"},
        "ports": [
            {"name": "http", "protocol": "TCP", "port": PORT, "targetPort": http},
            {"name": "second", "protocol": "TCP", "port": _SECOND_PORT, "targetPort": HTTP_PORT},
            {"name": "udp", "protocol": "UDP", "port": UDP, "targetPort": udp},
        ],
    }
    if affinity:
        spec["sessionAffinity"] = "ClientIP"
    return service_of(name, node.fleet.namespace, spec, run_id=node.fleet.run_id)


def asked_in_every_form(
    node: NodeUnderTest, client: Container, addresses: list[str], wanted: tuple[str, ...]
) -> ServiceForms:
    """Ask each port of the Service of many forms, once it is answered at all, and the sticky one."""
    _, several, sticky = addresses
    ports = {
        "a named target port": (PORT, Protocol.TCP),
        "a second port": (_SECOND_PORT, Protocol.TCP),
        "a named UDP target port": (UDP, Protocol.UDP),
    }

    def ask(address: str, port: int, protocol: Protocol) -> Attempts:
        return once_answered(
            partial(client.dial, address, port, protocol=protocol),
            tries=_TRIES,
            what=f"first answer of {address}:{port} over {protocol}",
            bound=node.patience.service_programmed,
        )

    asked = at_once(
        [
            *(partial(ask, several, port, protocol) for port, protocol in ports.values()),
            partial(ask, sticky, PORT, Protocol.TCP),
        ]
    )
    return ServiceForms(
        service=f"forms-{node.id}",
        data_plane=node.judged.node.proxy.data_plane,
        platform=node.judged.platform,
        build=node.judged.node.build,
        forms=tuple(
            Form(form=form, port=port, protocol=protocol, wanted=wanted, attempts=attempts)
            for (form, (port, protocol)), attempts in zip(ports.items(), asked, strict=False)
        ),
        sticky=asked[-1],
    )
