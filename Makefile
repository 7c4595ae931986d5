# SPDX-License-Identifier: ISC
# spawnd's one Makefile. `make help` lists the goals.
#
# Overridable for cross builds: CC, AR, CFLAGS, LDFLAGS, PKG_CONFIG, EV_CFLAGS, EV_LIBS, CAPNG_CFLAGS, CAPNG_LIBS,
# BUILD (the build directory), PREFIX, DESTDIR, SYSCONFDIR, RUNDIR.

VERSION   = 0.1.0
BUILD     ?= build
PREFIX    ?= /usr/local
SYSCONFDIR ?= /etc
RUNDIR    ?= /run
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
            -DSPAWND_RUNDIR='"$(RUNDIR)/spawnd"'
CFLAGS_   = -std=gnu11 $(WARNINGS) $(HARDENING)
LDFLAGS_  = -pie -Wl,-z,relro,-z,now -Wl,--gc-sections -Wl,--as-needed

# libev has no pkg-config file in Debian.
EV_CFLAGS ?=
EV_LIBS   ?= -lev
CAPNG_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags libcap-ng 2>/dev/null)
CAPNG_LIBS ?= $(shell $(PKG_CONFIG) --libs libcap-ng 2>/dev/null || echo -lcap-ng)

# The floors. A zygote is linked from these without libev (tests/unit/link.mk proves it): loop/ alone may use it.
FLOORS_LOW  = base config net wire process container
FLOORS_ALL  = $(FLOORS_LOW) zygote loop warden
sources     = $(sort $(foreach floor,$(1),$(wildcard spawnd/$(floor)/*.c)))
objects     = $(patsubst %.c,$(BUILD)/%.o,$(1))
SPAWND_SRC  = spawnd/main.c $(call sources,$(FLOORS_ALL))
CTL_SRC     = $(call sources,ctl) $(call sources,base)

all: $(BUILD)/spawnd $(BUILD)/spawnctl

$(BUILD)/spawnd: $(call objects,$(SPAWND_SRC))
	$(CC) $(LDFLAGS_) $(LDFLAGS) -o $@ $^ $(EV_LIBS) $(CAPNG_LIBS)

$(BUILD)/spawnctl: $(call objects,$(CTL_SRC))
	$(CC) $(LDFLAGS_) $(LDFLAGS) -o $@ $^

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_) $(CPPFLAGS) $(CFLAGS_) -ffunction-sections $(EV_CFLAGS) $(CAPNG_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

help:
	@sed -n 's/^## //p' Makefile

clean:
	rm -rf $(BUILD)

.PHONY: all help clean
