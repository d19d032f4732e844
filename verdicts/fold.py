"""From evidence to cells: the only way in which a verdict comes about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from verdicts.blame import result_of
from verdicts.cells import failed_codes, row_on_node, row_on_platform, row_without_nodes
from verdicts.checks import Check
from verdicts.documented import SEED_COLUMNS, documented
from verdicts.evidence import Evidence
from verdicts.expectations import agreement, expectation_for
from verdicts.findings import Finding
from verdicts.following import with_followers, with_reasons
from verdicts.inventory import Inventory, JudgedNode, Known, Node
from verdicts.releases import release_of
from verdicts.report import Cell, CellCheck, CheckResult
from verdicts.sentences.rows import sentence
from verdicts.vocabulary import Agreement, Feature, Mode, Origin, Verdict


@dataclass(frozen=True, slots=True)
class Folded:
    """The cells of the matrix and the checks they were made from."""

    cells: tuple[Cell, ...]
    checks: tuple[CheckResult, ...]


def fold(
    *, inventory: Inventory, catalogue: Sequence[Check], evidence: Iterable[Evidence]
) -> Folded:
    """Fold a run's evidence into cells: every row of the catalogue on every column.

    The columns are the platforms of the judged nodes and the three of the blog's table; a seed
    column that was not met is `documented`. One that the cluster has nodes of, none of which was
    asked, has no cells: what is documented would read as found there.
    """
    by_key = {record.key: record for record in evidence}
    observed = {record.key for record in by_key.values() if record.observation is not None}
    results = with_reasons(
        [
            result_of(
                check,
                judged,
                evidence=by_key,
                nodes=inventory.judged,
                policies=inventory.policies,
            )
            for check in catalogue
            for judged in inventory.judged
            if check.feature.mode in {None, judged.mode}
        ],
        observed=observed,
    )
    shown = with_followers(catalogue, results, observed=observed)
    rows = [feature for feature in Feature if any(c.feature is feature for c in catalogue)]
    cells = tuple(
        _cell(feature, platform, inventory=inventory, results=results, shown=shown)
        for feature in rows
        for platform in columns(inventory)
    )
    return Folded(cells=cells, checks=shown)


def columns(inventory: Inventory) -> tuple[str, ...]:
    """Return the matrix's columns: the seed's Windows builds, later ones as met, Linux last."""
    met = dict.fromkeys(judged.platform for judged in inventory.judged)
    unasked = {node.platform for node in inventory.nodes} - set(met)
    others = sorted(platform for platform in met if platform not in SEED_COLUMNS)
    *windows, linux = SEED_COLUMNS
    return tuple(each for each in (*windows, *others, linux) if each not in unasked)


def _cell(
    feature: Feature,
    platform: str,
    *,
    inventory: Inventory,
    results: Sequence[CheckResult],
    shown: Sequence[CheckResult],
) -> Cell:
    """Fold a cell from all results; `shown` are the same, as the cell lists them."""
    judged = [node for node in inventory.judged if node.platform == platform]
    if not judged:
        return _documented_cell(feature, platform)
    in_mode = [node for node in judged if feature.mode in {None, node.mode}]
    of_row = [
        result for result in results if result.feature is feature and result.platform == platform
    ]
    verdict, failed = _verdict(feature, judged, in_mode=in_mode, results=of_row)
    release = min(release_of(node.node.kubelet_version) for node in judged)
    active = bool(in_mode) or _fell_back(feature, judged)
    expected = expectation_for(feature, platform, release=release, active=active)
    return Cell(
        feature=feature,
        platform=platform,
        verdict=verdict,
        origin=Origin.EMULATED if any(n.node.is_emulated for n in judged) else Origin.MEASURED,
        agreement=agreement(expected, verdict, failed=failed),
        seen=_seen(feature, verdict, judged=judged, in_mode=in_mode, results=of_row),
        checks=tuple(
            CellCheck(
                check=result.check,
                node=result.node,
                weight=result.weight,
                outcome=result.outcome,
                code=result.code,
            )
            for result in shown
            if result.feature is feature and result.platform == platform
        ),
        mode=feature.mode,
        expected=expected.verdict,
        sources=(expected.source,),
    )


def _documented_cell(feature: Feature, platform: str) -> Cell:
    known = documented(feature, platform)
    return Cell(
        feature=feature,
        platform=platform,
        verdict=known.verdict,
        origin=Origin.DOCUMENTED,
        agreement=Agreement.UNKNOWN,
        seen=known.seen,
        mode=feature.mode,
        sources=known.sources,
    )


def _fell_back(feature: Feature, judged: Iterable[JudgedNode]) -> bool:
    return feature is Feature.KERNEL_MODE and any(n.node.proxy.fell_back for n in judged)


def _verdict(
    feature: Feature,
    judged: Sequence[JudgedNode],
    *,
    in_mode: Sequence[JudgedNode],
    results: Sequence[CheckResult],
) -> tuple[Verdict, frozenset[str]]:
    """Return the row's verdict on the platform and the codes that led to it."""
    fell_back = _fell_back(feature, judged)
    verdicts = [
        row_on_node(feature, [result for result in results if result.node == node.id])
        for node in in_mode
    ]
    failed = failed_codes(results)
    if fell_back:
        # A node that asked for kernel mode and runs user mode fails this row by that alone.
        verdicts.append(Verdict.UNSUPPORTED)
        failed |= {"fell-back"}
    if verdicts:
        return row_on_platform(verdicts), failed
    mode = feature.mode
    if mode is None:
        raise ValueError(f"{feature} is judged by every node, and none was judged")
    return (
        row_without_nodes(
            mode,
            fell_back=fell_back,
            mode_unknown=any(node.mode is Mode.UNKNOWN for node in judged),
            release=min(release_of(node.node.kubelet_version) for node in judged),
        ),
        failed,
    )


def _seen(
    feature: Feature,
    verdict: Verdict,
    *,
    judged: Sequence[JudgedNode],
    in_mode: Sequence[JudgedNode],
    results: Sequence[CheckResult],
) -> str:
    fallen = [node.node for node in judged if node.node.proxy.fell_back]
    if feature is Feature.KERNEL_MODE and fallen:
        return f"asked for kernel mode, fell back to user mode ({_proxy(fallen[0])})"
    if not in_mode:
        return _seen_without_nodes(feature, verdict, judged)
    if verdict is Verdict.INCONCLUSIVE:
        return _what_is_missing(results)
    findings: dict[str, list[Finding]] = {}
    for result in results:
        if result.finding is not None:
            findings.setdefault(result.check, []).append(result.finding)
    seen = sentence(feature, verdict, _frozen(findings))
    if feature.mode is None:
        return seen
    return f"{seen}; by {_proxy(in_mode[0].node)}"


def _frozen(findings: Mapping[str, list[Finding]]) -> dict[str, tuple[Finding, ...]]:
    return {check: tuple(found) for check, found in findings.items()}


def _seen_without_nodes(feature: Feature, verdict: Verdict, judged: Sequence[JudgedNode]) -> str:
    if verdict is Verdict.INCONCLUSIVE:
        return "the service proxy's mode could not be found"
    if verdict is Verdict.NOT_APPLICABLE:
        return "removed with Kubernetes 1.26"
    running = ", ".join(sorted({_proxy(node.node) for node in judged}))
    return f"no node runs {feature.mode} mode; met: {running}"


def _what_is_missing(results: Sequence[CheckResult]) -> str:
    missing = [
        f"{result.check}: {' - '.join(filter(None, (result.because, result.seen)))}"
        for result in results
        if result.outcome in {"inconclusive", "not-run"}
    ]
    more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
    return f"could not ask {missing[0]}{more}" if missing else "could not ask"


def _proxy(node: Node) -> str:
    proxy = node.proxy
    program = proxy.program or proxy.data_plane or "an unknown service proxy"
    version = f" {proxy.version}" if proxy.version else ""
    declared = ", declared" if proxy.known_by is Known.DECLARED else ""
    plane = f" ({proxy.data_plane}{declared})" if proxy.data_plane else ""
    return f"{program}{version}{plane}"
