"""What probes bring back: frozen, complete, and free of any expectation."""
