# SPDX-License-Identifier: GPL-3.0-or-later
# make demo | make test | make app | make lint. Each sets up .venv by itself; nothing needs root.
# make test installs the system libraries of the window tests where it may, and else says which.

PYTHON ?= python3
# Extra words for pip when torch is installed. On Linux without a GPU the ordinary torch brings
# gigabytes of CUDA: name the CPU wheels here, or put them where pip finds them.
TORCH_FLAGS ?=
PIP := .venv/bin/python -m pip --disable-pip-version-check --no-input
RUNTIMES := $(CURDIR)/.runtimes

.DEFAULT_GOAL := help
.PHONY: help demo test app lint unit vault translations clean
.SHELLFLAGS := -euc
.DELETE_ON_ERROR:

help:
	@echo "make demo   an invented owner gets a voice, offline (first time: also installs)"
	@echo "make test   checks and tests, about 20 minutes on two cores, with the installation"
	@echo "make app    the desktop app (first time: also installs)"
	@echo "make lint   ruff, mypy, import-linter only"
	@echo "make clean  removes .venv and .runtimes"

demo: .venv/.run
	@echo "== demo: about five minutes on two cores; everything goes to demo-voice/"
	@.venv/bin/voicevault demo --out demo-voice --force

test: lint unit vault

lint: .venv/.dev
	@echo "== lint: ruff, mypy, import-linter; about a minute the first time"
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

unit: .venv/.dev .venv/.windows .runtimes/.stamp
	@echo "== tests: about seven minutes on two cores"
	VOICEVAULT_RUNTIMES="$(RUNTIMES)" OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE \
		.venv/bin/python -m pytest -q -n auto --maxprocesses 4 --dist worksteal \
		--ignore tests/encrypted_store --ignore tests/fuzz \
		$$(test -e .venv/.windows || echo -p no:pytest-qt)

# The vault: every branch of it, then every bit, system call and power loss. A fixed seed, so that
# the same commit gives the same answer twice; without it the random tests try others each time.
vault: .venv/.dev
	@echo "== the vault: every branch of it"
	.venv/bin/python -m coverage erase
	.venv/bin/python -m coverage run -m pytest -q tests/encrypted_store tests/fuzz
	.venv/bin/python -m coverage report --skip-covered
	@echo "== the vault: exhaustive tests, some minutes on two cores"
	VOICEVAULT_SEED=1 .venv/bin/python -m pytest -q -m exhaustive -n 2 tests/encrypted_store tests/fuzz

app: .venv/.app .venv/.screen
	@.venv/bin/python -m gui

translations: .venv/.dev
	.venv/bin/python -m gui.translations.update

clean:
	rm -rf .venv .runtimes .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.venv/.python:
	@echo "== making .venv with $(PYTHON)"
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Python 3.11 or newer is needed, this is {v[0]}.{v[1]}; try make PYTHON=python3.11")'
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@touch $@

# What keeping recordings and speaking needs: no torch.
.venv/.base: .venv/.python pyproject.toml
	@echo "== installing voicevault (about a minute)"
	@$(PIP) install -q -e .
	@touch $@

# The app without torch: it records, keeps and speaks. Training in it needs what make demo installs.
.venv/.app: .venv/.python pyproject.toml
	@echo "== installing the desktop app (about a minute, some 300 MB)"
	@$(PIP) install -q -e '.[app]'
	@touch .venv/.base $@

# What Qt needs of the system, on Linux. Its test: does a window open where there is no screen?
WINDOW_LIBRARIES := libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 \
	libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libportaudio2 fonts-dejavu-core
WINDOW_PROBE := QT_QPA_PLATFORM=offscreen .venv/bin/python -c \
	'from PySide6.QtWidgets import QApplication; from PySide6 import QtSvg; QApplication([])'

# On a screen of X11 it needs more: a plugin that loads.
SCREEN_PROBE := test "$$(uname)" != Linux || ! ldd \
	.venv/lib/python*/site-packages/PySide6/Qt/plugins/platforms/libqxcb.so 2>/dev/null \
	| grep -q 'not found'
INSTALL_WINDOW_LIBRARIES := if command -v apt-get >/dev/null \
	&& { [ "$$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then \
		echo "== installing the system libraries that windows need"; \
		as=; [ "$$(id -u)" = 0 ] || as="sudo -n"; \
		$$as apt-get update -qq && $$as env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $(WINDOW_LIBRARIES) || true; \
	fi
NAME_WINDOW_LIBRARIES := \
	echo "   On Debian and Ubuntu: sudo apt-get install $(WINDOW_LIBRARIES)"; \
	echo "   On Fedora: sudo dnf install mesa-libEGL libxkbcommon-x11 xcb-util-cursor portaudio"

.venv/.windows: | .venv/.python
	@if $(WINDOW_PROBE) 2>/dev/null; then touch $@; exit 0; fi; \
	$(INSTALL_WINDOW_LIBRARIES); \
	if $(WINDOW_PROBE); then touch $@; else \
		echo "== windows cannot be opened here, and what they need could not be installed."; \
		$(NAME_WINDOW_LIBRARIES); \
		echo "   Until then the tests of the app are skipped and say so."; \
	fi

.venv/.screen: .venv/.windows
	@if $(SCREEN_PROBE); then touch $@; exit 0; fi; \
	$(INSTALL_WINDOW_LIBRARIES); \
	if $(SCREEN_PROBE); then touch $@; else \
		echo "== under X11 no window can be opened here; under Wayland one may."; \
		$(NAME_WINDOW_LIBRARIES); \
	fi

# What training and evaluation need. torch first and alone, so that nothing else decides which
# build it is; torchaudio and Resemblyzer without what they would pull (CUDA, librosa, numba).
.venv/.run: .venv/.python pyproject.toml
	@echo "== installing voicevault with torch: one to five minutes, some 300 MB to load"
	@$(PIP) install -q $(TORCH_FLAGS) 'torch>=2.11,<2.14'
	@$(PIP) install -q --no-deps 'torchaudio>=2.11,<2.14'
	@$(PIP) install -q -e '.[train,evaluate]'
	@$(PIP) install -q --no-deps 'resemblyzer>=0.1.4,<0.2'
	@touch .venv/.base $@

.venv/.dev: .venv/.run
	@echo "== installing what the checks need (about a minute)"
	@$(PIP) install -q -e '.[train,evaluate,teachers,app,dev]'
	@touch $@

# Two generations of a phone engine cannot share one environment: each has its own folder.
.runtimes/.stamp: .venv/.run
	@echo "== installing sherpa-onnx 1.13 and 2 for the export check (about 50 MB)"
	@for one in 'sherpa-1 >=1.13.5,<1.14' 'sherpa-2 >=2,<3'; do \
		set -- $$one; \
		$(PIP) install -q --upgrade --target ".runtimes/$$1" "sherpa-onnx$$2" \
		|| echo "   $$1 could not be installed: its tests will be skipped and say so"; \
	done
	@touch $@
