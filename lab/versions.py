"""Which versions of which programs a lab runs."""

from pydantic import BaseModel, ConfigDict


class Versions(BaseModel):
    """Versions of what the lab runs; the pinned modules in `components` build these."""

    model_config = ConfigDict(frozen=True)

    kubernetes: str = "1.37.2"
    etcd: str = "3.7.3"
    containerd: str = "2.4.2"
    runc: str = "1.5.2"
    cni_plugins: str = "1.9.1"
    coredns: str = "1.15.0"
    linux_userspace_proxy: str = "1.25.16"
    windows_userspace_proxy: str = "1.21.14"
