"""What stands in a CNI plugin's place while a fault wraps it; the plugin itself does the work.

The runtime of a node runs it as it would run the plugin, by the plugin's own path. It runs by the
standard library alone, and starts fast: without site packages, dataclasses, pathlib and typing.
"""
