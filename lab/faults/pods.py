"""Faults of pods that a run has placed."""

from dataclasses import dataclass
from typing import ClassVar

from lab.api import name_of, objects
from lab.errors import LabError
from lab.faults.site import Site

ROLE_LABEL = "netparity.local/role"
"""What a run calls its pods' roles; a trial's have one of that name too."""
_DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class DeletedPod:
    """A pod of a role on the node is deleted; what a run placed only the run can place again."""

    role: str

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """Nothing that another fault could touch too."""
        return ""

    def make(self, site: Site) -> None:
        """Delete the pod, once."""
        if site.kept(_DELETED) is not None:
            return
        query = (
            f"labelSelector={ROLE_LABEL}%3D{self.role}&fieldSelector=spec.nodeName%3D{site.place}"
        )
        pods = objects(site.api.get(f"/api/v1/pods?{query}")["items"])
        if not pods:
            raise LabError(
                f"no {self.role} pod runs on {site.place}",
                next_step="begin a run first, and inject the fault while it goes on",
            )
        metadata = pods[0]["metadata"]
        assert isinstance(metadata, dict)
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{name_of(pods[0])}"
        site.keep(_DELETED, path)
        site.api.delete(path)

    def undo(self, site: Site) -> None:
        """Leave it deleted: nothing of the lab's own was touched."""


def deleted(site: Site) -> str | None:
    """Return the path of the pod that was deleted; none where the fault is not made."""
    return site.kept(_DELETED)
