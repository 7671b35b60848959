# Every task of the course. `make` alone lists them.
#
# The first one that needs the environment makes it (tools/setup.sh). After that it costs nothing until
# pyproject.toml or uv.lock changes.

VENV    := .venv
PYTHON  := $(VENV)/bin/python
READY   := $(VENV)/.ready

# An environment with Colab's packages (tests/colab.txt). In Colab's own image there is no need to make
# one:  make test-colab COLAB_PYTHON=python3
COLAB_PYTHON := .venv-colab/bin/python
COLAB_TESTS := $(patsubst %,tests/test_%.py,colab data install lazy_imports removed_modules runtime startup) \
	notebooks/00_start_here.ipynb notebooks/04_averaging_with_tff.ipynb

# Passed on to JupyterLab:  make lab LAB="--no-browser --port 8889"
LAB     :=
# Passed on to pytest:      make test TEST="-k partition"
TEST    :=
# Most tests keep one core busy. Two processes share them, a file at a time; for a debugger: TEST="-n 0".
PYTEST  := -m pytest -n 2 --dist loadscope --no-loadscope-reorder --durations 15
# What `make lessons` executes, all unless told:  make lessons LESSONS=notebooks/03_averaging_by_hand.ipynb
LESSONS :=
# Passed on to tools/shake.py: make shake SHAKE="--only oneDNN --part lessons"
SHAKE   :=

# Passed on to the benchmark: make bench BENCH="--works 2nn --entrants floor,fedtutor --quick"
BENCH   :=

# JupyterLab refuses to run as root unless told; in a container there is often nobody else.
ROOT_USER := $(if $(filter 0,$(shell id -u)),--allow-root)

.DEFAULT_GOAL := help
.PHONY: help setup lab demo doctor test test-colab test-browser lessons shake site experiments bench picture format lint lock conda-check address clean

help:  ## list every task
	@grep -E '^[a-z-]+:.*##' Makefile | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

setup: $(READY)  ## make the environment in .venv, and nothing else
	@echo "The environment in $(VENV) is ready."

# Encrypted, the traffic with the kernel is safe on a shared machine, and the kernel prints no warning.
lab: $(READY)  ## open the course in JupyterLab, on your own copy of lesson 00
	@$(VENV)/bin/fedtutor lessons
	$(VENV)/bin/jupyter lab $(ROOT_USER) --KernelManager.transport_encryption=auto $(LAB) my_lessons/00_start_here.ipynb

demo: $(READY)  ## run five federated rounds in the terminal
	@$(VENV)/bin/fedtutor demo

doctor: $(READY)  ## say what is installed, what is wrong, and how to fix it
	@$(VENV)/bin/fedtutor doctor

test: $(READY)  ## run every test and every lesson
	$(PYTHON) $(PYTEST) tests notebooks --nbval-lax $(TEST)

# What only Colab has: its setup cell, its Jupyter, and, as on a Mac and on Windows, no worker of TFF's.
# The environment is made from scratch each time, which takes seconds once all is downloaded: the setup
# cell is tested in it.
test-colab:  ## test the setup cell and two lessons in an environment like Colab's
ifneq ($(filter .venv-colab/%,$(COLAB_PYTHON)),)
	@sh tools/setup.sh colab
endif
	$(COLAB_PYTHON) tools/colab.py
	$(COLAB_PYTHON) -m fedtutor.install --without-worker
	COLAB_RELEASE_TAG=test $(COLAB_PYTHON) $(PYTEST) $(COLAB_TESTS) --nbval-lax -m "not worker" $(TEST)

test-browser: $(READY) site  ## walk through JupyterLab, nbgrader and the site in a real browser
	$(PYTHON) -m pytest tests/browser $(TEST)

lessons: $(READY)  ## execute the lessons again, in place
	$(PYTHON) tools/lessons.py $(LESSONS)

shake: $(READY)  ## run the lessons as other machines would, and list every claim that comes out differently
	$(PYTHON) tools/shake.py $(LESSONS) $(SHAKE)

site: $(READY)  ## build the lessons as a site to read, in build/site, without running them
	$(PYTHON) tools/pages.py

experiments: $(READY)  ## run the long experiments again, which write data/results
	@set -e; for script in experiments/*.py; do echo "$(PYTHON) $$script"; $(PYTHON) $$script; done

bench: $(READY)  ## measure how fast federated rounds are, beside others
	$(PYTHON) -m benchmarks.run $(BENCH)

picture: $(READY)  ## draw the README's picture again
	$(PYTHON) tools/picture.py

format: $(READY)  ## format and tidy the code, in the lessons too
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

lint: $(READY)  ## check what `make format` would change
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

lock:  ## lock the dependencies, and write environment.yml from the lock
	@sh tools/setup.sh lock
	@$(MAKE) --no-print-directory setup
	$(PYTHON) tools/conda.py

conda-check: $(READY)  ## ask pip whether environment.yml still resolves (needs the network)
	$(PYTHON) tools/conda.py --check

address: $(READY)  ## write the address in pyproject.toml into every badge and link
	$(PYTHON) tools/address.py

clean:  ## remove what was installed and what the tools left behind
	rm -rf $(VENV) .venv-colab .uv .hypothesis .pytest_cache .ruff_cache build dist
	find . \( -name __pycache__ -o -name .ipynb_checkpoints -o -name '*.egg-info' \) -prune -exec rm -rf {} +

$(READY): pyproject.toml uv.lock tools/setup.sh tools/nbgrader_config.py $(wildcard fedtutor/compat/startup.* fedtutor/labextension/* fedtutor/labextension/*/*)
	@sh tools/setup.sh
	@touch $@
