"""Ask the pods once, and bring back observations; probes know no expectation."""
