# SPDX-License-Identifier: GPL-2.0-only
# conctrace: `make demo` shows it at work, `make check` runs all tests, `make help` lists the rest.

# The file is the only place; the changelogs must agree with it (tests/golden/test_dist.py).
VERSION := $(shell cat VERSION)
comma   := ,
BUILD   ?= build

# For another machine: ARCH=aarch64 CROSS=aarch64-linux-gnu- SYSROOT=where its libraries are.
ARCH      ?= $(shell uname -m)
CROSS     ?=
SYSROOT   ?=
ifneq ($(CROSS),)
CC        := $(CROSS)gcc
AR        := $(CROSS)ar
endif

CC        ?= cc
CLANG     ?= clang
BPFTOOL   ?= $(firstword $(wildcard /usr/sbin/bpftool /sbin/bpftool) bpftool)
PYTHON    ?= /usr/bin/python3
OPT       ?= -O3
SANITIZE  ?=
STATIC    ?=
# A report on 10 million events takes a fifth less time with -O3 and this than with -O2 alone. Tests
# are linked without it (-fno-lto must be said, or else the compiler's linker plugin does it anyway),
# which takes an eighth of the time: so the objects hold both.
LTO       ?= $(if $(SANITIZE)$(findstring clang,$(CC)),,-flto=auto -ffat-lto-objects)

# What a package's build may say: no -Werror for compilers to come, its own flags after ours.
WERROR        ?= -Werror
EXTRA_CFLAGS  ?=
EXTRA_LDFLAGS ?=

# Names of files are kept as seen from here: the same sources give the same bytes anywhere.
MAP      := -ffile-prefix-map=$(CURDIR)=.
WARN     := -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
CPPFLAGS := $(if $(SYSROOT),-isystem $(SYSROOT)/usr/include) -iquote . -iquote user -I$(BUILD)/gen -D_GNU_SOURCE -DCONCTRACE_VERSION='"$(VERSION)"'
CFLAGS   := -std=gnu11 $(OPT) -g $(WARN) -fno-omit-frame-pointer $(MAP) $(SANITIZE) $(EXTRA_CFLAGS)
LDFLAGS  := $(SANITIZE) $(if $(STATIC),-static) $(EXTRA_LDFLAGS) $(if $(SYSROOT),\
	$(foreach dir,$(SYSROOT)/usr/lib/$(ARCH)-linux-gnu $(SYSROOT)/lib/$(ARCH)-linux-gnu,\
	-L$(dir) -Wl$(comma)-rpath-link$(comma)$(dir)))
# Of libstdc++ only the demangler is wanted: as an archive it costs no start-up time.
LDLIBS   := -lbpf -ldw $(if $(STATIC),-lbz2) -lelf -lz -llzma -lseccomp -l:libstdc++.a -lpthread -lm

# By what the user side is compiled for; the kernel's own headers lie elsewhere for another machine.
BPF_ARCH := $(if $(filter aarch64,$(ARCH)),-D__TARGET_ARCH_arm64,-D__TARGET_ARCH_x86) \
	-idirafter $(if $(CROSS),/usr/$(CROSS:%-=%)/include,/usr/include/$(ARCH)-linux-gnu)

V ?= 0
ifeq ($(V),0)
Q := @
say = @printf '  %-7s %s\n' '$(1)' '$(2)'
endif

MAIN_SRC := user/main.c
LIB_SRC  := $(sort $(wildcard user/*/*.c))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
MAIN_OBJ := $(MAIN_SRC:%.c=$(BUILD)/obj/%.o)
BPF_SRC  := $(sort $(filter-out bpf/python.bpf.c,$(wildcard bpf/*.bpf.c)))
# What the others share comes first: libbpf 1.1 takes a map that they name to be the first one.
BPF_OBJ  := $(BUILD)/bpf/state.bpf.o \
	$(filter-out $(BUILD)/bpf/state.bpf.o,$(BPF_SRC:bpf/%.bpf.c=$(BUILD)/bpf/%.bpf.o))
SKEL     := $(BUILD)/gen/conctrace.skel.h
PYSKEL   := $(BUILD)/gen/python.skel.h

WORKLOAD_COMMON := $(patsubst tools/%.c,$(BUILD)/%.o,$(wildcard tools/workloads/lib/*.c))
WORKLOAD_HEADERS := $(wildcard tools/workloads/lib/*.h) tools/workloads/registry.h
WORKLOADS := $(patsubst tools/workloads/%.c,$(BUILD)/workloads/%,$(wildcard tools/workloads/*.c))
PYTHON_WORKLOADS := $(patsubst tools/%,$(BUILD)/%,\
	$(wildcard tools/workloads/python/*.py tools/workloads/python/lib/*.py))
BENCHES   := $(patsubst tools/bench/%.c,$(BUILD)/bench/%,$(wildcard tools/bench/*.c))
UNITS     := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
PROGRAMS  := $(patsubst tests/live/programs/%.c,$(BUILD)/tests/programs/%,$(wildcard tests/live/programs/*.c))

.PHONY: all help demo deps check check-fleet check-unit check-golden check-browser check-live check-layout \
	check-verdict check-asan check-faults accuracy check-real check-arm64 check-kernels check-size bench docs-pictures docs-data install clean tests
.DELETE_ON_ERROR:

all: $(BUILD)/conctrace $(WORKLOADS) $(PYTHON_WORKLOADS)

help:
	@sed -n 's/^#: //p' $(filter-out %.d,$(MAKEFILE_LIST))

#: make                 build build/conctrace and build/workloads/*
#: make demo            install what is missing, build, record a workload, show the report
#: make check           all tests (live ones need root)
#: make check-unit      tests of the logic, no root needed
#: make check-browser   the HTML timeline in Chromium
#: make check-live      tests on the running kernel, as root
#: make check-asan      unit and live tests again under ASan and UBSan
#: make check-faults    what the live tests break on purpose, and what takes long of it, as root
#: make accuracy        record programs with known answers, print how right the report is
#: make check-real      record servers and tools from Debian's packages, print what the verdict says
#: make check-kernels   boot other kernels in QEMU and record there (SAVE=1 writes docs/kernels.md)
#: make check-arm64     build for arm64 and run the unit tests in emulation
#: make check-size      big recordings: events, CPUs, tasks, ten minutes for real (30 min)
#: make bench           cost of recording, side by side with perf sched and trace-cmd
#:                      (SAVE=1 writes docs/benchmark.md)
#: make docs-pictures    record the pictures of the documentation again (nice -n -20 make docs-pictures)
#: make docs-data        measure the tables of docs/threads-processes-async.md again, as root
#: make clean
#: make V=1             show the commands

# --- kernel side ---
$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h)
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -g -O2 -target bpf -mcpu=v3 $(BPF_ARCH) -Wall -Wextra $(WERROR) -Wno-unused-parameter $(MAP) \
		-iquote . -c $< -o $@

$(BUILD)/bpf/conctrace.o: $(BPF_OBJ)
	$(call say,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(SKEL): $(BUILD)/bpf/conctrace.o
	$(call say,SKEL,$@)
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name conctrace_bpf > $@

$(PYSKEL): $(BUILD)/bpf/python.bpf.o
	$(call say,SKEL,$@)
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen object $(BUILD)/bpf/python.o $<
	$(Q)$(BPFTOOL) gen skeleton $(BUILD)/bpf/python.o name python_bpf > $@

# --- the page of the HTML timeline: styles and scripts go into it, and it into the program ---
WEB       := user/export/web
WEB_PARTS := $(wildcard $(WEB)/*.css) $(WEB)/kinds.js $(WEB)/format.js $(WEB)/data.js $(WEB)/samples.js \
	$(WEB)/loops.js $(WEB)/lanes.js $(WEB)/levels.js $(WEB)/idle.js $(WEB)/who.js $(WEB)/view.js \
	$(WEB)/colours.js $(WEB)/draw.js $(WEB)/overlay.js $(WEB)/range.js $(WEB)/panel.js \
	$(WEB)/search.js $(WEB)/input.js $(WEB)/main.js

$(BUILD)/gen/timeline.html: $(WEB)/page.html $(WEB_PARTS)
	$(call say,WEB,$@)
	@mkdir -p $(@D)
	$(Q)awk -v css='$(filter %.css,$(WEB_PARTS))' -v js='$(filter %.js,$(WEB_PARTS))' \
		'function all(names, n, i, part, line) { n = split(names, part, " "); \
			for (i = 1; i <= n; i++) while ((getline line < part[i]) > 0) print line } \
		$$0 == "@STYLE@" { all(css); next } $$0 == "@SCRIPT@" { all(js); next } { print }' $< > $@

$(BUILD)/gen/html_page.inc: $(BUILD)/gen/timeline.html
	$(Q){ echo 'static const unsigned char html_page[] = {'; \
		od -An -v -tx1 $< | sed 's/ /,0x/g; s/^,//; s/$$/,/'; echo '};'; } > $@

# --- user side ---
$(BUILD)/obj/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LTO) -MMD -MP -c $< -o $@

# Objects that hold the version.
$(patsubst %.c,$(BUILD)/obj/%.o,$(shell grep -l CONCTRACE_VERSION $(LIB_SRC))): VERSION

# A pattern rule without a recipe adds no prerequisite: name the objects.
$(filter $(BUILD)/obj/user/capture/%,$(LIB_OBJ)): | $(SKEL) $(PYSKEL)
$(BUILD)/obj/user/export/html_page.o: $(BUILD)/gen/html_page.inc

$(BUILD)/libconctrace.a: $(LIB_OBJ)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/conctrace: $(MAIN_OBJ) $(BUILD)/libconctrace.a
	$(call say,LD,$@)
	$(Q)$(CC) $(OPT) $(MAP) $(EXTRA_CFLAGS) $(LTO) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# --- reference workloads, benchmark programs, programs that tests trace ---
.SECONDARY: $(WORKLOAD_COMMON)

# They are always optimised alike: reports on them are compared.
WORKLOAD_CC = $(CC) -iquote tools/workloads -D_GNU_SOURCE -std=gnu11 $(EXTRA_CFLAGS) -O2 -g $(WARN) $(MAP)

$(BUILD)/workloads/lib/%.o: tools/workloads/lib/%.c $(WORKLOAD_HEADERS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(WORKLOAD_CC) -c -o $@ $<

$(BUILD)/workloads/%: tools/workloads/%.c $(WORKLOAD_COMMON) $(WORKLOAD_HEADERS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(WORKLOAD_CC) $(if $(STATIC),-static) $(EXTRA_LDFLAGS) -o $@ $< $(WORKLOAD_COMMON) -lpthread -lm

$(BUILD)/workloads/python/%: tools/workloads/python/%
	@mkdir -p $(@D)
	$(Q)cp -p $< $@

$(BUILD)/bench/%: tools/bench/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -O2 -g $(WARN) -o $@ $< -lpthread

# It exports what an interpreter does.
$(BUILD)/tests/programs/fakepython: EXPORT := -rdynamic

$(BUILD)/tests/programs/%: tests/live/programs/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -O2 -g $(WARN) $(EXPORT) -o $@ $< -lpthread

# It finds its own symbols as it finds those of an interpreter.
$(BUILD)/tests/unit/test_runtime: LDFLAGS += -rdynamic

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/libconctrace.a
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -fno-lto -MMD -MP -o $@ $< $(BUILD)/libconctrace.a \
		-lcmocka $(LDLIBS)

$(BUILD)/tests/gen_trace: tests/lib/gen_trace.c $(BUILD)/libconctrace.a
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -fno-lto -MMD -MP -o $@ $< $(BUILD)/libconctrace.a $(LDLIBS)

tests: $(UNITS) $(PROGRAMS) $(BUILD)/tests/gen_trace

# --- for people: what is missing is installed first ---
deps:
	@scripts/deps

demo: deps
	@$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc)) all
	@scripts/demo $(BUILD)

# tests/run.py builds what it needs and ends with "N passed, N failed, N skipped".
RUN_TESTS = @scripts/deps --check && $(PYTHON) tests/run.py --build $(BUILD)

check:
	$(RUN_TESTS)

check-unit check-golden check-browser check-live check-layout check-verdict check-asan:
	$(RUN_TESTS) $(@:check-%=%)

check-faults: all tests
	CONCTRACE_LONG=1 CONCTRACE_BUILD=$(BUILD) $(PYTHON) -B -m pytest -q -p no:cacheprovider \
		tests/live/test_unharmed.py tests/live/test_faults.py

# Both tables are printed, whatever the first one says.
accuracy: all
	@scripts/deps --truth; $(PYTHON) tests/truth/accuracy.py --build $(BUILD); holders=$$?; \
	$(PYTHON) tests/verdict/verdict.py --build $(BUILD) && exit $$holders

check-real: all
	@scripts/deps --real; $(PYTHON) tests/verdict/real.py --build $(BUILD)

# Needs npm.
check-fleet: all
	@tests/fleet/run $(BUILD)

check-arm64:
	@scripts/deps --arm64 && $(PYTHON) tests/arm64/run.py --build $(BUILD)

check-kernels:
	@scripts/deps --kernels && $(PYTHON) tests/kernels/run.py --build $(BUILD) \
		$(if $(SAVE),--save docs/kernels.md)

check-size: all tests
	@scripts/deps --check && $(PYTHON) tests/size/run.py --build $(BUILD)

bench: all $(BENCHES) $(BUILD)/tests/gen_trace
	@scripts/deps --bench
	@$(PYTHON) tools/bench/run.py --build $(BUILD) $(if $(SAVE),--save docs/benchmark.md)

docs-pictures: all
	@scripts/deps --check && $(PYTHON) scripts/pictures $(BUILD)

docs-data: all
	@$(PYTHON) scripts/docs-data $(BUILD)

include packaging/package.mk
include tests/fuzz/fuzz.mk tests/static.mk

clean:
	rm -rf $(BUILD)

-include $(LIB_OBJ:.o=.d) $(MAIN_OBJ:.o=.d) $(UNITS:=.d) $(BUILD)/tests/gen_trace.d
