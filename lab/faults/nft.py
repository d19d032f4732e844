"""Reading and writing the nft table that a fault has in a network namespace."""

import json

from lab.errors import LabError
from lab.machine import Machine


def load(machine: Machine, *, family: str, table: str, chains: str) -> None:
    """Load a table in the machine's own namespace, in place of one of that name.

    Raises:
        LabError: nft does not take the chains.
    """
    machine.run("nft", "-f", "-", stdin=replacing(family=family, table=table, chains=chains))


def replacing(*, family: str, table: str, chains: str) -> str:
    """Return nft's script that puts the table there, in one transaction, and only once."""
    return f"{removing(family=family, table=table)}table {family} {table} {{\n{chains}\n}}\n"


def removing(*, family: str, table: str) -> str:
    """Return nft's script that removes the table, or does nothing where there is none."""
    return f"add table {family} {table}\ndelete table {family} {table}\n"


def remove(machine: Machine, *, family: str, table: str) -> None:
    """Remove the table from the machine's own namespace; one that is gone is fine."""
    machine.run("nft", "-f", "-", stdin=removing(family=family, table=table))


def remove_from_pods(machine: Machine, *, family: str, table: str) -> None:
    """Remove the table from the namespace of each of the machine's pods."""
    script = removing(family=family, table=table)
    for namespace in _pod_namespaces(machine):
        _in_pod(machine, namespace, "nft", "-f", "-", stdin=script)


def counted(machine: Machine, table: str) -> int:
    """Return the packets that the table's counters saw, in every namespace of the machine.

    In the node's own, and in those of its pods. 0 where the table is nowhere.
    """
    command = ("nft", "-j", "list", "ruleset")
    said = [machine.run(*command)]
    said += [_in_pod(machine, each, *command) for each in _pod_namespaces(machine)]
    return sum(_packets(text, table) for text in said)


def _pod_namespaces(machine: Machine) -> list[str]:
    return machine.run("ls", "/run/netns").split()


def _in_pod(machine: Machine, namespace: str, *argv: str, stdin: str | None = None) -> str:
    """Run a command in a pod's namespace; it says nothing where the pod has ended meanwhile."""
    entered = ("nsenter", f"--net=/run/netns/{namespace}", "--")
    try:
        return machine.run(*entered, *argv, stdin=stdin)
    except LabError:
        if namespace in _pod_namespaces(machine):
            raise
        return ""


def _packets(listed: str, table: str) -> int:
    things = json.loads(listed)["nftables"] if listed else []
    rules = [thing["rule"] for thing in things if "rule" in thing]
    return sum(
        expression["counter"]["packets"]
        for rule in rules
        if rule["table"] == table
        for expression in rule["expr"]
        if "counter" in expression
    )


def tables(machine: Machine) -> frozenset[tuple[str, str]]:
    """Return family and name of each table in the machine's own namespace."""
    things = json.loads(machine.run("nft", "-j", "list", "tables"))["nftables"]
    found = (thing["table"] for thing in things if "table" in thing)
    return frozenset((table["family"], table["name"]) for table in found)
