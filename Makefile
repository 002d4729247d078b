# Two commands to know: `make run` and `make test`. Both set everything up first; `make help` lists the rest.
SHELL := /bin/bash
PORT ?= 5005
ACTIONS_PORT ?= $(shell expr $(PORT) + 50)
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
UV_VERSION := 0.13.9
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
PYTHON := .venv/bin/python
RASA := .venv/bin/rasa
MODEL := models/current.tar.gz
# What a model is made of. The channels' words, the forms' questions and decision table, clinic.yml and the dialogue code take effect without training.
CONTENT := config.yml domain.yml $(shell find data -name '*.yml' -not -path 'data/sms/*') $(shell find assistant/nlu -name '*.py') assistant/content.py assistant/dialogue/policy.py

.PHONY: help run cluster cluster-reload chaos load shell sms train test test-desk demo audit-verify eval baseline vectors bench bench-website bench-widget bench-sms check widget clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 15

run: $(MODEL) desk/.venv/installed  ## set up, train if content changed, start the assistant (PORT=5005) and the desk
	@bin/run $(PORT) $(ACTIONS_PORT)

shell: $(MODEL)  ## talk in this terminal
	@bin/run $(PORT) $(ACTIONS_PORT) $(PYTHON) -m assistant.channels.website.shell http://localhost:$(PORT)/webhooks/website

sms: export TWILIO_ACCOUNT_SID := AC00000000000000000000000000000000
sms: export TWILIO_AUTH_TOKEN := a token for trying out
sms: export PUBLIC_URL := http://localhost:$(PORT)
sms: export TWILIO_API_URL := http://127.0.0.1:$(shell expr $(PORT) + 60)
sms: $(MODEL)  ## a phone in this terminal: text with the assistant, without an account
	@bin/run $(PORT) $(ACTIONS_PORT) $(PYTHON) -m tools.phone http://localhost:$(PORT)

train: $(MODEL)  ## train if content changed

test: .venv/tests deploy/.venv/installed widget/node_modules $(MODEL)  ## set up and run all tests
	@echo "Running the tests (about a quarter of an hour) ..."
	@$(PYTHON) -m pytest tests -q
	@$(MAKE) -s test-desk

test-desk: desk/.venv/tests  ## run the desk's tests
	@cd desk && .venv/bin/ruff check -q desk tests && .venv/bin/mypy && .venv/bin/python -m pytest -q

cluster: .venv/tests deploy/.venv/installed desk/.venv/installed $(MODEL)  ## PostgreSQL, Redis, two assistants, the desk and nginx on this machine (PORT=8080)
	@$(PYTHON) -W ignore -m deploy.cluster $(if $(filter file,$(origin PORT)),8080,$(PORT))

cluster-reload: $(MODEL)  ## the running cluster takes over a new model, one assistant after the other
	@kill -HUP $$(cat var/cluster.pid) && echo "The assistants take over the model; the cluster says how it went."

chaos: .venv/tests deploy/.venv/installed desk/.venv/installed $(MODEL)  ## take parts away while people talk, and count (half an hour; docs/reliability.md)
	@$(PYTHON) -W ignore -m chaos $(ROWS)

load: .venv/tests deploy/.venv/installed desk/.venv/installed $(MODEL)  ## 1,000 conversations at once over the cluster (docs/scaling.md)
	@$(PYTHON) -W ignore -m chaos.load

demo: $(MODEL) desk/.venv/installed  ## fill a database of its own with invented conversations, for the desk
	@rm -f var/demo.db*
	@DATABASE_URL=sqlite:///$(CURDIR)/var/demo.db bin/run $(PORT) $(ACTIONS_PORT) bin/desk demo http://localhost:$(PORT)
	@echo "Look round:  DATABASE_URL=sqlite:///$(CURDIR)/var/demo.db make run"

audit-verify: desk/.venv/installed  ## check that nobody changed the desk's record of who did what
	@bin/desk audit-verify

eval: .venv/tests $(MODEL)  ## measure understanding on the held-out messages, beside Rasa's default pipeline
	@$(PYTHON) -W ignore -m tests.evaluate 2>/dev/null

vectors: .venv/installed  ## keep the sentence vectors of today's examples in data/vectors.npz, so that training need not make them
	@$(PYTHON) -m tools.vectors

bench: .venv/tests $(MODEL)  ## measure training, start, memory, disk and the time of a turn
	@$(PYTHON) -m benchmarks.figures

bench-website: .venv/tests $(MODEL)  ## measure answers over the website's channel, beside Rasa's rest channel
	@$(PYTHON) -m benchmarks.website

bench-widget: .venv/tests $(MODEL)  ## measure the widget's script time in Chromium, the processor slowed four times
	@$(PYTHON) -m benchmarks.widget

bench-sms: .venv/tests $(MODEL)  ## measure answers over the webhook for texts, beside Rasa's own Twilio channel
	@$(PYTHON) -m benchmarks.sms

baseline: .venv/installed  ## train Rasa's default pipeline for `make eval` (its own environment, 2.5 GB; half an hour)
	@$(UV) run -q --project benchmarks/rasa_default --locked -p "$$(bin/find-python)" python benchmarks/rasa_default/measure.py

check: .venv/tests deploy/.venv/installed widget/node_modules  ## validate content, lint, check types, list what it is made of
	@$(PYTHON) -m assistant.check content
	@.venv/bin/ruff check -q assistant actions tests benchmarks tools deploy chaos
	@.venv/bin/mypy
	@bin/npm run -s check
	@$(RASA) data validate --quiet > var/validate.log 2>&1 || { grep -v '^ *$$' var/validate.log | tail -3; echo "The whole report: var/validate.log"; exit 1; }
	@$(PYTHON) -W ignore -m deploy.audit $(UV)
	@echo "Content, code and types are in order."

widget: widget/node_modules  ## build the website's script into widget/dist, print its size and its integrity hash
	@bin/npm run -s build

clean:  ## remove what the commands made, except conversations
	rm -rf .venv desk/.venv deploy/.venv .uv models .rasa var/vectors.npz var/*.pickle var/multilingual.rows widget/node_modules

.uv/bin/uv:
	@echo "Installing uv, which installs the rest ..."
	@python3 -m venv .uv && .uv/bin/python -m pip install -q uv==$(UV_VERSION) 2>/dev/null

.venv/installed: pyproject.toml uv.lock $(wildcard placeholders/*.p*) $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@echo "Installing the assistant's packages into .venv ..."
	@$(UV) sync -q --locked --inexact --reinstall-package placeholders -p "$$(bin/find-python)"
	@touch $@

.venv/tests: .venv/installed
	@echo "Installing the tests' packages ..."
	@$(UV) sync -q --locked --group dev -p "$$(bin/find-python)"
	@bin/find-chromium > /dev/null || true
	@touch .venv/installed $@

widget/node_modules: .venv/tests widget/package-lock.json
	@echo "Installing what builds the widget ..."
	@bin/npm ci -s
	@touch $@

deploy/.venv/installed: deploy/pyproject.toml deploy/uv.lock $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@echo "Installing what operators use into deploy/.venv ..."
	@$(UV) sync -q --locked --project deploy
	@touch $@

desk/.venv/installed: desk/pyproject.toml desk/uv.lock $(if $(filter .uv/bin/uv,$(UV)),.uv/bin/uv)
	@echo "Installing the desk's packages into desk/.venv ..."
	@$(UV) sync -q --locked --inexact --project desk
	@touch $@

desk/.venv/tests: desk/.venv/installed
	@$(UV) sync -q --locked --group dev --project desk
	@touch desk/.venv/installed $@

$(MODEL): .venv/installed $(CONTENT)
	@mkdir -p models var
	@$(PYTHON) -m assistant.check content
	@echo "Training on the content of data/ (about a minute) ..."
	@$(RASA) train --force --skip-validation --out models --fixed-model-name current --quiet > var/train.log 2>&1 || { grep -v '^ *$$' var/train.log | tail -3; echo "Training failed; the whole report: var/train.log"; exit 1; }
