"""Claims, one module a row: pure functions from an observation to a finding.

Each module lists its functions in `CLAIMS`; `verdicts.registry` joins the lists, so that a stored
observation can be judged again by the very function that judged it first.
"""
