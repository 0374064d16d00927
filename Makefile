# Two commands for everybody: `make demo` and `make test`. They set up what they need.

SYSTEM := $(if $(filter Windows_NT,$(OS)),Windows,$(shell uname -s))
ifeq ($(SYSTEM),Windows)
PYTHON ?= python
BIN := .venv/Scripts
else
PYTHON ?= python3
BIN := .venv/bin
endif
# How many test processes at once: two a core, since many tests wait for a program, a browser
# or a panel.
PROCESSES ?= $(shell $(PYTHON) -c 'import os; print(2 * (os.cpu_count() or 1))')
# Where it is set, as in many a container, each process would compile all that it loads.
unexport PYTHONDONTWRITEBYTECODE
PORTABLE := --ignore=tests/e2e --ignore=tests/faults

.PHONY: demo test unit portable windows windows-short panels faults bench soak simulate bundle archive packages installed sbom system-packages check system audit clean

demo: .venv/for-demo
	@$(BIN)/webex-token-tray demo

test: system .venv/for-test
	@$(MAKE) --no-print-directory -j 2 check .venv/compiled
	$(BIN)/pytest -n $(PROCESSES) --dist worksteal --cov --cov-report= $(PYTEST_ARGS)
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --include='tray_app/model/*,tray_app/policy/*,tray_app/text/*,tray_app/pages/axis.py,tray_app/pages/chain.py,tray_app/pages/document.py,tray_app/pages/html.py,tray_app/pages/login_offer.py,tray_app/pages/moments.py,tray_app/pages/profile.py,tray_app/pages/setup_fields.py,tray_app/pages/setup_form.py,tray_app/pages/signs.py,tray_app/pages/strip.py,tray_app/sign_in/request.py,tray_app/storage/*_format*.py,tray_app/system/json_text.py,tray_app/webex/api_base.py,tray_app/desktop/notifications/content.py,tray_app/desktop/notifications/policy.py' --fail-under=100

# What pytest compiles of the tests, once for all of its processes. The tests say what is wrong.
.venv/compiled: .venv/for-test $(wildcard $(addsuffix .py,$(addprefix tests/,* */* */*/* */*/*/*)))
	@$(BIN)/pytest --collect-only -qq >/dev/null 2>&1 && touch $@ || :

# The inner loop: nothing that starts a process or is slow, and fewer generated examples.
unit: .venv/for-test
	HYPOTHESIS_PROFILE=few $(BIN)/pytest -n auto --dist worksteal \
	  -m 'not (desktop or process or slow)' $(PORTABLE) $(PYTEST_ARGS)

# All that can run on every system and needs nothing installed: no panel, no keyring, no browser.
portable: .venv/for-test
	$(BIN)/pytest -n auto --dist loadfile -m 'not desktop' $(PORTABLE) $(PYTEST_ARGS)

# The program on Windows' own Python under Wine, by mouse, on a Debian where packages may be installed.
# What it needs is fetched once into build/windows, some 130 MB.
windows: system .venv/for-test
	WINDOWS=1 $(BIN)/pytest tests/windows $(PYTEST_ARGS)

windows-short: system .venv/for-test
	WINDOWS=1 $(BIN)/pytest tests/windows -m short $(PYTEST_ARGS)

# Pictures of icon, menu and notices on real desktops, to be looked at, in test-results/panels.
# PYTEST_ARGS='-k lxqt' is one of them. In namespaces of its own, as a user that sway takes.
panels: system .venv/for-test
	@tests/e2e/install-debian-packages tests/e2e/panels-packages.txt
	unshare --user --map-user=1000 --map-group=1000 --mount --pid --fork --kill-child \
	  --mount-proc $(BIN)/pytest -p no:cacheprovider tests/e2e/panels.py $(PYTEST_ARGS)

# The fault rig in its long form: a line a bar, and each missed case by its name. Then our pages, each
# in every look, of which `test` has a few.
faults: .venv/for-test
	FAULTS=long $(BIN)/pytest -q -rfE tests/faults tests/e2e/test_details_in_chromium.py \
	  tests/e2e/test_set_up_in_chromium.py $(PYTEST_ARGS)

# What the program costs, side by side with floors and a peer; about half an hour. Fails where an aim
# is missed. BENCH_ARGS='--quick --only start' is a try.
bench: system .venv/for-bench
	@tests/e2e/install-debian-packages tests/benchmarks/debian-packages.txt
	$(BIN)/python -m tests.benchmarks --json build/bench.json --plot build/bench.svg $(BENCH_ARGS)

# Tray and `watch` for two hours under faults; what they use of memory, threads and files must not grow.
# As root, for the disk that it fills and for the memory that the program has closed.
# SOAK_ARGS='--minutes 10' is a try.
soak: system .venv/for-bench
	unshare --mount --propagation private $(BIN)/python -m tests.soak --plot build/soak/soak.svg $(SOAK_ARGS)

# Two simulated years for each refresh policy, beside the scripts that this program replaces. Other
# calendars, the tray alone: make simulate SIMULATE_ARGS='--seeds 1-20'.
simulate: .venv/for-simulate
	@$(BIN)/python -m tests.simulation $(SIMULATE_ARGS)

check: .venv/for-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --follow-imports silent --cache-dir .mypy_cache/windows \
	  tray_app/desktop/tray/windows.py tray_app/desktop/install/shell_link.py \
	  tray_app/system/file_probe.py tray_app/system/windows_mutex.py \
	  tests/windows/in_the_session.py tests/windows/example_icon.py
	$(BIN)/lint-imports --no-logo
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --offline --quiet --persona pedantic .github

# dist/webex-token-tray: one folder that runs without Python, tried at once. It is for the system that
# it is built on. Without a seed, the order in its archives would be another one each time.
bundle: export PYTHONHASHSEED = 0
bundle: .venv/for-bundle
	$(BIN)/pyinstaller --noconfirm --log-level WARN assets/packaging/webex-token-tray.spec
ifeq ($(SYSTEM),Linux)
	BUNDLE=dist/webex-token-tray $(BIN)/pytest tests/e2e/test_bundle.py
else
	dist/webex-token-tray/webex-token-tray --version
	-dist/webex-token-tray/webex-token-tray doctor
	dist/webex-token-tray/webex-token-tray demo --once --pause 0 --backend none
endif

# The bundle in one file: make archive NAME=webex-token-tray-1.2.3-linux-x86_64
archive:
	cd dist && $(CURDIR)/$(BIN)/python -c 'import shutil, sys; shutil.make_archive(*sys.argv[1:])' \
	  '$(NAME)' $(if $(filter Windows,$(SYSTEM)),zip,gztar) . \
	  '$(if $(filter Darwin,$(SYSTEM)),Webex Token Tray.app,webex-token-tray)'

# Wheel and sdist.
packages: .venv/for-test
	$(BIN)/hatchling build

# The wheel in a bare Debian, with pip, pipx and uv: installed, tried and removed. For root on a Debian;
# the first time, that Debian is downloaded into build/, some 60 MB.
installed: .venv/for-test
	rm -rf build/wheel
	$(BIN)/hatchling build --target wheel --directory build/wheel
	WHEEL="$$(echo build/wheel/*.whl)" $(BIN)/pytest -rP tests/e2e/test_wheel_in_bare_debian.py $(PYTEST_ARGS)

# dist/NAME.cdx.json: what the program consists of on this system, as CycloneDX.
sbom: .venv/for-sbom
	$(PYTHON) -m venv --clear --without-pip build/sbom
	$(BIN)/pip --python $(subst .venv,build/sbom,$(BIN))/python install --quiet .
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	  --output-file 'dist/$(NAME).cdx.json' $(subst .venv,build/sbom,$(BIN))/python

# A .deb of the bundle, checked, and tried in a bare Debian: installed, upgraded and purged there. The
# trial is root's; the first one downloads that Debian into build/, some 60 MB.
system-packages: bundle
	@tests/e2e/install-debian-packages assets/packaging/debian/debian-packages.txt
	rm -f dist/*.deb
	$(BIN)/python -m assets.packaging.debian.build
	appstreamcli validate --no-net assets/share/metainfo/*.xml
	lintian --allow-root --fail-on error,warning,info dist/*.deb
	SYSTEM_PACKAGE="$$(echo dist/*.deb)" $(BIN)/pytest -rP tests/e2e/test_system_package.py $(PYTEST_ARGS)

# Whether an installed dependency has a known fault. It asks PyPI, and so is no part of `test`;
# --strict, since what could not be looked up is no "none found".
audit: .venv/for-audit
	@$(BIN)/pip freeze --disable-pip-version-check --exclude-editable > .venv/installed.txt
	$(BIN)/pip-audit --strict --progress-spinner off --disable-pip --no-deps --requirement .venv/installed.txt

# What the end-to-end tests need: a virtual screen, a panel, D-Bus, a keyring. Installed where this
# user may; elsewhere the tests that lack something are skipped by name (under CI=true they fail).
system:
	@tests/e2e/install-debian-packages

.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'Python 3.11 or newer is needed; name one: make PYTHON=python3.12 …' >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/for-demo: pyproject.toml | .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/for-bench: pyproject.toml | .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	@touch $@ .venv/for-demo .venv/for-test

.venv/for-bundle: pyproject.toml README.md | .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,bundle]'
	@touch $@ .venv/for-demo .venv/for-test

.venv/for-simulate: pyproject.toml | .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,simulate]'
	@touch $@ .venv/for-demo .venv/for-test

.venv/for-audit: pyproject.toml | .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[audit]'
	@touch $@ .venv/for-demo

.venv/for-sbom: pyproject.toml | .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[sbom]'
	@touch $@ .venv/for-demo

.venv/for-test: pyproject.toml | .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ .venv/for-demo

clean:
	rm -rf .venv build dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
