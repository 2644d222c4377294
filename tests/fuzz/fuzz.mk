# SPDX-License-Identifier: GPL-2.0-only
# Fuzzing: tests/fuzz/README.md. With FUZZER empty, a target is a program that replays files; with
# -fsanitize=fuzzer it is libFuzzer's, or AFL++'s if CC is its compiler.

FUZZER ?=
SECONDS ?= 60
TARGET ?=

FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
FUZZ_PROGRAMS := $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/%)
FUZZ_MAIN := replay seed
FUZZ_SRC := $(filter-out $(FUZZ_MAIN:%=tests/fuzz/lib/%.c),$(wildcard tests/fuzz/lib/*.c))
FUZZ_OBJ := $(FUZZ_SRC:%.c=$(BUILD)/obj/%.o)

#: make check-fuzz      replay what the fuzzers have kept
#: make fuzz SECONDS=n [TARGET=name]  run libFuzzer on each target for n seconds
#: make fuzz-afl SECONDS=n TARGET=name  the same with AFL++
.PHONY: fuzz fuzz-afl fuzz-programs fuzz-seeds check-fuzz
.SECONDARY: $(FUZZ_OBJ) $(FUZZ_TARGETS:%=$(BUILD)/obj/tests/fuzz/%.o)

$(FUZZ_PROGRAMS): $(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_OBJ) \
		$(if $(FUZZER),,$(BUILD)/obj/tests/fuzz/lib/replay.o) $(BUILD)/libconctrace.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $(FUZZER) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/fuzz/seed: $(BUILD)/obj/tests/fuzz/lib/seed.o $(FUZZ_OBJ) $(BUILD)/libconctrace.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

fuzz-programs: $(FUZZ_PROGRAMS)

# Makes what tests/fuzz/corpus began with, anew.
fuzz-seeds: $(BUILD)/tests/fuzz/seed $(BUILD)/tests/gen_trace
	$(Q)$(PYTHON) tests/fuzz/seeds.py --build $(BUILD)

check-fuzz:
	$(RUN_TESTS) fuzz

# Rooms where nothing is compared with what an input could be made to be: the tracing of comparisons
# would take most of the time there.
FUZZ_UNTRACED := export replay report verdict
ifeq ($(FUZZER)/$(notdir $(CC)),-fsanitize=fuzzer/clang)
$(filter $(FUZZ_UNTRACED:%=$(BUILD)/obj/user/%/%),$(LIB_OBJ)): CFLAGS += -fno-sanitize-coverage=trace-cmp
endif

FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined

fuzz:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=$(CLANG) OPT=-O1 FUZZER=-fsanitize=fuzzer \
		SANITIZE='-fsanitize=fuzzer-no-link $(FUZZ_SANITIZE)' fuzz-programs
	@nice -n 19 $(PYTHON) tests/fuzz/run.py --build $(BUILD) --seconds $(SECONDS) $(TARGET)

fuzz-afl:
	@scripts/deps --fuzz && AFL_QUIET=1 $(MAKE) --no-print-directory BUILD=$(BUILD)/afl \
		CC=afl-clang-fast OPT=-O1 FUZZER=-fsanitize=fuzzer SANITIZE='$(FUZZ_SANITIZE)' fuzz-programs
	@nice -n 19 $(PYTHON) tests/fuzz/run.py --afl --build $(BUILD) --seconds $(SECONDS) $(TARGET)

-include $(FUZZ_OBJ:.o=.d) $(FUZZ_TARGETS:%=$(BUILD)/obj/tests/fuzz/%.d)
