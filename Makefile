# Two commands: `make matrix` prints the parity matrix, `make test` passes the tests.
# Both install what they need. `make matrix KUBECONFIG=F` asks that cluster instead of the lab.

PYTHON ?= python3
# Each of a run's processes would compile the suites anew where nothing may be kept.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help matrix test check unit lab-test acceptance mutation soak lock docs bench clean

help:
	@echo 'make matrix                prints the parity matrix, from a lab of five nodes on this machine'
	@echo 'make matrix KUBECONFIG=F   the same from the cluster of this kubeconfig (FACTS=G, ARGS=...)'
	@echo 'make test                  lint, types, unit tests, then the tests that need the lab'
	@echo 'make mutation              makes every fault on the lab, and sees the suite catch it (ARGS=...)'
	@echo 'make soak                  asks a clean lab 20 times, and 20 times beside a busy loop (ARGS=...)'
	@echo 'make check | unit | lab-test | acceptance | bench | docs | lock | clean | help'

# A KUBECONFIG that is merely exported names no cluster to create pods in.
ifeq ($(origin KUBECONFIG),command line)
matrix: $(READY)
	$(BIN)/netparity run --kubeconfig '$(KUBECONFIG)' $(if $(FACTS),--facts '$(FACTS)') $(ARGS)
else
matrix: $(READY)
	$(BIN)/python -m netparity.main_job $(ARGS)
endif

test: check unit lab-test

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/codespell $$(git ls-files)

unit: $(READY)
	$(BIN)/pytest -rs

lab-test: $(READY)
	$(BIN)/pytest -m 'lab and not acceptance'

# What takes many minutes and a machine that does nothing else: overlapping runs, every switch.
acceptance: $(READY)
	$(BIN)/pytest -m acceptance

# What each check is worth: every fault alone, and docs/kill-table.md. `ARGS=--only=FAULT` makes one.
mutation: $(READY)
	$(BIN)/python -m netparity.mutation $(ARGS)

# Not in CI: some forty minutes. `ARGS=--out=DIR` goes on where one was broken off.
soak: $(READY)
	$(BIN)/python -m netparity.soak $(ARGS)

bench: $(READY)
	$(BIN)/python -m netparity.bench

docs: $(READY)
	$(BIN)/netparity cases --format markdown > docs/checks.md

$(READY): requirements.lock requirements-uv.lock pyproject.toml
	$(PYTHON) -c 'import ensurepip' || { apt-get update -qq && apt-get install -y -qq python3-venv; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

lock: $(READY)
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --group dev pyproject.toml -o requirements.lock
	echo uv | $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-header - -o requirements-uv.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis out dist build
