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


def counted(machine: Machine, table: str) -> int:
    """Return the packets that the table's counters saw, in every namespace of the machine.

    In the node's own, and in those of its pods. 0 where the table is nowhere.
    """
    said = [machine.run("nft", "-j", "list", "ruleset")]
    said += [_listed_in(machine, name) for name in machine.run("ls", "/run/netns").split()]
    return sum(_packets(text, table) for text in said)


def _listed_in(machine: Machine, namespace: str) -> str:
    """List the rules of a pod's namespace; none where the pod has ended meanwhile."""
    try:
        return machine.run(
            "nsenter", f"--net=/run/netns/{namespace}", "nft", "-j", "list", "ruleset"
        )
    except LabError:
        if namespace in machine.run("ls", "/run/netns").split():
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


def tables(machine: Machine) -> frozenset[str]:
    """Return the names of the tables in the machine's own namespace."""
    things = json.loads(machine.run("nft", "-j", "list", "tables"))["nftables"]
    return frozenset(thing["table"]["name"] for thing in things if "table" in thing)
