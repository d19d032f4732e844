"""The one-machine cluster: a real control plane and real kubelets, two node pools emulated."""
