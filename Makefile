# Needs Python 3.11 or later and make, nothing else.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
PORT ?= 8000
ADDRESS ?= 127.0.0.1
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN)
BIN := .venv/bin
SITE := .venv/site-installed
SERVER := .venv/server-installed
TOOLS := .venv/tools-installed
PRODUCTION = JSS_READ_DOT_ENV=false STATIC_ROOT=.venv/static DEBUG=false ALLOWED_HOSTS=www.example.com \
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	SECURE_HSTS_INCLUDE_SUBDOMAINS=true SECURE_HSTS_PRELOAD=true

# The value of a setting in the environment or .env, else the second argument.
setting = $$($(BIN)/python -c 'import environ, os, sys; env = environ.Env(); \
	env.bool("JSS_READ_DOT_ENV", True) and env.read_env(".env"); \
	print(os.environ.get(sys.argv[1]) or sys.argv[2])' $(1) $(2))

.PHONY: help
help:  ## Show what this file can do
	@awk -F ':.*## ' '/^[a-z.-]+:.*## / { printf "make %-17s %s\n", $$1, $$2 }' Makefile

.PHONY: serve
serve: $(SITE) .env  ## Install what is missing and serve the sample site (PORT=8000)
	@$(BIN)/python manage.py migrate --verbosity 0
	@echo 'The site:  http://127.0.0.1:$(PORT)/'
	@echo 'The admin: http://127.0.0.1:$(PORT)/admin/'
	@echo '           a login for it: $(BIN)/python manage.py createsuperuser'
	@exec $(BIN)/python manage.py runserver 127.0.0.1:$(PORT)

.PHONY: serve-production
serve-production: $(SERVER)  ## Serve as on the internet (PORT=8000, WORKERS: one a core); settings from the environment
	@set -e; export DEBUG=false MALLOC_ARENA_MAX=2; \
	export WORKER_THREADS=$(call setting,WORKER_THREADS,16) LAYOUT_TRANSPORT=$(call setting,LAYOUT_TRANSPORT,curl); \
	$(BIN)/python manage.py migrate --verbosity 0; \
	$(BIN)/python manage.py collectstatic --verbosity 0 --no-input; \
	$(BIN)/python manage.py check --deploy; \
	exec $(BIN)/python -m gunicorn --workers $(WORKERS) --bind $(ADDRESS):$(PORT) jss_site.wsgi

.PHONY: test
test: $(TOOLS)  ## Run the tests
	@$(BIN)/python -m pytest --numprocesses auto --dist loadgroup

.PHONY: coverage
coverage: $(TOOLS)  ## Run the tests and measure their coverage
	@$(BIN)/python -m pytest --numprocesses auto --dist loadgroup --cov --cov-report term

.PHONY: check
check: $(TOOLS)  ## Check style, types, import contracts, migrations and settings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(PRODUCTION) $(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(BIN)/python manage.py collectstatic --no-input --verbosity 0
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

.PHONY: format
format: $(TOOLS)  ## Format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: soak
soak: $(TOOLS)  ## Strike the tracker while 20 000 events arrive (TEST_DATABASE_URL: PostgreSQL too)
	@SOAK_EVENTS=20000 $(BIN)/python -m pytest tests/end_to_end/soak -m soak --log-cli-level INFO

.PHONY: soak-delivery
soak-delivery: $(TOOLS)  ## Strike delivery to Sitecore while 10 000 events arrive (TEST_DATABASE_URL: PostgreSQL too)
	@SOAK_EVENTS=10000 $(BIN)/python -m pytest tests/end_to_end/delivery -m soak --log-cli-level INFO

.PHONY: benchmark
benchmark: $(TOOLS)  ## Measure pages beside Sitecore's own rendering hosts (ARGUMENTS=--quick)
	@$(BIN)/python -m benchmarks.pages $(ARGUMENTS)

.PHONY: regression
regression: $(TOOLS)  ## Fail where a page costs a quarter more than benchmarks/pages/costs.json says
	@$(BIN)/python -m benchmarks.pages --regression

.PHONY: benchmark-delivery
benchmark-delivery: $(TOOLS)  ## Deliver 100 000 queued batches to a stand-in Sitecore (TEST_DATABASE_URL)
	@$(BIN)/python -m benchmarks.delivery

.PHONY: benchmark-tracker
benchmark-tracker: $(TOOLS)  ## Measure the embedded tracker on PostgreSQL (TEST_DATABASE_URL)
	@$(BIN)/python -m benchmarks.tracker

.PHONY: benchmark-profile
benchmark-profile: $(TOOLS)  ## Time the Experience Profile over a million events (TEST_DATABASE_URL)
	@$(BIN)/python -m benchmarks.profile

.PHONY: clean
clean:  ## Remove what tools leave behind; keeps .venv, .env and the database
	rm -rf .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	rm -rf *.egg-info build dist htmlcov static_root
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or later is needed; none was found.' >&2; exit 1; }
	$(PYTHON) -m venv .venv

$(SITE): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(SERVER): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fast,postgres,redis,server]'
	@touch $@ $(SITE)

$(TOOLS): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(SITE)

.env: | $(BIN)/python
	@umask 077; $(BIN)/python -c 'import secrets, uuid; print("DEBUG=true", \
		"SECRET_KEY=" + secrets.token_urlsafe(50), f"SITECORE_API_KEY={uuid.uuid4()}", \
		"TRACKER_SERVICE_ENABLED=true", sep="\n")' > $@.new
	@mv $@.new $@
	@echo 'Wrote .env with keys of its own; .env.example tells of every setting.'
