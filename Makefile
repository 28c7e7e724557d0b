# Everything that a new machine needs is installed by the targets that need it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
JOBS ?= $(shell nproc)

.PHONY: help run build test fuzz bench cluster cluster-down format clean

help: ## Show this text
	@echo 'Weir: real-time metrics. What you can make:'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'Options: DATA=dir and LISTEN=host:port for run, ARGS="..." for more flags of weir serve.'

DATA ?= ./weir-data
LISTEN ?= 127.0.0.1:8080

run: build ## Build Weir and start it with live metrics of this machine
	@build/release/weir serve --data $(DATA) --listen $(LISTEN) $(ARGS)

build: ## Build build/release/weir
	@tools/install.sh build
	@cmake --preset release >build-configure.log 2>&1 || { cat build-configure.log; rm -f build-configure.log; exit 1; }
	@rm -f build-configure.log
	@cmake --build --preset release -j $(JOBS) --target weir

test: ## Run every check and every test suite
	@tools/install.sh build test
	@tools/test.sh

fuzz: ## Run each fuzz target for FUZZ_SECONDS (60)
	@tools/install.sh build test
	@TEST_STAGES=fuzz tools/test.sh

bench: ## Measure Weir beside its peers and print the figures
	@tools/install.sh build bench
	@tools/bench.sh

cluster: build ## Start a whole cluster on this machine: all roles, Kafka, TimescaleDB, PostgreSQL, Redis
	@tools/install.sh cluster
	@python3 deploy/cluster.py up

cluster-down: ## Stop what make cluster started
	@python3 deploy/cluster.py down

format: ## Format the C++ sources
	@tools/install.sh test
	@git ls-files '*.cc' '*.h' | xargs clang-format-16 -i

clean: ## Remove what was built
	@rm -rf build
