# Two commands do all set-up on a machine that has Python 3.11 or newer and
# make: `make lab` and `make test`. The rest is for working on the course.
# Without make, the same verbs are `python -m mini_vimogen ...` and `pytest`.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PY := $(BIN)/python
READY := $(VENV)/ready
VIDEO := $(VENV)/video
EXECUTED := build/lessons_executed
DRAWN := build/pages_drawn

# `make lab PYTHON=python3.12` names an interpreter; else the first one on the
# PATH that is new enough is taken.
PYTHON ?=
PYTHONS := $(or $(PYTHON),python3 python3.11 python3.12 python3.13 python)
# Passed on by `make lab`: make lab ARGS="--no-browser --port 8889"
ARGS ?=

# One thread a process: two processes with two threads each are slower than
# two with one, by a factor of two.
export OMP_NUM_THREADS ?= 1

LESSONS := $(wildcard notebooks/[0-9][0-9]_*.py)
SOURCES := $(shell find mini_vimogen data_small -type f \
	-not -path '*/__pycache__/*' 2>/dev/null)

.PHONY: help install lab demo test lint unit notebooks executed book picture looks \
	data checkpoints clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) \
	| sed -E 's/^([a-z]+):.*## */  make \1|/' \
	| awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

$(READY): pyproject.toml constraints.txt
	@set -e; \
	new='import sys; sys.exit(sys.version_info < (3, 11))'; \
	for python in $(PYTHONS); do \
		if "$$python" -c "$$new" >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
		echo "mini_vimogen needs Python 3.11 or newer, and none of these is:" \
			"$(PYTHONS); install one, or name one with PYTHON=..." >&2; \
		exit 2; \
	fi; \
	echo "setting up $(VENV) with $$($$found --version); minutes, once"; \
	"$$found" -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check \
		-c constraints.txt -e ".[all]"
	@touch $@

install: $(READY)  ## the environment in .venv; every other target makes it too

lab: $(READY)  ## JupyterLab on the lessons
	$(PY) -m mini_vimogen lab $(ARGS)

demo: $(READY)  ## lift a real video's keypoints, into demo/
	$(PY) -m mini_vimogen demo

test: lint unit notebooks executed  ## lint, import law, tests, every lesson

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --cache-dir build/import_linter

# The tests of real video skip themselves, by name, where this cannot be had.
$(VIDEO): $(READY) mini_vimogen/formats/part_list.py
	@if $(PY) -m pip install --quiet --disable-pip-version-check \
			-c constraints.txt -e ".[video]" \
		&& $(PY) -m mini_vimogen check --fetch --part pose_network \
			--part laboratory >/dev/null; \
	then touch $@; \
	else echo "going on without the tests of real video" >&2; fi

unit: $(READY) $(VIDEO)
	$(PY) -m pytest -n 2 --benchmark-disable

notebooks: $(READY)  ## run every lesson; the book shows what it printed
	$(PY) -m pytest --nbmake notebooks -n 2 --overwrite --nbmake-timeout=900
	@mkdir -p build && touch $(EXECUTED)

# What only an executed lesson shows: its CPU time, its images' descriptions.
executed: $(READY)
	$(PY) -m pytest -q tests/notebooks/test_executed.py --executed

$(EXECUTED): $(READY) $(LESSONS) $(SOURCES)
	$(MAKE) notebooks

$(DRAWN): $(READY) book/draw.py $(SOURCES)
	$(PY) book/draw.py real_clips real_video results samplers applications \
		keypoint_layouts
	@mkdir -p build && touch $@

book: $(READY) $(EXECUTED) $(DRAWN)  ## the book, in build/book/_build/html/index.html
	$(BIN)/jb build book -W --keep-going --path-output build/book

picture: $(READY)  ## the README's picture
	$(PY) book/draw.py first_screen

looks: book  ## pictures of all figures and pages, in build/looks/
	$(PY) book/looks.py

data: $(READY)  ## rebuild data_small/ from its sources
	$(PY) data_small/build.py

CHECKPOINTS := data_small/checkpoints
checkpoints: $(READY)  ## train the shipped models anew: 45 minutes of one core
	$(PY) -m mini_vimogen train lifter --size desk --seed 0 \
		--out $(CHECKPOINTS)/vimo_desk.safetensors
	$(PY) -m mini_vimogen train flow --size desk --seed 0 \
		--out $(CHECKPOINTS)/vimo_flow_desk.safetensors
	$(PY) -m mini_vimogen train regressor --size desk --seed 0 \
		--out $(CHECKPOINTS)/regressor_desk.safetensors

clean:  ## what was built, except the environment
	rm -rf build dist book/notebooks book/_build book/_static/drawn \
		.pytest_cache .hypothesis .benchmarks .ruff_cache .import_linter_cache
