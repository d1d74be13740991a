# Two commands do all the set-up on a fresh machine: make demo, make test.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed

.PHONY: demo test check docs clean

demo: $(STAMP)  ## an invented election on the loopback address, one real scan of it, what it flags
	$(BIN)/python -m demo

test: $(STAMP)-dev  ## the test suite, as CI runs it
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m scripts.reference --check
	$(BIN)/python -m scripts.quality --check
	$(BIN)/pytest

docs: $(STAMP)-dev  ## write the generated reference pages again
	$(BIN)/python -m scripts.reference
	$(BIN)/python -m scripts.quality

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tocsin needs Python 3.11 or newer; name one with: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(STAMP): setup.cfg pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install -qq --disable-pip-version-check -e .
	@touch $@

$(STAMP)-dev: setup.cfg pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install -qq --disable-pip-version-check -e '.[dev]'
	@touch $@ $(STAMP)

clean:
	rm -rf $(VENV) build ./*.egg-info .mypy_cache .ruff_cache .pytest_cache demo-watch
