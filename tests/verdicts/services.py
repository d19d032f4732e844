"""Hand-made observations of Services, for tests of both load-balancing rows."""

from collections.abc import Sequence

from verdicts.inventory import Known
from verdicts.observations.attempts import Attempts, Failure
from verdicts.observations.load_balancing import (
    Backend,
    Convergence,
    EmptyService,
    NodePortSample,
    RefusingBackend,
    Scaling,
    ScalingStep,
    ServiceSample,
    SourceAddress,
)
from verdicts.vocabulary import Protocol, Reply

OTHER, REFUSED, TIMED_OUT, CLOSED, ANSWERED = (
    Reply.OTHER,
    Reply.REFUSED,
    Reply.TIMED_OUT,
    Reply.CLOSED,
    Reply.ANSWERED,
)
A, B, C = (
    Backend(pod=f"peer-{name}", node=f"node-{name}", address=f"10.244.{number}.9", identity=name)
    for number, name in enumerate("abc", start=1)
)
THREE = (A, B, C)
AT_ONCE = Convergence(what="first answer", reached=True, seconds=0.01, bound=120)
NEVER = Convergence(what="first answer", reached=False, seconds=120.2, bound=120)


def attempts(
    answers: Sequence[str] = (),
    *failures: Reply,
    protocol: Protocol = Protocol.TCP,
    tries: int | None = None,
) -> Attempts:
    return Attempts(
        client="probe/a",
        address="10.96.0.7",
        port=80,
        protocol=protocol,
        tries=len(answers) + len(failures) if tries is None else tries,
        answers=tuple(answers),
        failures=tuple(Failure(reply=reply, detail=f"dial: {reply}") for reply in failures),
    )


def service(
    *samples: Attempts,
    backends: Sequence[Backend] = THREE,
    ready: Sequence[str] | None = None,
    ready_after: Sequence[str] | None = None,
    data_plane: str = "nftables",
    readiness: Sequence[Convergence] = (AT_ONCE,),
) -> ServiceSample:
    before = [backend.address for backend in backends] if ready is None else ready
    return ServiceSample(
        service="lb-linux-kernel-0",
        data_plane=data_plane,
        backends=tuple(backends),
        ready_before=tuple(before),
        ready_after=tuple(before if ready_after is None else ready_after),
        readiness=tuple(readiness),
        samples=samples,
    )


def empty(
    *handshakes: Reply,
    exchanges: Attempts | None = None,
    elsewhere: Reply = TIMED_OUT,
    live: Reply = ANSWERED,
    data_plane: str = "nftables",
) -> EmptyService:
    return EmptyService(
        service="empty",
        data_plane=data_plane,
        client="probe/a",
        readiness=(AT_ONCE,),
        handshakes=handshakes,
        exchanges=exchanges,
        elsewhere=(elsewhere,),
        live=(live,),
    )


def refusing(  # each is a control of its own
    through: Attempts,
    *,
    live: Backend = A,
    live_directly: Attempts | None = None,
    directly: Sequence[Reply] = (REFUSED, REFUSED),
    other_port: Attempts | None = None,
    data_plane: str = "nftables",
    readiness: Convergence = AT_ONCE,
) -> RefusingBackend:
    return RefusingBackend(
        service="refusing-linux-kernel-0",
        data_plane=data_plane,
        live=live,
        refusing=B,
        live_directly=attempts("aaa") if live_directly is None else live_directly,
        refusing_directly=tuple(directly),
        readiness=(readiness,),
        through_service=(through,),
        other_port=(attempts("b") if other_port is None else other_port,),
    )


def step(
    wanted: str, seen: str, *, unanswered: Sequence[Reply] = (), tries: int = 40
) -> ScalingStep:
    return ScalingStep(
        change=f"with {wanted}",
        wanted=tuple(f"peer-{name}" for name in wanted),
        seen=tuple(f"peer-{name}" for name in seen),
        unanswered=tuple(Failure(reply=reply, detail=f"dial: {reply}") for reply in unanswered),
        tries=tries,
        convergence=AT_ONCE.model_copy(update={"reached": seen == wanted and not unanswered}),
    )


def scaling(
    *steps: ScalingStep,
    backends: Sequence[Backend] = (A, B),
    data_plane: str = "nftables",
) -> Scaling:
    return Scaling(
        service="scale-linux-kernel-0",
        data_plane=data_plane,
        backends=tuple(backends),
        steps=steps,
    )


def node_port(
    sample: ServiceSample | None,
    *,
    kubelet: Sequence[Reply] = (),
    node_port: int = 31234,
    port: int = 80,
    away: ServiceSample | None = None,
    from_node: Sequence[Reply] = (),
) -> NodePortSample:
    return NodePortSample(
        service="nodeport-linux-kernel-0",
        data_plane="nftables",
        address="192.0.2.11",
        node_port=node_port,
        port=port,
        client="peer-z",
        client_node="node-z",
        sample=sample,
        away=away,
        away_port=31235,
        kubelet=tuple(kubelet),
        from_node=tuple(from_node),
    )


def source(  # each decides whose an address is
    *through: str,
    platform: str = "linux",
    masquerade_all: bool | None = False,
    backend: Backend = A,
    directly: Sequence[str] = ("10.244.0.5",),
    client_addresses: Sequence[str] = ("10.244.0.5",),
    pod_ranges: Sequence[str] = ("10.244.0.0/24",),
    unanswered: Sequence[Reply] = (),
    data_plane: str = "nftables",
    cluster_cidrs: Sequence[str] = (),
) -> SourceAddress:
    return SourceAddress(
        service="source-linux-kernel-0",
        platform=platform,
        data_plane=data_plane,
        masquerade_all=masquerade_all,
        masquerade_by=Known.UNKNOWN if masquerade_all is None else Known.CONFIGURATION,
        cluster_cidrs=tuple(cluster_cidrs),
        dsr=None,
        overlay=None,
        client="probe",
        client_addresses=tuple(client_addresses),
        backend=backend,
        through_service=through,
        unanswered=tuple(Failure(reply=reply, detail="dial") for reply in unanswered),
        directly=tuple(directly),
        node_addresses=("192.0.2.11", "192.0.2.12"),
        pod_addresses=("10.244.0.6",),
        pod_ranges=tuple(pod_ranges),
    )
