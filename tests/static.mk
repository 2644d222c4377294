# SPDX-License-Identifier: GPL-2.0-only
# Checks that take too long for every day. CHECK_ALL: what `make check` leaves out.

CHECK_ALL += check-static fuzz accuracy check-real check-kernels check-package check-reproducible

#: make check-static    gcc -fanalyzer, cppcheck, clang-tidy (tests/static.py)
#: make check-all       all that `make check` leaves out, one after the other; takes hours
.PHONY: check-static check-all

check-static: $(SKEL) $(PYSKEL) $(BUILD)/gen/html_page.inc
	@scripts/deps --static && $(PYTHON) tests/static.py --build $(BUILD)

check-all:
	@bad=; for one in $(sort $(CHECK_ALL)); do echo "$$one:"; \
		$(MAKE) --no-print-directory $$one || bad="$$bad $$one"; done; \
		test -z "$$bad" || { echo "failed:$$bad"; exit 1; }
