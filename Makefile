# bptrain: every target installs what apt must bring, builds what changed, and says what it does.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: help run build test soak times format packages install uninstall bench bench-peers clients figures speed-figures clean

# Everything that the project needs beside the Swift toolchain, as Debian 12 packages.
PACKAGES := libjemalloc-dev libdnnl-dev libgomp1 libstdc++-12-dev python3
PREFIX ?= /usr/local
PROGRAM := .build/release/bptrain
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# Those of some Debian packages that are missing.
define install
@missing=""; for package in $(1); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q "ok installed" || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "== installing$$missing"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends $$missing; \
	fi
endef

help:
	@echo "make run         train configs/deep.json with --checkpoint sqrt and print its profile"
	@echo "make test        format lint and all tests"
	@echo "make build       the release program, $(PROGRAM)"
	@echo "make soak        the randomized tests of budgets and of the process's memory, 200 networks each"
	@echo "make times       what schedules cost in measured time, and predictions against it; wants an idle machine"
	@echo "make install     program, manual page and shell completions under $(PREFIX) (PREFIX=... elsewhere)"
	@echo "make bench       rates of the kernels on this machine, and of a training step against them"
	@echo "make bench-peers the same workloads in PyTorch and JAX, in a Python environment of its own under .build"
	@echo "make clients     a browser, TensorBoard and Perfetto, with which make test reads what bptrain writes"
	@echo "make figures     draw docs/figures again from plans, and print the table of docs/schedules.md"
	@echo "make speed-figures  measure all workloads, draw their roofline and print the tables of docs/speed.md"
	@echo "make format      rewrite the sources in the project's format"
	@echo "make clean       remove everything that was built"

run: build
	$(PROGRAM) --config configs/deep.json --checkpoint sqrt

build: packages
	swift build -c release --product bptrain

test: packages
	@echo "== format lint"
	swift format lint --strict --recursive Package.swift Sources Tests Benchmarks
	@echo "== build and tests"
	swift build -c release --build-tests
	OMP_WAIT_POLICY=passive swift test -c release --skip-build

soak: packages
	swift build -c release --build-tests
	BPTRAIN_SOAK=200 swift test -c release --skip-build --filter Soak

times: packages
	swift build -c release --build-tests
	BPTRAIN_TIMES=1 OMP_WAIT_POLICY=passive swift test -c release --skip-build --filter TimeRatio

format:
	swift format --in-place --recursive Package.swift Sources Tests Benchmarks

bench: packages
	swift run -c release bptrain-benchmarks

PEERS := .build/peers

bench-peers: build $(PEERS)/ready
	$(PEERS)/bin/python Benchmarks/peers/peers.py $(PROGRAM) $(PEERS_ARGUMENTS)

# Nothing else needs it.
$(PEERS)/ready: Benchmarks/peers/requirements.txt
	$(call install,python3-venv)
	@echo "== installing PyTorch and JAX under $(PEERS)"
	python3 -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --requirement $<
	touch $@

CLIENTS := .build/clients

# Tests that read reports with other people's programs are left out without them.
clients: $(CLIENTS)/ready

$(CLIENTS)/ready: Tests/EndToEndTests/clients.txt
	$(call install,chromium python3-venv)
	@echo "== installing the packages of $< under $(CLIENTS)"
	python3 -m venv $(CLIENTS)
	$(CLIENTS)/bin/pip install --quiet --requirement $<
	touch $@

figures: build
	python3 Benchmarks/schedule_figures.py $(PROGRAM) docs/figures

# Peers' figures come from `make bench-peers PEERS_ARGUMENTS="--json .build/peers.json"`, where they were measured.
speed-figures: packages
	swift build -c release --product bptrain-benchmarks
	.build/release/bptrain-benchmarks --json --operators > .build/speed.json
	python3 Benchmarks/speed_figures.py .build/speed.json docs/figures $(wildcard .build/peers.json)

packages:
	@command -v swift >/dev/null || { echo "the Swift toolchain (6.3 or later) is not on the PATH: see https://www.swift.org/install" >&2; exit 1; }
	$(call install,$(PACKAGES))

SHARE := $(DESTDIR)$(PREFIX)/share
BASH_COMPLETION := $(SHARE)/bash-completion/completions/bptrain
ZSH_COMPLETION := $(SHARE)/zsh/site-functions/_bptrain
FISH_COMPLETION := $(SHARE)/fish/vendor_completions.d/bptrain.fish
MANUAL_PAGE := $(SHARE)/man/man1/bptrain.1

# Nobody else's rights are needed for a folder of one's own.
INSTALL_SUDO = $(shell d=$(DESTDIR)$(PREFIX); while [ ! -e "$$d" ]; do d=$$(dirname "$$d"); done; \
  [ -w "$$d" ] || echo $(SUDO))

install: build
	$(INSTALL_SUDO) install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/bptrain
	$(PROGRAM) help --man | $(INSTALL_SUDO) install -D -m 644 /dev/stdin $(MANUAL_PAGE)
	$(PROGRAM) completions bash | $(INSTALL_SUDO) install -D -m 644 /dev/stdin $(BASH_COMPLETION)
	$(PROGRAM) completions zsh | $(INSTALL_SUDO) install -D -m 644 /dev/stdin $(ZSH_COMPLETION)
	$(PROGRAM) completions fish | $(INSTALL_SUDO) install -D -m 644 /dev/stdin $(FISH_COMPLETION)

uninstall:
	$(INSTALL_SUDO) rm -f $(DESTDIR)$(PREFIX)/bin/bptrain $(MANUAL_PAGE) $(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION)

clean:
	swift package clean
	rm -rf .build
