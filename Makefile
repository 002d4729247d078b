# Two commands to know: `make run` and `make test`. Both set everything up first; `make help` lists the rest.
SHELL := /bin/bash
PORT ?= 5005
ACTIONS_PORT ?= 5055
export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
UV_VERSION := 0.13.9
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RASA := .venv/bin/rasa
CONTENT := config.yml domain.yml $(shell find data assistant -name '*.yml' -o -name '*.py' -path '*nlu*' -o -name policy.py)

.PHONY: help run shell train test eval check clean

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 10

run: models/current.tar.gz  ## set up, train if content changed, start the assistant
	@bin/run $(PORT)

shell: models/current.tar.gz  ## talk in this terminal
	@$(RASA) shell --model models/current.tar.gz

train: models/current.tar.gz  ## train if content changed

test: .venv/tests models/current.tar.gz  ## set up and run all tests
	@echo "Running the tests ..."
	@.venv/bin/python -m pytest tests -q

eval: models/current.tar.gz  ## measure understanding on the held-out questions
	@.venv/bin/python -m tests.evaluate

check: .venv/tests  ## validate content and lint
	@.venv/bin/ruff check assistant tests
	@$(RASA) data validate

clean:  ## remove what the commands made, except conversations
	rm -rf .venv .uv models .rasa

.uv/bin/uv:
	@echo "Installing uv, which installs the rest ..."
	@python3 -m venv .uv && .uv/bin/python -m pip install -q uv==$(UV_VERSION)

.venv/installed: pyproject.toml uv.lock $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@echo "Installing the assistant's packages into .venv ..."
	@$(UV) sync -q --locked --inexact -p "$$(bin/find-python)"
	@touch $@

.venv/tests: .venv/installed
	@echo "Installing the tests' packages ..."
	@$(UV) sync -q --locked --group dev -p "$$(bin/find-python)"
	@touch $@ .venv/installed && touch $@

models/current.tar.gz: .venv/installed $(CONTENT)
	@echo "Training on the content of data/ (about a minute) ..."
	@mkdir -p models var
	@$(RASA) train --out models --fixed-model-name current --quiet > var/train.log 2>&1 || { tail -5 var/train.log; echo "Training failed; the whole report: var/train.log"; exit 1; }
