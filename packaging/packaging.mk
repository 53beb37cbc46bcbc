# What people install from: cargo-pgrx, Debian packages, PGXN; and what a release needs.
TOOLS := $(TARGET)/tools
.PHONY: cargo-pgrx check-pgrx deb deb-last check-deb monitoring-tools dist check-meta check-dist check-package check-clone bump freeze release-check

# cargo-pgrx of the version that pgrx is pinned to, in target/tools. It takes minutes to compile, and nothing but check-pgrx needs it.
CARGO_PGRX := $(TOOLS)/bin/cargo-pgrx
PGRX_VERSION := $(shell sed -n 's/^pgrx = "=\(.*\)"/\1/p' Cargo.toml)
$(CARGO_PGRX): Cargo.toml
	@if [ "$$($@ pgrx --version 2>/dev/null)" = "cargo-pgrx $(PGRX_VERSION)" ]; then touch $@; else \
	    echo "Installing cargo-pgrx $(PGRX_VERSION) into $(TOOLS)"; \
	    cargo install -q cargo-pgrx --version $(PGRX_VERSION) --locked --root $(TOOLS); fi
cargo-pgrx: $(CARGO_PGRX)
check-pgrx: packages $(CARGO_PGRX)
	packaging/check-pgrx.sh $(CARGO_PGRX) $(PG_CONFIG) $(TARGET)/pgrx

# Debian packages for one PostgreSQL version, in target/deb; Debian's directories, whatever server it was compiled against.
DEB := $(TARGET)/deb
deb: packages
	@rm -rf $(DEB)/tree-$(pg_major); mkdir -p $(DEB); \
	packaging/deb/pg_config.sh $(pg_major) $(PG_CONFIG) >$(DEB)/pg_config-$(pg_major); chmod +x $(DEB)/pg_config-$(pg_major)
	@$(MAKE) -s install INSTALL_PG_CONFIG=$(abspath $(DEB))/pg_config-$(pg_major) DESTDIR=$(abspath $(DEB))/tree-$(pg_major) BINDIR=/usr/bin
	@packaging/deb/build.sh $(DEB)/tree-$(pg_major) $(pg_major) $(VERSION) $(DEB)
deb-%: servers
	@$(MAKE) -s deb PG_CONFIG=$(pg_config_$*)

# The commit of the last release, whose packages are built once, and upgraded to the present ones in a fresh Debian 12 root. They have
# a target directory of their own: the two libraries have one file name, and cargo would take each for the other.
LAST_RELEASE ?= 766478c
LAST := $(DEB)/last
deb-last: packages
	@git cat-file -e $(LAST_RELEASE)^{commit} || { echo "The clone lacks commit $(LAST_RELEASE): git fetch --unshallow" >&2; exit 1; }
	@set -e; built=$(LAST)/built-$(LAST_RELEASE)-$(pg_major); if [ -e $$built ]; then exit 0; fi; \
	rm -rf $(LAST); mkdir -p $(LAST)/source; git archive $(LAST_RELEASE) | tar -x -C $(LAST)/source; \
	packaging/deb/pg_config.sh $(pg_major) $(PG_CONFIG) >$(LAST)/pg_config; chmod +x $(LAST)/pg_config; export CARGO_TARGET_DIR=$(abspath $(LAST))/target; \
	$(MAKE) -s -C $(LAST)/source install INSTALL_PG_CONFIG=$(abspath $(LAST))/pg_config DESTDIR=$(abspath $(LAST))/tree BINDIR=/usr/bin; \
	(cd $(LAST)/source && SOURCE_DATE_EPOCH=$$(git -C $(CURDIR) log -1 --format=%ct $(LAST_RELEASE)) $(CURDIR)/packaging/deb/build.sh \
	    $(abspath $(LAST))/tree $(pg_major) $$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml) $(abspath $(LAST))/packages); \
	rm -rf $(LAST)/target $(LAST)/source $(LAST)/tree; touch $$built
# Needs root, for a root directory of its own, and Debian's mirror.
check-deb:
	@$(call need,mmdebstrap lintian)
	@$(MAKE) -s deb-last
	@rm -f $(DEB)/*.deb; $(MAKE) -s deb
	lintian --fail-on error --allow-root $(DEB)/*.deb
	@rm -rf $(DEB)/present; mkdir $(DEB)/present; cp $(DEB)/postgresql-$(pg_major)-*.deb $(DEB)/promoctl_*.deb $(DEB)/present
	packaging/deb/check.sh $(LAST)/packages $(DEB)/present

# Prometheus and its exporters for the tests of sql/monitoring: unpacked, because installing them would start them.
DEBIAN_TOOLS := $(TOOLS)/debian
monitoring-tools: $(DEBIAN_TOOLS)/unpacked
$(DEBIAN_TOOLS)/unpacked:
	@rm -rf $(DEBIAN_TOOLS); mkdir -p $(DEBIAN_TOOLS); cd $(DEBIAN_TOOLS); \
	download="apt-get download -q prometheus prometheus-sql-exporter prometheus-postgres-exporter"; \
	{ $$download || { apt-get update -q && $$download; }; } >log 2>&1 || { cat log >&2; exit 1; }; \
	for package in *.deb; do dpkg-deb -x "$$package" .; done; rm *.deb; touch $(@F)

# The archive for PGXN, of the last commit. check-dist checks META.json with PGXN's own validator, and installs the archive as the
# PGXN client does: make, then make install.
DIST := $(TARGET)/promo_guard-$(VERSION).zip
dist:
	git archive --format=zip --prefix=promo_guard-$(VERSION)/ -o $(DIST) HEAD
	@echo $(DIST)
PGXN_META := $(TOOLS)/bin/pgxn_meta
$(PGXN_META):
	@echo "Installing pgxn_meta into $(TOOLS)"; cargo install -q pgxn_meta --version 0.7.0 --locked --root $(TOOLS)
check-meta: $(PGXN_META)
	$(PGXN_META) META.json
PGXN_CLIENT := $(TOOLS)/pgxnclient
$(PGXN_CLIENT)/fetched:
	@mkdir -p $(@D); python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target $(@D) pgxnclient==1.3.2 && touch $@
check-dist: check-meta dist $(PGXN_CLIENT)/fetched
	packaging/check-dist.sh $(DIST) $(PGXN_CLIENT) $(PG_CONFIG) $(abspath $(TARGET))

# Both commands of README.md in a clean clone, in a fresh Debian 12 root. CLONE='make demo': that one alone.
CLONE ?=
check-clone:
	@$(call need,mmdebstrap)
	packaging/check-clone.sh $(if $(CLONE),'$(CLONE)','make demo' 'make test')

# The tarball, unpacked as README.md says.
check-package: package
	@set -e; root=$(abspath $(TARGET))/unpacked; rm -rf $$root; mkdir $$root; \
	tar -xzf $(TARGET)/promo_guard-$(VERSION)-pg$(pg_major).tar.gz --strip-components=2 --no-overwrite-dir -C $$root; \
	ext=$$root$$($(PG_CONFIG) --sharedir)/extension; \
	sql/install/assemble.sh | cmp - $$ext/promo_guard--$(VERSION).sql; \
	[ -s $$ext/promo_guard.control ] && [ -s $$root$$($(PG_CONFIG) --pkglibdir)/promo_guard.so ] && [ -x $$root$(BINDIR)/promoctl ]; \
	echo "1 passed, 0 failed"

# A release: make freeze, a commit, make release-check, a tag. The next commit begins the next version: make bump NEW=0.4.0
freeze:
	packaging/freeze.sh $(DATE)
bump:
	packaging/bump.sh $(NEW)

# Everything that a release needs, on a clean tree. The quick ones first.
release-check:
	packaging/check-version.sh
	$(MAKE) lint
	$(MAKE) test
	$(MAKE) test-slow
	$(MAKE) test-full
	@set -e; for version in $(OTHERS); do $(MAKE) test-server-$$version; done
	$(MAKE) check-pgrx
	$(MAKE) check-dist
	$(MAKE) check-deb
	$(MAKE) check-clone
	@set -e; for version in $(OTHERS); do $(MAKE) deb-$$version; done
	lintian --fail-on error --allow-root $(DEB)/*.deb
	$(MAKE) check-package
	$(MAKE) bench
	$(MAKE) score
	$(MAKE) score-verdicts
	$(MAKE) score-unpause
	@echo "release-check: $(VERSION) passed"
