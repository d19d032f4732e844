"""A fleet in a cluster of memory, and what a process holds that asks it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from conformance.asking import Asking, read_inventory
from conformance.deployment import deploy
from conformance.journal import write_value
from conformance.planning import plan_fleet
from conformance.run import FLEET_FILE, INVENTORY_FILE
from conformance.timeouts import FIELD, Patience
from tests.conformance.fake_cluster import FakeCluster

INVENTORY = read_inventory(None)


def asking(
    cluster: FakeCluster, directory: Path, *, age: float = 0.0, patience: Patience = FIELD
) -> Asking:
    plan = plan_fleet(INVENTORY, run_id="r1", agnhost="agnhost:1", capture="capture:1")
    deployed = deploy(cluster, plan, fingerprint="f", kept=False)
    created = datetime.now(UTC) - timedelta(seconds=age)
    write_value(directory / FLEET_FILE, deployed.model_copy(update={"created": created}))
    write_value(directory / INVENTORY_FILE, INVENTORY)
    return Asking.of(directory, cluster, patience=patience)
