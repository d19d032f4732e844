"""The netparity command: composes the rooms, and imports each only when it is asked for."""
