# Installing the program, packages for Debian, and the list of what is in them. Included by the Makefile.

SYSCONFDIR ?= /etc
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
DOCDIR     ?= $(PREFIX)/share/doc/auth-server
BASH_COMPLETION_DIR ?= $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETION_DIR  ?= $(PREFIX)/share/zsh/site-functions
UNITDIR     ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
STRIP ?= strip

CONFIGURATION = $(DESTDIR)$(SYSCONFDIR)/auth-server/auth.conf
# What install-program makes, and uninstall-program removes, beside the configuration.
PROGRAM_FILES = $(BINDIR)/auth-server \
    $(MANDIR)/man1/auth-server.1 $(MANDIR)/man1/auth-server-stub.1 $(MANDIR)/man5/auth.conf.5 \
    $(addprefix $(DOCDIR)/,auth.conf.example LICENSE THIRD_PARTY) \
    $(BASH_COMPLETION_DIR)/auth-server $(ZSH_COMPLETION_DIR)/_auth-server \
    $(UNITDIR)/auth-server.service $(UNITDIR)/auth-server.socket $(SYSUSERSDIR)/auth-server.conf $(TMPFILESDIR)/auth-server.conf

# $(call put,MODE,FILE,TARGET) copies; $(call fill,FILE,TARGET) also replaces @words@, which say where things are installed.
put    = install -D -m $(1) $(2) '$(DESTDIR)$(3)'
filled = sed 's|@VERSION@|$(VERSION)|g; s|@bindir@|$(BINDIR)|g; s|@docdir@|$(DOCDIR)|g; s|@sysconfdir@|$(SYSCONFDIR)|g' $(1)
fill   = install -D -m 644 /dev/null '$(DESTDIR)$(2)' && $(call filled,$(1)) > '$(DESTDIR)$(2)'

# What install-library makes.
LIBRARY_FILES = $(addprefix $(PREFIX)/include/glitch_auth/,$(PUBLIC_HEADERS) auth.h auth_c.h version.h testing/contract.h) \
    $(addprefix $(LIBDIR)/,$(notdir $(LIB_ENGINE) $(LIB_STORE) $(LIB_ALL) $(LIB_CONTRACT) $(LIB_SHARED) $(LIB_SHARED).$(VERSION)) libglitch_auth.so \
      $(addprefix pkgconfig/glitch-auth,.pc -engine.pc -store.pc -contract.pc) $(addprefix cmake/GlitchAuth/GlitchAuthConfig,.cmake Version.cmake))
# Folders that are ours alone, the inner ones first.
OUR_FOLDERS = $(SYSCONFDIR)/auth-server/ $(DOCDIR)/ $(shell printf '%s\n' $(sort $(dir $(filter $(PREFIX)/include/%,$(LIBRARY_FILES)))) | sort -r) \
    $(LIBDIR)/cmake/GlitchAuth/

.PHONY: install-program uninstall sbom dist deb test-deb
install: install-program

install-program: all
	$(call put,755,$(SERVER),$(BINDIR)/auth-server)
	$(if $(STRIP),$(STRIP) '$(DESTDIR)$(BINDIR)/auth-server')
	$(call fill,.packaging/auth-server.1,$(MANDIR)/man1/auth-server.1)
	$(call fill,.packaging/auth-server-stub.1,$(MANDIR)/man1/auth-server-stub.1)
	$(call fill,.packaging/auth.conf.5,$(MANDIR)/man5/auth.conf.5)
	$(call put,644,auth.conf.example,$(DOCDIR)/auth.conf.example)
	$(call put,644,LICENSE,$(DOCDIR)/LICENSE)
	$(call put,644,.packaging/THIRD_PARTY,$(DOCDIR)/THIRD_PARTY)
	$(call put,644,.packaging/auth-server.bash,$(BASH_COMPLETION_DIR)/auth-server)
	$(call put,644,.packaging/_auth-server,$(ZSH_COMPLETION_DIR)/_auth-server)
	$(call fill,.packaging/auth-server.service.in,$(UNITDIR)/auth-server.service)
	$(call put,644,.packaging/auth-server.socket,$(UNITDIR)/auth-server.socket)
	$(call put,644,.packaging/sysusers.conf,$(SYSUSERSDIR)/auth-server.conf)
	$(call fill,.packaging/tmpfiles.conf.in,$(TMPFILESDIR)/auth-server.conf)
	@if [ -e '$(CONFIGURATION)' ]; then echo 'kept $(CONFIGURATION)'; \
	else $(call fill,.packaging/auth.conf.in,$(SYSCONFDIR)/auth-server/auth.conf); echo 'made $(CONFIGURATION)'; fi

# A configuration that the operator has changed stays. Below DESTDIR all folders that are empty then are removed.
uninstall:  ## remove what make install has copied, with the same PREFIX and DESTDIR; a changed configuration stays
	rm -f $(patsubst %,'$(DESTDIR)%',$(PROGRAM_FILES) $(LIBRARY_FILES))
	@if $(call filled,.packaging/auth.conf.in) | cmp -s - '$(CONFIGURATION)'; then rm '$(CONFIGURATION)'; \
	elif [ -e '$(CONFIGURATION)' ]; then echo 'kept $(CONFIGURATION), which has been changed'; fi
	@for folder in $(OUR_FOLDERS) $(if $(DESTDIR),$(sort $(dir $(PROGRAM_FILES) $(LIBRARY_FILES)))); do \
	  while [ "$$folder" != / ]; do \
	    rmdir "$(DESTDIR)$$folder" 2>/dev/null || [ ! -e "$(DESTDIR)$$folder" ] || break; \
	    [ -n '$(DESTDIR)' ] || break; \
	    folder=$$(dirname "$$folder"); \
	  done; done

sbom:  ## print what the program is made of, as an SPDX document (JSON)
	@python3 .packaging/sbom.py '$(VERSION)' '$(COMMIT)'

# The same bytes for the same commit.
DIST = $(BUILD)/auth-server-$(VERSION).tar.gz
dist:  ## pack the sources of the commit that is checked out: build/auth-server-VERSION.tar.gz
	@mkdir -p $(BUILD)
	@git -c tar.umask=0022 archive --format=tar --prefix=auth-server-$(VERSION)/ -o $(DIST:.gz=) HEAD
	@gzip -9 -n -f $(DIST:.gz=)
	@sha256sum $(DIST)

DEB_PACKAGES = dpkg-dev debhelper lintian systemd
DEB ?= $(BUILD)/deb
deb:  ## build the Debian packages into build/deb
	$(call install_missing,$(PACKAGES) $(DEB_PACKAGES))
	@CXX='$(CXX)' .packaging/deb.sh $(DEB) '$(VERSION)' '$(COMMIT)'

# Systems made by debootstrap below this folder are kept there; `make clean` leaves them.
TEST_DEB ?= build-debian
test-deb:  ## install, upgrade, downgrade, remove and purge the packages on fresh Debian 12 and 13, in chroots (as root)
	$(call install_missing,$(DEBIAN13_PACKAGES))
	@tests/tools/packages_test.sh $(TEST_DEB)
