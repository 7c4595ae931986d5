# SPDX-License-Identifier: ISC
# Rules for the tests' own programs; included by the Makefile in the root, and usable alone:
#     make -f tests/tests.mk
# tests/probe.c   the payload that runs inside containers: one static file
# tests/hostile/  the program that tries to get out of containers, one static file too
# tests/watch/    the host's side of that: victims, packet capture, driver
# tests/client.c  the client that talks to it
# tests/rude.py   clients without manners: a verb for each
# tests/asker.c   asks the control socket, and does not read
# tests/reaim.c   the payload that turns its connection against the host
# tests/inject.c  makes another process try a system call
# tests/faults.c  makes another process's system calls fail
# tests/shim.c    takes system calls away from spawnd
# tests/unit/     test_*.c: one cmocka program for each, linked with the floors that need no privilege
# tests/fuzz/     fuzz_*.c: one libFuzzer program for each parser, built with clang; seeds.c: what they begin with

BUILD      ?= build
CC         ?= cc
FUZZ_CC    ?= clang
FUZZ_FLAGS ?= -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
PROBE_CC   ?= $(shell command -v musl-gcc >/dev/null 2>&1 && echo musl-gcc || echo $(CC))
CMOCKA_LIBS ?= -lcmocka

TESTS_WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings \
                 -Wundef -Wvla -Wformat=2 -Wcast-qual -Wno-unused-parameter
TESTS_CFLAGS   = -std=gnu11 $(TESTS_WARNINGS) -O2 -g

# What unit tests and fuzzers are linked with: no role, no privileged step.
UNIT_FLOORS  = base net config wire
UNIT_SRC     = $(sort $(foreach floor,$(UNIT_FLOORS),$(wildcard spawnd/$(floor)/*.c)))
UNIT_OBJ     = $(patsubst %.c,$(BUILD)/obj/%.o,$(UNIT_SRC))
UNIT_TESTS   = $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
FUZZERS      = $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

test-tools: $(BUILD)/tests/probe $(BUILD)/tests/client $(BUILD)/tests/floor $(BUILD)/tests/reaim $(BUILD)/tests/inject \
            $(BUILD)/tests/hostile $(BUILD)/tests/watch $(BUILD)/tests/shim $(BUILD)/tests/faults $(BUILD)/tests/asker

test-programs: test-tools $(UNIT_TESTS) $(BUILD)/tests/zygote-link

$(BUILD)/tests/probe: tests/probe.c
	@mkdir -p $(@D)
	$(PROBE_CC) $(TESTS_CFLAGS) -static -s -o $@ $<

# By the C library of the host: musl's compiler does not find the kernel's headers.
$(BUILD)/tests/reaim: tests/reaim.c
	@mkdir -p $(@D)
	$(CC) $(TESTS_CFLAGS) -static -s -o $@ $<

# Below 4 GiB (-no-pie): what system calls of the i386 table point to must lie there.
$(BUILD)/tests/hostile: $(wildcard tests/hostile/*.[ch])
	@mkdir -p $(@D)
	$(PROBE_CC) $(TESTS_CFLAGS) -static -no-pie -s -o $@ $(filter %.c,$^)

$(BUILD)/tests/watch: $(wildcard tests/watch/*.[ch]) tests/hostile/world.h
	@mkdir -p $(@D)
	$(CC) $(TESTS_CFLAGS) -o $@ $(filter %.c,$^)

$(BUILD)/tests/client: tests/client.c
	@mkdir -p $(@D)
	$(CC) $(TESTS_CFLAGS) -o $@ $<

$(BUILD)/tests/asker: tests/asker.c spawnd/wire/control.h
	@mkdir -p $(@D)
	$(CC) -Ispawnd -D_GNU_SOURCE $(TESTS_CFLAGS) -o $@ $<

bench-tools: test-tools $(BUILD)/tests/load $(BUILD)/tests/floor-server $(BUILD)/tests/nolibc $(BUILD)/tests/admission

ADMISSION_OBJ = $(patsubst %,$(BUILD)/obj/spawnd/loop/%.o,entrance admission sources) $(UNIT_OBJ)
$(BUILD)/tests/admission: tests/bench/admission.c $(ADMISSION_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_) $(CPPFLAGS) $(TESTS_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(ADMISSION_OBJ) $(SECCOMP_LIBS)

$(BUILD)/tests/load: tests/bench/load.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_) $(CPPFLAGS) $(TESTS_CFLAGS) -o $@ $<

$(BUILD)/tests/floor-server: tests/bench/floor_server.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_) $(CPPFLAGS) $(TESTS_CFLAGS) -o $@ $<

$(BUILD)/tests/nolibc: tests/bench/nolibc.c
	@mkdir -p $(@D)
	$(CC) $(TESTS_CFLAGS) -nostdlib -static -ffreestanding -fno-stack-protector -s -o $@ $<

$(BUILD)/tests/floor: tests/bench/floor.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_) $(CPPFLAGS) $(TESTS_CFLAGS) -o $@ $<

$(BUILD)/tests/shim: tests/shim.c
	@mkdir -p $(@D)
	$(CC) $(TESTS_CFLAGS) $(SECCOMP_CFLAGS) -o $@ $< $(SECCOMP_LIBS)

$(BUILD)/tests/faults: tests/faults.c
	@mkdir -p $(@D)
	$(CC) $(TESTS_CFLAGS) -D_GNU_SOURCE $(SECCOMP_CFLAGS) -o $@ $< $(SECCOMP_LIBS)

$(BUILD)/tests/inject: tests/inject.c
	@mkdir -p $(@D)
	$(CC) $(TESTS_CFLAGS) $(SECCOMP_CFLAGS) -o $@ $< $(SECCOMP_LIBS)

# A test may name what else it is linked with, in lines of its own:
#     /* link: spawnd/loop/admission.c */
#     /* wrap: accept4 clock_gettime */
#     /* library: seccomp */
$(BUILD)/tests/unit/test_%: tests/unit/test_%.c $(UNIT_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_) $(CPPFLAGS) -DUNIT_TEST $(TESTS_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< \
		$(shell sed -n 's|^/\* link: \(.*\) \*/$$|\1|p' $<) $(UNIT_OBJ) \
		$(foreach name,$(shell sed -n 's|^/\* wrap: \(.*\) \*/$$|\1|p' $<),-Wl,--wrap=$(name)) \
		$(foreach name,$(shell sed -n 's|^/\* library: \(.*\) \*/$$|\1|p' $<),-l$(name)) \
		$(CMOCKA_LIBS) $(SECCOMP_LIBS)

$(BUILD)/tests/unit/test_corpus: $(wildcard tests/fuzz/*.[ch])

fuzzers: $(FUZZERS) $(BUILD)/tests/fuzz/corpus

FUZZ_OBJ = $(patsubst %.c,$(BUILD)/tests/fuzz/obj/%.o,$(UNIT_SRC))
.SECONDARY: $(FUZZ_OBJ) $(patsubst $(BUILD)/tests/fuzz/%,$(BUILD)/tests/fuzz/obj/tests/fuzz/%.o,$(FUZZERS))

$(BUILD)/tests/fuzz/obj/%.o: %.c $(wildcard tests/fuzz/*.h)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(CPPFLAGS_) $(CPPFLAGS) -std=gnu11 $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/obj/tests/fuzz/fuzz_%.o $(FUZZ_OBJ)
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(SECCOMP_LIBS)

$(BUILD)/tests/fuzz/fuzz_control: $(BUILD)/tests/fuzz/obj/spawnd/ctl/reply.o
$(BUILD)/tests/fuzz/fuzz_http: $(BUILD)/tests/fuzz/obj/spawnd/ctl/http.o

$(BUILD)/tests/fuzz/corpus: $(wildcard tests/fuzz/*.h) tests/fuzz/corpus.c tests/fuzz/seeds.c $(UNIT_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_) $(CPPFLAGS) $(TESTS_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter-out %.h,$^) $(SECCOMP_LIBS)

-include $(shell find $(BUILD)/tests/fuzz/obj -name '*.d' 2>/dev/null)

# The zygote and everything below it, linked without libev: only the loop may use it.
LINK_SRC = $(call sources,$(FLOORS_LOW) zygote)
$(BUILD)/tests/zygote-link: tests/zygote_link.c $(patsubst %.c,$(BUILD)/obj/%.o,$(LINK_SRC))
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_) $(CPPFLAGS) $(TESTS_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CAPNG_LIBS) $(SECCOMP_LIBS)

.PHONY: test-tools test-programs fuzzers
