"""Claims of the row cni-plugin on pods that come and go in numbers, and on host ports."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from verdicts.claims.load_balancing import only_unknown
from verdicts.findings import Finding
from verdicts.observations.waves import HostPort, Wave, WavePod, Waves


def waves_leave_nothing(seen: Waves) -> Finding:
    """Pods of each wave have addresses of their own and answer there; in the end all are given back.

    Codes: `duplicate-address`, `other-identity`, `silent`, `still-answers`, `leaked`. Inconclusive where pods did
    not start or did not go: that has many causes. Where no address book can be read, what it has
    is not judged, and told so.
    """
    if not seen.waves:
        return Finding.inconclusive("nothing-asked", "no wave was made")
    found = next((off for wave in seen.waves if (off := _off(wave, seen)) is not None), None)
    if found is not None:
        return found
    pods = [pod for wave in seen.waves for pod in wave.pods]
    undead = [p.pod for p in pods if p.afterwards and p.identity in p.afterwards.answers]
    if undead:
        return Finding.failed(
            "still-answers", f"{len(undead)} ended pods still answer, {undead[0]} for one"
        )
    addresses = Counter(address for pod in pods for address in pod.addresses)
    leaked = _leaked(seen, addresses)
    if leaked:
        return Finding.failed(
            "leaked",
            f"{len(leaked)} of {len(addresses)} addresses of ended pods are still given away "
            f"{seen.seconds:.0f} s later: {', '.join(leaked[:4])}",
            leaked=len(leaked),
        )
    book = "its address book is back where it was" if _is_known(seen) else _unread(seen)
    slowest = max(wave.up for wave in seen.waves)
    return Finding.passed(
        f"{len(pods)} pods in {len(seen.waves)} waves on {seen.node}, {len(addresses)} addresses; "
        f"the slowest wave was up after {slowest:.0f} s; {book}",
        pods=len(pods),
        addresses=len(addresses),
        up=[wave.up for wave in seen.waves],
        gone=[wave.gone for wave in seen.waves],
        book_read=_is_known(seen),
    )


def _off(wave: Wave, seen: Waves) -> Finding | None:
    where = f"wave {wave.number} on {seen.node}"
    unborn = [pod.pod for pod in wave.pods if not pod.addresses]
    if unborn:
        return Finding.inconclusive(
            "not-started",
            f"{where}: {len(unborn)} of {len(wave.pods)} pods were not up after {wave.up:.0f} s, "
            f"{unborn[0]} for one",
        )
    double = _double(wave, seen)
    if double:
        return Finding.failed("duplicate-address", f"{where}: {double}")
    strange = [pod for pod in wave.pods if pod.visit and set(pod.visit.answers) - {pod.identity}]
    if strange:
        visit = strange[0].visit
        who = ", ".join(visit.answers) if visit is not None else ""
        return Finding.failed("other-identity", f"{where}: {strange[0].pod} answered as {who}")
    silent = [pod for pod in wave.pods if pod.visit is not None and not pod.visit.answered]
    if silent:
        return _silent(where, silent, len(wave.pods))
    if wave.left:
        return Finding.inconclusive(
            "not-gone",
            f"{where}: {len(wave.left)} pods were still there {wave.gone:.0f} s after they were "
            f"deleted, {wave.left[0]} for one",
        )
    return None


def _silent(where: str, silent: list[WavePod], pods: int) -> Finding:
    failures = [f for pod in silent if pod.visit is not None for f in pod.visit.failures]
    unknown = only_unknown(failures)
    if unknown:
        return Finding.inconclusive("unknown-reply", f"{where}: unknown error: {unknown}")
    kinds = ", ".join(sorted({failure.reply for failure in failures}))
    names = ", ".join(f"{pod.pod} ({pod.addresses[0]})" for pod in silent[:3])
    return Finding.failed("silent", f"{where}: {len(silent)} of {pods} silent ({kinds}): {names}")


def _double(wave: Wave, seen: Waves) -> str:
    owners: dict[str, str] = {}
    here: Iterable[tuple[str, tuple[str, ...]]] = (
        *((pod.pod, pod.addresses) for pod in seen.living),
        *((pod.pod, pod.addresses) for pod in wave.pods),
    )
    for name, addresses in here:
        for address in addresses:
            other = owners.setdefault(address, name)
            if other != name:
                return f"{address} is {other}'s and {name}'s"
    return ""


def _is_known(seen: Waves) -> bool:
    """The book that was read knows a living pod of the node: it is the one that counts."""
    return bool(_networks(seen))


def _networks(seen: Waves) -> frozenset[str]:
    at_home = {a for pod in seen.living if pod.node == seen.node for a in pod.addresses}
    return frozenset(e.network for e in seen.entries or () if e.address in at_home)


def _leaked(seen: Waves, addresses: Iterable[str]) -> list[str]:
    inherited = {address for pod in (*seen.heirs, *seen.living) for address in pod.addresses}
    mine, networks = set(addresses) - inherited, _networks(seen)
    return sorted({e.address for e in seen.entries or () if e.network in networks} & mine)


def _unread(seen: Waves) -> str:
    if seen.entries is None:
        return f"no address book was read ({seen.reason})"
    return "no address book that was read knows the node's pods"


def a_host_port_leads_to_its_pod(seen: HostPort) -> Finding:
    """A pod's hostPort answers at its node's address; only reported, for a plugin may lack it.

    Codes: `no-answer`, `other-identity`.
    https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/#support-hostport
    """
    if seen.through_node is None or seen.directly is None:
        return Finding.not_applicable("not-asked", f"no hostPort of {seen.node}: {seen.reason}")
    if not seen.directly.answered:
        return Finding.inconclusive("pod-silent", f"{seen.pod} does not answer at its own address")
    where = f"{seen.address}:{seen.port}"
    strange = sorted(set(seen.through_node.answers) - {seen.identity})
    if strange:
        return Finding.failed("other-identity", f"{where} answered as {', '.join(strange)}")
    if seen.through_node.failures:
        kinds = ", ".join(sorted({failure.reply for failure in seen.through_node.failures}))
        return Finding.failed("no-answer", f"{where} ({seen.pod}'s hostPort): {kinds}")
    return Finding.passed(f"{where} leads to {seen.pod}")


CLAIMS: Mapping[str, Callable[..., Finding]] = MappingProxyType(
    {claim.__name__: claim for claim in (waves_leave_nothing, a_host_port_leads_to_its_pod)}
)
