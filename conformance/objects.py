"""API objects: JSON as it is sent, and models of just the fields that netparity reads."""

from datetime import datetime
from typing import TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

JsonObject: TypeAlias = dict[str, JsonValue]
"""An API object as JSON; read it through one of the models below."""


class ReadPart(BaseModel):
    """A part of an API object; fields that we do not read are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


Model = TypeVar("Model", bound=ReadPart)


def read(model: type[Model], data: JsonObject) -> Model:
    """Read an API object into one of the models of this module."""
    return model.model_validate(data)


class Owner(ReadPart):
    """The object that another one belongs to."""

    kind: str
    name: str


class Metadata(ReadPart):
    """Identity of an object."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    owner_references: tuple[Owner, ...] = ()
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None


class Condition(ReadPart):
    """One condition of a node or pod."""

    type: str
    status: str = "Unknown"
    reason: str = ""
    message: str = ""


class Address(ReadPart):
    """One address of a node."""

    type: str
    address: str


class NodeInfo(ReadPart):
    """What a node's kubelet says of its machine."""

    kernel_version: str = ""
    os_image: str = ""
    container_runtime_version: str = ""
    kubelet_version: str = ""
    operating_system: str = ""
    architecture: str = ""


class NodeStatus(ReadPart):
    """Status of a node."""

    conditions: tuple[Condition, ...] = ()
    addresses: tuple[Address, ...] = ()
    node_info: NodeInfo = NodeInfo()


class NodeSpec(ReadPart):
    """Specification of a node."""

    pod_cidr: str = Field(default="", alias="podCIDR")
    pod_cidrs: tuple[str, ...] = Field(default=(), alias="podCIDRs")
    unschedulable: bool = False


class ApiNode(ReadPart):
    """A Node."""

    metadata: Metadata
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()


class Waiting(ReadPart):
    """Why a container does not run yet."""

    reason: str = ""
    message: str = ""


class Running(ReadPart):
    """Since when a container runs."""

    started_at: datetime | None = None


class ContainerState(ReadPart):
    """State of a container: what it waits for, or that it runs."""

    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Waiting | None = None


class ContainerStatus(ReadPart):
    """Status of one container of a pod."""

    name: str
    ready: bool = False
    restart_count: int = 0
    container_id: str = Field(default="", alias="containerID")
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()


class PodIp(ReadPart):
    """One address of a pod."""

    ip: str


class PodStatus(ReadPart):
    """Status of a pod."""

    phase: str = "Pending"
    reason: str = ""
    message: str = ""
    pod_ip: str = Field(default="", alias="podIP")
    pod_ips: tuple[PodIp, ...] = Field(default=(), alias="podIPs")
    conditions: tuple[Condition, ...] = ()
    container_statuses: tuple[ContainerStatus, ...] = ()


class ContainerSpec(ReadPart):
    """One container of a pod, as it was admitted."""

    name: str
    image: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()


class ApiEvent(ReadPart):
    """What a component told of an object."""

    message: str = ""


class ApiEvents(ReadPart):
    """A list of Events."""

    items: tuple[ApiEvent, ...] = ()


class Named(ReadPart):
    """A reference to an object of the same namespace."""

    name: str = ""


class VolumeSource(ReadPart):
    """One of the sources that a projected volume is made of."""

    config_map: Named | None = None


class ProjectedVolume(ReadPart):
    """A volume made of several sources."""

    sources: tuple[VolumeSource, ...] | None = ()


class Volume(VolumeSource):
    """One volume of a pod, as far as ConfigMaps are in it."""

    projected: ProjectedVolume | None = None


class PodSpec(ReadPart):
    """Specification of a pod, as it was admitted."""

    node_name: str = ""
    host_network: bool = False
    restart_policy: str = "Always"
    containers: tuple[ContainerSpec, ...] = ()
    volumes: tuple[Volume, ...] = ()

    @property
    def config_maps(self) -> tuple[str, ...]:
        """The names of the ConfigMaps that are mounted, in the order of the volumes."""
        sources = [
            source
            for volume in self.volumes
            for source in (volume, *((volume.projected and volume.projected.sources) or ()))
        ]
        return tuple(source.config_map.name for source in sources if source.config_map)


class ApiPod(ReadPart):
    """A Pod."""

    metadata: Metadata
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()

    @property
    def has_ended(self) -> bool:
        """Whether all its containers have ended for good; its address is free then."""
        return self.status.phase in {"Succeeded", "Failed"}

    def condition(self, kind: str) -> Condition:
        """Return the condition of that type; one with status Unknown where there is none."""
        found = (c for c in self.status.conditions if c.type == kind)
        return next(found, Condition(type=kind))


class ServicePort(ReadPart):
    """One port of a Service."""

    name: str = ""
    protocol: str = "TCP"
    port: int
    node_port: int | None = None


class ServiceSpec(ReadPart):
    """Specification of a Service."""

    cluster_ip: str = Field(default="", alias="clusterIP")
    ports: tuple[ServicePort, ...] = ()


class ApiService(ReadPart):
    """A Service."""

    metadata: Metadata
    spec: ServiceSpec = ServiceSpec()


class LeaseSpec(ReadPart):
    """Who holds a Lease, and since when."""

    holder_identity: str = ""
    lease_duration_seconds: int = 0
    renew_time: datetime | None = None


class ApiLease(ReadPart):
    """A Lease."""

    metadata: Metadata
    spec: LeaseSpec = LeaseSpec()


class ApiNamespace(ReadPart):
    """A Namespace."""

    metadata: Metadata


class ApiConfigMap(ReadPart):
    """A ConfigMap."""

    metadata: Metadata
    data: dict[str, str] = Field(default_factory=dict)
