"""What the lab is built from: a folder a component, each a Go module with every version pinned."""
