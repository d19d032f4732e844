"""The pytest plugin that discovers a cluster, deploys the fleet once, and lets suites ask it."""
