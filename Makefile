# SPDX-License-Identifier: ISC
# spawnd's one Makefile. `make help` lists the goals.
#
# Overridable for cross builds: CC, AR, CFLAGS, LDFLAGS, PKG_CONFIG, EV_CFLAGS, EV_LIBS, CAPNG_CFLAGS, CAPNG_LIBS,
# SECCOMP_CFLAGS, SECCOMP_LIBS, BUILD (the build directory), PREFIX, DESTDIR, SYSCONFDIR, RUNDIR, LOCALSTATEDIR.

VERSION   = 0.1.0
BUILD     ?= build
# One spelling, so that what make has written about an object (its .d file) is found again.
override BUILD := $(patsubst $(CURDIR)/%,%,$(BUILD))
PREFIX    ?= /usr/local
SYSCONFDIR ?= /etc
RUNDIR    ?= /run
LOCALSTATEDIR ?= /var
DESTDIR   ?=
INSTALL   ?= install
PKG_CONFIG ?= pkg-config
STRIP     ?= strip

CFLAGS    ?= -O2 -g
HARDENING ?= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
WARNINGS  = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings \
            -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough -Wcast-qual -Wno-unused-parameter
CPPFLAGS_ = -Ispawnd -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 \
            -DSPAWND_VERSION='"$(VERSION)"' -DSPAWND_CONF='"$(SYSCONFDIR)/spawnd/spawnd.conf"' \
            -DSPAWND_RUNDIR='"$(RUNDIR)/spawnd"' -DSPAWND_ACCOUNTING='"$(LOCALSTATEDIR)/log/spawnd/connections.jsonl"'
CFLAGS_   = -std=gnu11 $(WARNINGS) $(HARDENING)
LDFLAGS_  = -pie -Wl,-z,relro,-z,now -Wl,--gc-sections -Wl,--as-needed

# libev has no pkg-config file in Debian.
EV_CFLAGS ?=
EV_LIBS   ?= -lev
CAPNG_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags libcap-ng 2>/dev/null)
CAPNG_LIBS ?= $(shell $(PKG_CONFIG) --libs libcap-ng 2>/dev/null || echo -lcap-ng)
SECCOMP_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags libseccomp 2>/dev/null)
SECCOMP_LIBS ?= $(shell $(PKG_CONFIG) --libs libseccomp 2>/dev/null || echo -lseccomp)

# The floors. A zygote is linked from these without libev (tests/tests.mk proves it): loop/ alone may use it.
FLOORS_LOW  = base config net wire process container
FLOORS_ALL  = $(FLOORS_LOW) zygote relay loop warden
sources     = $(sort $(foreach floor,$(1),$(wildcard spawnd/$(floor)/*.c)))
objects     = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
SPAWND_SRC  = spawnd/main.c $(call sources,$(FLOORS_ALL))
CTL_SRC     = $(call sources,ctl base) spawnd/wire/account_line.c \
              $(addprefix spawnd/net/,address.c inet_diag.c network.c peer.c)

all: $(BUILD)/spawnd $(BUILD)/spawnctl

# The paths that are compiled in. With others than before, what has them is compiled again.
COMPILED_IN = $(SYSCONFDIR) $(RUNDIR) $(LOCALSTATEDIR)
$(BUILD)/compiled-in: always
	@mkdir -p $(@D)
	@echo '$(COMPILED_IN)' | cmp -s - $@ || echo '$(COMPILED_IN)' >$@

$(BUILD)/spawnd: $(call objects,$(SPAWND_SRC))
	$(CC) $(LDFLAGS_) $(LDFLAGS) -o $@ $^ $(EV_LIBS) $(CAPNG_LIBS) $(SECCOMP_LIBS)

$(BUILD)/spawnctl: $(call objects,$(CTL_SRC))
	$(CC) $(LDFLAGS_) $(LDFLAGS) -o $@ $^

$(BUILD)/obj/%.o: %.c Makefile $(BUILD)/compiled-in
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_) $(CPPFLAGS) $(CFLAGS_) -ffunction-sections $(EV_CFLAGS) $(CAPNG_CFLAGS) $(SECCOMP_CFLAGS) \
		$(CFLAGS) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# Where things go.
SBINDIR   = $(PREFIX)/sbin
BINDIR    = $(PREFIX)/bin
MANDIR    = $(PREFIX)/share/man
DOCDIR    = $(PREFIX)/share/doc/spawnd
COMPDIR   = $(PREFIX)/share/bash-completion/completions
CONFDIR   = $(SYSCONFDIR)/spawnd

## install           programs, manual pages, documents, and a configuration if there is none (DESTDIR, PREFIX)
install: all
	$(INSTALL) -d $(addprefix $(DESTDIR),$(SBINDIR) $(BINDIR) $(MANDIR)/man5 $(MANDIR)/man8 $(DOCDIR) $(CONFDIR) $(COMPDIR))
	$(INSTALL) -m 755 $(BUILD)/spawnd $(BUILD)/spawnctl $(DESTDIR)$(SBINDIR)/
	$(INSTALL) -m 755 scripts/mkrootfs $(DESTDIR)$(BINDIR)/spawnd-mkrootfs
	$(INSTALL) -m 644 docs/spawnd.8 docs/spawnctl.8 docs/spawnd-mkrootfs.8 $(DESTDIR)$(MANDIR)/man8/
	$(INSTALL) -m 644 docs/spawnd.conf.5 $(DESTDIR)$(MANDIR)/man5/
	$(INSTALL) -m 644 README.md NEWS LICENSE docs/*.md $(DESTDIR)$(DOCDIR)/
	sed 's,(docs/,(,g' README.md >$(DESTDIR)$(DOCDIR)/README.md
	$(INSTALL) -m 644 conf/spawnd.conf $(DESTDIR)$(DOCDIR)/
	find docs/performance $(addprefix conf/,examples init.d openrc runit s6) -type f -exec sh -ec 'for file; do \
		mode=644; [ ! -x "$$file" ] || mode=755; \
		$(INSTALL) -D -m $$mode "$$file" "$(DESTDIR)$(DOCDIR)/$${file#*/}"; done' - {} +
	$(INSTALL) -m 644 conf/completion/spawnctl $(DESTDIR)$(COMPDIR)/
	test -e $(DESTDIR)$(CONFDIR)/spawnd.conf || $(INSTALL) -m 644 conf/spawnd.conf $(DESTDIR)$(CONFDIR)/

## uninstall         what install has brought, but the configuration
uninstall:
	rm -f $(addprefix $(DESTDIR),$(SBINDIR)/spawnd $(SBINDIR)/spawnctl $(BINDIR)/spawnd-mkrootfs $(COMPDIR)/spawnctl \
		$(addprefix $(MANDIR)/,man8/spawnd.8 man8/spawnctl.8 man8/spawnd-mkrootfs.8 man5/spawnd.conf.5))
	rm -rf $(DESTDIR)$(DOCDIR)

## check             every test; installs what the tests need (root)
check:
	BUILD=$(BUILD) scripts/setup build check vm
	$(MAKE) all test-programs fuzzers
	BUILD=$(BUILD) tests/run

## fuzz              the fuzzers, two at once (FUZZ_SECONDS=60 each; make check gives them 10)
fuzz:
	BUILD=$(BUILD) scripts/setup build check
	$(MAKE) fuzzers
	BUILD=$(BUILD) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run

## vmcheck           what of make check runs in a machine of its own (root)
vmcheck:
	BUILD=$(BUILD) scripts/setup build check vm
	$(MAKE) all test-tools
	BUILD=$(BUILD) tests/run vm:

## demo              builds, starts demo services on loopback and shows what they do (root; ONESHOT=1 ends it)
demo:
	scripts/setup build demo
	$(MAKE) all
	scripts/demo $(BUILD)

## asan              everything under AddressSanitizer and UndefinedBehaviorSanitizer, in $(BUILD)-asan
asan:
	$(MAKE) BUILD=$(BUILD)-asan CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined' \
		HARDENING= LDFLAGS='-fsanitize=address,undefined' LDFLAGS_= all test-programs

## bench-basic       first byte and connections per second beside tcpserver and tcpserver+bwrap (root)
bench-basic:
	scripts/setup build bench
	$(MAKE) all test-tools
	BUILD=$(BUILD) tests/bench/basic

## bench-refusals    what admission costs with a full table of sources, and a flood of refused clients (root)
bench-refusals:
	scripts/setup build bench
	$(MAKE) all bench-tools
	$(BUILD)/tests/admission
	BUILD=$(BUILD) tests/bench/refusals

## bench-flat        what a connection costs beside thousands of others, and with a thousand services (root)
bench-flat:
	scripts/setup build check
	$(MAKE) all test-tools
	BUILD=$(BUILD) tests/bench/flat

## bench-seal        connections per second with the seal and without it, and their ratio (root)
bench-seal:
	scripts/setup build check
	$(MAKE) all test-tools
	BUILD=$(BUILD) tests/bench/seal

## bench             the benchmark beside other servers, with tables and plots in $(BUILD)/bench (root; QUICK=1)
bench:
	scripts/setup build bench
	$(MAKE) all bench-tools
	tests/bench/fetch $(BUILD)/bench/inetd
	BUILD=$(BUILD) tests/bench/bench $(if $(QUICK),--quick) $(BENCH)

## lint              clang-format, clang-tidy, cppcheck, gcc -fanalyzer, shellcheck, mandoc -Tlint
lint:
	scripts/lint

## layers            includes only from the floors below; file and function lengths
layers:
	scripts/layers

## size              the stripped binary, its sections, lines per room
size: all
	scripts/size $(BUILD)

## clean             removes the build directory
help:
	@sed -n 's/^## /  /p' Makefile

clean:
	rm -rf $(BUILD) $(BUILD)-asan

include tests/tests.mk

.PHONY: all always install uninstall check fuzz vmcheck demo asan bench bench-basic bench-flat bench-refusals bench-seal lint layers size help clean
