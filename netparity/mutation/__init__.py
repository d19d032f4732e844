"""`make mutation`: every fault of the lab alone, and whether the suite blames it on its own row."""
