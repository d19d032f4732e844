"""Services and endpoints as the API tells them, and what an edit tells where one was deleted."""

import json
from typing import Any

from lab.faults.api_relay.edit import Edit

Document = dict[str, Any]


def object_of(**content: object) -> Document:
    document: Document = json.loads(
        json.dumps({"metadata": {"name": "s", "namespace": "x"}} | content)
    )
    return document


def slice_of(*addresses: str, ready: bool = True) -> Document:
    members = [
        {"addresses": [a], "conditions": {"ready": ready}, "nodeName": f"node-{a}"}
        for a in addresses
    ]
    ports = [{"name": "tcp", "protocol": "TCP"}, {"name": "udp", "protocol": "UDP"}]
    return object_of(endpoints=members, ports=ports)


def endpoints_of(*addresses: str) -> Document:
    if not addresses:
        return object_of()
    members = [{"ip": a, "nodeName": f"node-{a}"} for a in addresses]
    ports = [{"name": "tcp", "port": 80}, {"name": "udp", "port": 80, "protocol": "UDP"}]
    return object_of(subsets=[{"addresses": members, "ports": ports}])


def service() -> Document:
    ports = [
        {"name": "tcp", "protocol": "TCP", "nodePort": 30001},
        {"name": "udp", "protocol": "UDP", "nodePort": 30002},
    ]
    return object_of(spec={"type": "NodePort", "ports": ports})


def named_slice(name: str, service: str, *addresses: str, version: str = "1") -> Document:
    """A slice of a Service's endpoints."""
    labels = {"kubernetes.io/service-name": service}
    metadata = {"name": name, "namespace": "x", "resourceVersion": version, "labels": labels}
    return slice_of(*addresses) | {"metadata": metadata}


def events(edit: Edit, kind: str, thing: Document) -> list[tuple[str, Document]]:
    """What is told where an object was deleted."""
    return [(happened, {**told_instead}) for happened, told_instead in edit.gone(kind, thing)]
