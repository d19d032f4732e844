"""How a pod's userland is asked what the agnhost image does not say alike on every platform."""
