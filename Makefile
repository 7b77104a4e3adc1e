# Every target creates .venv and installs what it needs; a second call finds it done.
#
#   make run        the main job: baseline and carbon neutrality, 2020-2060 (RUN="..." adds arguments)
#   make test       the test suite                (TESTS="tests/sam -k ras" narrows it)
#   make test-slow  the tests that take minutes
#   make lint       ruff, mypy, import rules
#   make bench      speed ratios on this machine
#   make confrontation  solve the shipped scenarios and hold them against statistics, report, studies
#   make variations     change one family of assumptions at a time (an hour and more)
#   make projects       assess the shipped projects, one by one and together
#   make docs       the documentation as a web site, docs/_build/index.html
#   make chromium   install Chromium for the tests of the report (root on Debian)
#   make clean      remove caches and build output; .venv and results stay

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-slow lint bench confrontation variations projects docs clean ipopt chromium

VENV := .venv
PYTHON_IN_VENV := $(VENV)/bin/python
INSTALL := $(PYTHON_IN_VENV) -m pip install --quiet --disable-pip-version-check --editable
DONE := $(VENV)/.installed

WORKERS ?= 2
TESTS ?= tests
RUN ?=

# Small dense algebra gains nothing from more threads, and two test workers would fight over them.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
PYTEST := $(ONE_THREAD) $(PYTHON_IN_VENV) -m pytest -n $(WORKERS) --dist loadfile

help:
	@sed -n 's/^#   //p' Makefile

run: $(DONE)-run
	$(VENV)/bin/cge run $(RUN)

test: $(DONE)-test ipopt
	$(PYTEST) -m "not slow" $(TESTS)

test-slow: $(DONE)-test ipopt
	$(PYTEST) -m slow $(TESTS)

lint: $(DONE)-lint
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(DONE)-test ipopt
	$(ONE_THREAD) $(PYTHON_IN_VENV) -m benchmarks

confrontation: $(DONE)-run
	$(ONE_THREAD) PYTHONPATH=. $(PYTHON_IN_VENV) docs/confrontation.py --solve

variations: $(DONE)-run
	$(ONE_THREAD) $(PYTHON_IN_VENV) -m benchmarks.variations --elasticities
	$(ONE_THREAD) $(PYTHON_IN_VENV) -m benchmarks.within
	$(PYTHON_IN_VENV) docs/confrontation.py

projects: $(DONE)-run
	$(ONE_THREAD) $(PYTHON_IN_VENV) docs/projects.py --solve

docs: $(DONE)-docs
	$(VENV)/bin/sphinx-build --fail-on-warning --quiet docs docs/_build
	@echo "docs/_build/index.html"

clean:
	rm -rf build dist docs/_build docs/reference *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

ipopt: $(DONE)-test
	@.ci/ipopt.sh $(PYTHON_IN_VENV)

chromium:
	@.ci/chromium.sh

$(PYTHON_IN_VENV):
	@.ci/venv.sh

# What was installed for a purpose, up to date with the declared dependencies.
$(DONE)-run: setup.cfg pyproject.toml | $(PYTHON_IN_VENV)
	@echo "Installing m3c-cge and its dependencies (a few minutes the first time)"
	@$(INSTALL) .
	@touch $@

$(DONE)-%: setup.cfg pyproject.toml | $(PYTHON_IN_VENV)
	@echo "Installing m3c-cge with what $* needs (a few minutes the first time)"
	@$(INSTALL) ".[$*]"
	@touch $@
