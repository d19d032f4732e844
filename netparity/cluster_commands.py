"""`run` and `doctor`: what asks a live cluster."""

from typing import Annotated

import typer

from netparity.endings import told

Kubeconfig = Annotated[
    str | None, typer.Option(metavar="FILE", help="The cluster's kubeconfig; never written to.")
]
Context = Annotated[str | None, typer.Option(help="A context of it; else its current one.")]
Facts = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Declares what the API does not show (docs/facts.md)."),
]
Platform = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID=SELECTOR",
        help="Judge the nodes that a label selector chooses as this platform; repeatable.",
    ),
]
RequirePlatform = Annotated[
    list[str] | None,
    typer.Option(metavar="ID", help="Exit 2 if no node of this platform is met; repeatable."),
]
Feature = Annotated[
    list[str] | None, typer.Option(metavar="ID", help="Ask only this row; repeatable.")
]
AskedNode = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Ask only this one of the judged nodes; repeatable."),
]
AskedCheck = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID",
        help="Ask this check whatever the profile, and of the others only those of its row; "
        "repeatable.",
    ),
]
RunProfile = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="PROFILE",
        help="How much is asked: core, or full with the direction matrix, convergence and waves "
        "besides (some five minutes).",
    ),
]
Patience = Annotated[
    str,
    typer.Option(
        metavar="PROFILE",
        help="How long to wait for what the cluster does in its own time: field, or lab for "
        "negative proofs on `netparity lab`.",
    ),
]
Out = Annotated[
    str | None,
    typer.Option(metavar="DIR", help="Where reports go; else $ARTIFACTS, else out/<time>."),
]
Workers = Annotated[
    str | None, typer.Option("-n", "--workers", metavar="N", help="How many ask at once.")
]


def run(  # noqa: PLR0913  # one parameter an option, by keyword only
    *,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    facts: Facts = None,
    platform: Platform = None,
    require_platform: RequirePlatform = None,
    feature: Feature = None,
    node: AskedNode = None,
    check: AskedCheck = None,
    profile: RunProfile = "core",
    patience: Patience = "field",
    reuse_fleet: Annotated[
        bool, typer.Option("--reuse-fleet", help="Use a kept fleet again, and keep it.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the fleet in the cluster.")] = False,
    out: Out = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="An improvement ends with 1 too.")
    ] = False,
    agnhost_image: Annotated[
        str | None, typer.Option(metavar="IMAGE", help="The image of probes and peers.")
    ] = None,
    capture_image: Annotated[
        str | None, typer.Option(metavar="IMAGE", help="An image with tcpdump.")
    ] = None,
    workers: Workers = None,
) -> None:
    """Ask a cluster, print the matrix, remove what was created; the exit code is the verdict."""
    with told():
        from functools import partial

        from conformance.settings import RunSettings
        from netparity.conducting import ask_by_a_child, conduct
        from netparity.declared import expect_declared

        expect_declared(check or ())
        settings = RunSettings.parsed(
            kubeconfig=kubeconfig,
            context=context,
            facts=facts,
            platform=platform or (),
            require_platform=require_platform or (),
            feature=feature or (),
            node=node or (),
            check=check or (),
            profile=profile,
            patience=patience,
            reuse_fleet=reuse_fleet,
            keep=keep,
            out=out,
            agnhost_image=agnhost_image,
            capture_image=capture_image,
            strict=strict,
        )
        code = conduct(settings, ask=partial(ask_by_a_child, workers=workers))
    raise typer.Exit(code)


def doctor(
    *,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    facts: Facts = None,
    platform: Platform = None,
) -> None:
    """Say what a run would find: nodes, platforms, proxy modes, policies. Creates nothing."""
    with told():
        from conformance.api_client import connect
        from conformance.facts import read_facts
        from conformance.planning import plan_fleet
        from conformance.policies import policies_upon
        from conformance.settings import RunSettings
        from conformance.survey import Survey
        from netparity.printing import show_inventory

        settings = RunSettings.parsed(
            kubeconfig=kubeconfig, context=context, facts=facts, platform=platform or ()
        )
        declared = read_facts(settings.facts)
        cluster = connect(settings.kubeconfig, context=settings.context)
        inventory = Survey(cluster, settings, declared).inventory()
        # What the owner has for every namespace selects pods that are not there yet, too.
        plan = plan_fleet(inventory, run_id="doctor", agnhost="", capture=None)
        found = policies_upon(cluster, plan)
        show_inventory(
            inventory.model_copy(
                update={
                    "policies": found.policies,
                    "warnings": (*inventory.warnings, *found.warnings),
                }
            )
        )
