"""`netparity lab`: the one-machine cluster, brought up, looked at and taken down."""

from typing import Annotated

import typer

from netparity.fault_commands import fault
from netparity.lab_messages import out, progress, told

lab = typer.Typer(
    name="lab",
    help="Real Kubernetes on this one machine: five nodes, two columns emulated.",
    no_args_is_help=True,
)
lab.add_typer(fault, name="fault")
_INTERRUPTED = "nothing of the lab runs"


@lab.command()
def up(
    *,
    nodes: Annotated[
        str, typer.Option(help="Only these nodes, comma-separated, as linux-a,win1709-a.")
    ] = "",
    subnet: Annotated[str, typer.Option(help="The nodes' IPv4 range, at least /24.")] = "",
    service_cidr: Annotated[str, typer.Option(help="The services' IPv4 range.")] = "",
    cluster_domain: Annotated[str, typer.Option(help="The cluster's DNS domain.")] = "",
    without_emulation: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Leave this emulation of win2016 out; repeatable."),
    ] = None,
) -> None:
    """Bring the lab up (building it first where needed); does nothing if it is up."""
    with told(interrupted=_INTERRUPTED):
        from lab import cluster
        from lab.status import lines
        from lab.topology import Topology

        topology = Topology.from_options(
            subnet=subnet,
            service_cidr=service_cidr,
            cluster_domain=cluster_domain,
            nodes=nodes,
            without=without_emulation or [],
        )
        record = cluster.up(topology, report=progress.print)
        for line in lines(record):
            out.print(line, markup=False)


@lab.command()
def down() -> None:
    """Take the lab down; nothing of it stays on the machine but the built programs."""
    with told(interrupted=_INTERRUPTED):
        from lab import cluster

        cluster.down()


@lab.command()
def status() -> None:
    """Say what is up: versions, nodes, proxy modes asked for and effective, emulations."""
    with told(interrupted=_INTERRUPTED):
        from lab.status import report

        for line in report():
            out.print(line, markup=False)


@lab.command()
def logs(
    node: Annotated[str, typer.Argument(help="A node, or a program of the control plane.")],
) -> None:
    """Print the logs of a node's programs, or of one program of the control plane."""
    with told(interrupted=_INTERRUPTED):
        from lab.status import logs_of

        for line in logs_of(node):
            typer.echo(line, nl=False)
