# Yixian. `make help` lists the targets; README's two commands are `make serve` and `make test`.
PYTHON ?= python3
# Debian's own Python, which its QGIS belongs to.
QGIS_PYTHON ?= /usr/bin/python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:

.DEFAULT_GOAL := help
.PHONY: help serve test lint bench torture qgis lock sbom audit sample clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(STAMP)  ## the service on http://127.0.0.1:8000, with the sample county unless data/county exists
	@$(BIN)/yixian serve

test: lint  ## lint, then every test but the benches and the long fault tests
	$(BIN)/python -m pytest -q -n $$(($$(getconf _NPROCESSORS_ONLN) * 3 / 2 + 1)) --maxprocesses 8 --dist loadfile --no-loadscope-reorder --ignore=tests/bench

lint: $(DEV_STAMP)  ## ruff, mypy strict, import-linter, the review of the dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_dependencies.py

bench: $(DEV_STAMP)  ## the figures that the project promises, beside their peers
	YIXIAN_BENCH=1 $(BIN)/python -m pytest -q -s -p no:randomly tests/bench

torture: $(DEV_STAMP)  ## the long fault, fuzz and soak runs
	YIXIAN_TORTURE=1 $(BIN)/python -m pytest -q --ignore=tests/bench

qgis: $(STAMP)  ## QGIS, from Debian, opens the county: the features service, a GeoPackage and its styles
	@$(QGIS_PYTHON) -c 'import qgis.core' 2>/dev/null || \
		{ echo "needs QGIS 3.22 or newer for $(QGIS_PYTHON): apt install --no-install-recommends qgis python3-qgis gdal-bin" >&2; exit 1; }
	QT_QPA_PLATFORM=offscreen $(QGIS_PYTHON) tests/qgis/check.py $(BIN)/yixian $(BIN)/python build/qgis.png

lock: $(DEV_STAMP)  ## resolve the dependencies anew
	$(call resolve,--extra build,requirements.lock)
	$(call resolve,--extra build --extra dev --constraint requirements.lock,requirements-dev.lock)

sbom: $(DEV_STAMP)  ## build/sbom.json: what is shipped, with hashes, as CycloneDX
	@mkdir -p build
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom.json requirements.lock

audit: $(DEV_STAMP)  ## known holes in what is shipped; needs the internet
	@echo "asking the Python Package Index about every pinned version; this needs the internet"
	$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip

sample: $(STAMP)  ## make data/sample anew
	$(BIN)/yixian sample data/sample

clean:  ## remove the virtual environment and the caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build *.egg-info

define resolve
$(BIN)/uv pip compile pyproject.toml $(1) --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock' --quiet --upgrade --output-file $(2)
endef

$(BIN)/python:
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Yixian needs Python 3.11 or newer with venv (Debian: apt install python3 python3-venv); or name one: make PYTHON=python3.12 $(or $(firstword $(MAKECMDGOALS)),serve)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMP): requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing the pinned dependencies (once)"
	@$(INSTALL) -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "compiling the road searches (once, some 25 s)"
	@$(BIN)/yixian nearest 111.43 27.69 --data data/sample --json >/dev/null
	@$(BIN)/yixian reach --data data/sample >/dev/null
	@$(BIN)/yixian isolation --data data/sample >/dev/null
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(STAMP)
	@echo "installing the development tools (once)"
	@$(INSTALL) -r requirements-dev.lock
	@touch $@
