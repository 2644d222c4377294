# SPDX-License-Identifier: GPL-2.0-only
# What is handed out: installing, the source tarball, Debian's packages, and what proves them.

#: make install         PREFIX= (/usr/local) DESTDIR=; make uninstall takes away the same files
#: make dist            build/dist/conctrace-VERSION.tar.gz, which builds without git
#: make deb             build/deb/*.deb, as clean as lintian likes them
#: make check-package   install, use and purge the packages in a fresh Debian; follow CONTRIBUTING.md in
#:                      another one, word for word (as root)
#: make check-reproducible   build twice, elsewhere and at another time: equal bytes?

PREFIX  ?= /usr/local
DESTDIR ?=
INSTALL ?= install

bindir  := $(DESTDIR)$(PREFIX)/bin
libexec := $(DESTDIR)$(PREFIX)/libexec/conctrace
workdir := $(libexec)/workloads
share   := $(DESTDIR)$(PREFIX)/share
mandir  := $(share)/man/man1
compdir := $(share)/bash-completion/completions
appdir  := $(share)/applications
mimedir := $(share)/mime/packages
MANUALS := $(wildcard docs/man/*.1)

.PHONY: install uninstall dist deb check-package check-reproducible

install: all
	$(INSTALL) -d $(bindir) $(workdir)/python/lib $(mandir) $(compdir) $(appdir) $(mimedir)
	$(INSTALL) -m 755 $(BUILD)/conctrace $(bindir)/conctrace
	$(INSTALL) -m 755 $(WORKLOADS) $(workdir)/
	$(INSTALL) -m 755 tools/workloads/python/*.py $(workdir)/python/
	$(INSTALL) -m 644 tools/workloads/python/lib/*.py $(workdir)/python/lib/
	$(INSTALL) -m 644 $(MANUALS) $(mandir)/
	$(INSTALL) -m 644 completion/conctrace.bash $(compdir)/conctrace
	$(INSTALL) -m 644 packaging/conctrace.desktop $(appdir)/conctrace.desktop
	$(INSTALL) -m 644 packaging/conctrace.xml $(mimedir)/conctrace.xml

# Folders that others may share stay.
uninstall:
	rm -f $(bindir)/conctrace $(MANUALS:docs/man/%=$(mandir)/%) $(compdir)/conctrace \
		$(appdir)/conctrace.desktop $(mimedir)/conctrace.xml
	rm -rf $(libexec)

dist:
	@packaging/dist $(BUILD)/dist

deb:
	@scripts/deps --package && packaging/deb $(BUILD)/deb

check-package:
	@scripts/deps --package && $(PYTHON) packaging/check-package --build $(BUILD)

check-reproducible:
	@scripts/deps --package && packaging/check-reproducible $(BUILD)/reproducible
