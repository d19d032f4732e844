"""What one pytest process holds to ask the cluster: built when its first check needs it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from conformance.api_client import connect
from conformance.cluster import Cluster
from conformance.deployment import Deployment
from conformance.exchanges import Recorder
from conformance.fleet import DeployedFleet, node_under_test
from conformance.handles import NodeUnderTest
from conformance.journal import Journal
from conformance.run import FLEET_FILE, INVENTORY_FILE
from conformance.timeouts import Patience
from conformance.transports import SelfTested
from conformance.witnesses import Witnesses
from verdicts.inventory import Inventory

_SAMPLE = Path(__file__).parent / "sample_inventory.json"


@dataclass(slots=True)
class Asking:
    """One process's way to the cluster; everything in it is made once."""

    cluster: Cluster
    inventory: Inventory
    deployment: Deployment
    journal: Journal
    recorder: Recorder
    fleet: DeployedFleet
    witnesses: Witnesses
    patience: Patience
    nodes: dict[str, NodeUnderTest] = field(default_factory=dict)

    @classmethod
    def of(cls, directory: Path, cluster: Cluster, *, patience: Patience) -> Self:
        """Take up the run whose files lie in the directory."""
        inventory = read_inventory(directory)
        deployment = Deployment.model_validate_json((directory / FLEET_FILE).read_bytes())
        recorder, journal = Recorder(), Journal(directory)
        transport = SelfTested(cluster, recorder)
        return cls(
            cluster=cluster,
            inventory=inventory,
            deployment=deployment,
            journal=journal,
            recorder=recorder,
            fleet=DeployedFleet(cluster, deployment, inventory, transport, patience),
            witnesses=Witnesses(journal=journal, transport=transport),
            patience=patience,
        )

    @classmethod
    def connected(
        cls, directory: Path, *, kubeconfig: Path, context: str | None, patience: Patience
    ) -> Self:
        """Take up the run, with a connection of this process's own."""
        return cls.of(directory, connect(kubeconfig, context=context), patience=patience)

    def node(self, node_id: str) -> NodeUnderTest:
        """Return the handle of a judged node, the same one every time."""
        if node_id not in self.nodes:
            self.nodes[node_id] = node_under_test(
                self.inventory.judged_node(node_id),
                inventory=self.inventory,
                deployment=self.deployment,
                fleet=self.fleet,
                cluster=self.cluster,
                recorder=self.recorder,
                patience=self.patience,
            )
        return self.nodes[node_id]


def read_inventory(directory: Path | None) -> Inventory:
    """Return the inventory of a run; without one the packaged sample, of no cluster at all."""
    path = directory / INVENTORY_FILE if directory is not None else _SAMPLE
    return Inventory.model_validate_json(path.read_bytes())
