"""Services of every form: named and several ports, with affinity and without."""

from collections.abc import Mapping
from functools import partial
from typing import Final, cast

from conformance.batches import at_once
from conformance.containers import Container
from conformance.handles import NodeUnderTest
from conformance.objects import JsonObject
from conformance.plan import RUN_LABEL
from conformance.probes.load_balancing import converge
from conformance.probes.own_pods import HTTP_PORT, UDP_PORT
from verdicts.observations.attempts import Attempts
from verdicts.observations.convergence import Form, ServiceForms
from verdicts.vocabulary import Protocol

PORT: Final = 80
UDP: Final = 81
_SECOND_PORT: Final = 8088
_TRIES: Final = 20


def service_manifest(
    node: NodeUnderTest, name: str, key: str, *, affinity: bool = False
) -> JsonObject:
    """Return a Service with several ports, some of whose targets are names."""
    spec: JsonObject = {
        "ipFamilyPolicy": "SingleStack",
        "ipFamilies": ["IPv4"],
        "selector": {key: "true"},
        "ports": [
            {
                "name": "http",
                "protocol": "TCP",
                "port": PORT,
                "targetPort": _target(name, "http"),
            },
            {"name": "second", "protocol": "TCP", "port": _SECOND_PORT, "targetPort": HTTP_PORT},
            {"name": "udp", "protocol": "UDP", "port": UDP, "targetPort": _target(name, "udp")},
        ],
    }
    if affinity:
        spec["sessionAffinity"] = "ClientIP"
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": cast(
            "JsonObject",
            {
                "name": name,
                "namespace": node.fleet.namespace,
                "labels": {RUN_LABEL: node.fleet.run_id},
            },
        ),
        "spec": spec,
    }


def _target(service: str, port: str) -> str | int:
    """Name the target port where the Service is there to show that; else give its number."""
    if service.startswith("forms-"):
        return port
    return HTTP_PORT if port == "http" else UDP_PORT


def asked_in_every_form(
    node: NodeUnderTest, client: Container, addresses: list[str], wanted: Mapping[str, str]
) -> ServiceForms:
    """Ask each port of the Service of many forms, once it is answered at all, and the sticky one."""
    _, several, sticky = addresses
    ports = {
        "a named target port": (PORT, Protocol.TCP),
        "a second port": (_SECOND_PORT, Protocol.TCP),
        "a named UDP target port": (UDP, Protocol.UDP),
    }

    def ask(address: str, port: int, protocol: Protocol) -> Attempts:
        dial = partial(client.dial, address, port, protocol=protocol)
        last, first = converge(
            partial(dial, tries=1),
            lambda attempts: attempts.answered > 0,
            what=f"first answer of {address}:{port} over {protocol}",
            bound=node.patience.service_programmed,
        )
        return dial(tries=_TRIES) if first.reached else last

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
            Form(form=form, port=port, protocol=protocol, wanted=tuple(wanted), attempts=attempts)
            for (form, (port, protocol)), attempts in zip(ports.items(), asked, strict=False)
        ),
        sticky=asked[-1],
    )
