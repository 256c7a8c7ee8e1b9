# What a person types. Everything real is in scripts/, so that CI and a shell can call it too.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Tools and build outputs live outside the clone: a second clone, or a fresh one, finds the built
# dependencies (a quarter of an hour on 2 cores) instead of building them again. A plain `cargo` in a
# shell does the same after: export CARGO_TARGET_DIR=$(make -s target-dir)
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/countersign
export CARGO_TARGET_DIR ?= $(CACHE)/target
export PATH := $(PATH):$(HOME)/.cargo/bin

# One profile (dev, its hot dependencies optimized: see Cargo.toml) serves run, train, test, check
# and CI. Only `release` and `bench` build the second one.
COUNTERSIGN := $(CARGO_TARGET_DIR)/debug/countersign

# Dependencies of the tests switch on features of crates that the program shares with them; built
# without a test, the program would build those crates a second time. So every build names one.
PROGRAM := --bin countersign --test tidy

.PHONY: help
help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## Installs what is missing, builds, serves the demo; ARGS="--listen 127.0.0.1:9000" adds options
	@scripts/install-ocr-models.sh "$(COUNTERSIGN)"
	@exec "$(COUNTERSIGN)" serve --demo $(ARGS)

.PHONY: build
build: build-tools ## Builds the program
	cargo build --locked $(PROGRAM)

.PHONY: test
test: build-tools test-tools ## Runs all tests, on SQLite and a throwaway PostgreSQL; ARGS="--test tidy" picks
	@scripts/test.sh $(ARGS)

.PHONY: check
check: build-tools test-tools ## Formatting, lints, documentation, licences and sources of dependencies
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --lib --examples --quiet
	@scripts/check-dependencies.sh

.PHONY: bench
bench: build-tools ## Runs the benchmarks behind the README's figures (builds the release profile)
	cargo bench --locked --benches $(ARGS)

# The batch engine's own cluster asks for more of its crates than the rest does: a folder of its own, so
# that neither build undoes the other.
CLUSTER_TARGET := $(CACHE)/target-cluster

.PHONY: cluster
cluster: build-tools ## Builds the program with the nodes of a rescoring cluster (a quarter of an hour once)
	CARGO_TARGET_DIR="$(CLUSTER_TARGET)" cargo build --locked --features cluster $(PROGRAM)
	@echo "$(CLUSTER_TARGET)/debug/countersign"

.PHONY: test-cluster
test-cluster: cluster ## Rescores on a scheduler and two executors, kills one, compares with a local run
	@scripts/test-cluster.sh "$(CLUSTER_TARGET)/debug/countersign" $(ARGS)

.PHONY: models
models: build ## Installs the packaged OCR models under models/ocr, each checked by its hash
	"$(COUNTERSIGN)" models install
	"$(COUNTERSIGN)" models verify

.PHONY: train
train: build ## Retrains the three own models and writes their folders under models/; ARGS go to each
	"$(COUNTERSIGN)" train extractor $(ARGS)
	"$(COUNTERSIGN)" train duplicates $(ARGS)
	"$(COUNTERSIGN)" train anomaly $(ARGS)
	"$(COUNTERSIGN)" models verify

.PHONY: release
release: build-tools ## Builds the optimized binary
	cargo build --locked --release $(PROGRAM)
	@echo "$(CARGO_TARGET_DIR)/release/countersign"

.PHONY: clean
clean: ## Removes the build outputs (they are outside the clone)
	cargo clean

.PHONY: target-dir
target-dir:
	@echo "$(CARGO_TARGET_DIR)"

.PHONY: build-tools
build-tools:
	@scripts/install-build-tools.sh
	@scripts/claim-target.sh

.PHONY: test-tools
test-tools:
	@scripts/install-test-tools.sh
