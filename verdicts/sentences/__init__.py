"""The sentence under a cell: what was seen, made from the facts of findings; it decides nothing.

Each row's module has `sentence(verdict, findings)`, with the findings of all judged nodes of the
platform by check id.
"""
