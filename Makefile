# auth-server: `make help` lists what can be done here.

# ---- What it takes -------------------------------------------------------------------------------------------------
# One list for each purpose; every package is Debian's. tests/tools/packages.sh knows what they contain, for other systems.
PACKAGES       = g++ make pkg-config $(if $(HTTPLIB),,libcpp-httplib-dev) libsqlitecpp-dev libsqlite3-dev picojson-dev libssl-dev libcrypt-dev libcli11-dev
UNIT_PACKAGES  = catch2
TEST_PACKAGES  = $(UNIT_PACKAGES) curl openssl nginx-light caddy sqlite3 python3 cmake faketime chromium groff-base systemd zsh $(if $(shell command -v npm),,nodejs npm)
DEBIAN13_PACKAGES = debootstrap debian-archive-keyring
CHECK_PACKAGES = clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev python3

# ---- How it is built -----------------------------------------------------------------------------------------------
BUILD    ?= build$(if $(HTTPLIB),-header-only)
CXX      ?= g++
OPTIMISE ?= $(if $(DEBUG),-O0 -g3,-O2 -g1)
SANITIZE ?=
COVERAGE ?=
PREFIX   ?= /usr/local
VERSION  := $(shell sed -n 's/.*GLITCH_AUTH_VERSION_STRING "\(.*\)"/\1/p' web/embed/version.h)
# The number in the soname of the library: it changes when a program built against an older one must not run with it.
SOVERSION := 1

ifeq ($(MAKELEVEL),0)
MAKEFLAGS += --no-print-directory --jobs=$(shell nproc)
endif

# WERROR=1 makes warnings errors: for those who change the sources. A newer compiler than theirs may warn of more.
WERROR   ?=
WARNINGS  = -Wall -Wextra -Wpedantic -Wconversion -Wshadow $(if $(WERROR),-Werror)
MACHINE   := $(firstword $(subst -, ,$(shell $(CXX) -dumpmachine)))
# One set of objects serves the program and the shared library, so they are position-independent; what the library
# exports, its public headers say.
CODE      = -fPIC -fvisibility=hidden -fno-semantic-interposition
BRANCHES_x86_64  = -fcf-protection
BRANCHES_i686    = -fcf-protection
BRANCHES_aarch64 = -mbranch-protection=standard
HARDENING = -fstack-protector-strong -fstack-clash-protection $(BRANCHES_$(MACHINE)) -D_GLIBCXX_ASSERTIONS $(if $(SANITIZE)$(DEBUG)$(COVERAGE),,-D_FORTIFY_SOURCE=2)
# What is built does not depend on the folder, except for builds that are debugged there.
ANYWHERE  = $(if $(SANITIZE)$(DEBUG)$(COVERAGE),,-ffile-prefix-map=$(CURDIR)=.)
# CPPFLAGS, CXXFLAGS, LDFLAGS and LDLIBS, of the environment or the command line, are the caller's: they follow the
# project's own flags and replace none.
OWN_CPPFLAGS = -I. $(if $(DEBUG),-DAUTH_SERVER_DEBUG) -DAUTH_SERVER_VERSION='"$(VERSION)"' $(HTTPLIB_FLAGS)
OWN_CXXFLAGS = -std=c++20 $(OPTIMISE) $(WARNINGS) $(CODE) $(HARDENING) $(ANYWHERE) $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer) $(if $(COVERAGE),--coverage -fprofile-update=atomic) -pthread
OWN_LDFLAGS  = -pie -Wl,-z,relro,-z,now $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(if $(COVERAGE),--coverage) -pthread
ALL_CPPFLAGS = $(OWN_CPPFLAGS) $(CPPFLAGS)
ALL_CXXFLAGS = $(OWN_CXXFLAGS) $(CXXFLAGS)
ALL_LDFLAGS  = $(OWN_LDFLAGS) $(LDFLAGS)
COMPILE      = $(CXX) $(FIRST_INCLUDE) $(ALL_CPPFLAGS) $(ALL_CXXFLAGS)
LINK         = $(CXX) $(ALL_LDFLAGS)

# HTTPLIB=/path/to/httplib.h builds against a header-only copy instead of Debian's library.
ifdef HTTPLIB
$(if $(wildcard $(HTTPLIB)),,$(error HTTPLIB=$(HTTPLIB): there is no such file))
HTTPLIB_FLAGS = -isystem $(dir $(HTTPLIB)) -DCPPHTTPLIB_OPENSSL_SUPPORT -DCPPHTTPLIB_USE_POLL
HTTPLIB_LIBS  =
else
HTTPLIB_FLAGS := $(shell pkg-config --cflags cpp-httplib 2>/dev/null)
HTTPLIB_LIBS  := $(shell pkg-config --libs cpp-httplib 2>/dev/null || echo -lcpp-httplib)
endif

ENGINE_LIBS = -lcrypto -lcrypt
STORE_LIBS  = -lSQLiteCpp -lsqlite3
WEB_LIBS    = $(HTTPLIB_LIBS) -lssl -lcrypto

sources_in     = $(sort $(shell find $(1) -name '*.cpp'))
ENGINE_SOURCES = $(call sources_in,engine)
STORE_SOURCES  = $(call sources_in,store)
WEB_SOURCES    = $(call sources_in,web)
LIBRARY_HALF   = $(call sources_in,web/http web/connection web/api web/embed)

SUPPORT        = $(wildcard tests/support/*.cpp) tests/main.cpp
ENGINE_TESTS   = $(call sources_in,tests/engine) $(SUPPORT)
STORE_TESTS    = $(call sources_in,tests/store tests/contract) $(SUPPORT)
WEB_TESTS      = $(call sources_in,tests/web) $(SUPPORT)
FAULTS_TESTS   = $(call sources_in,tests/faults) $(SUPPORT)
# What starts no thread has no races: these folders are left out of the build for ThreadSanitizer.
ifeq ($(SANITIZE),thread)
WITHOUT_THREADS = tests/engine/text/% tests/web/config/% tests/web/cli/% tests/web/doctor/% \
                  $(filter-out tests/web/http/log%,$(wildcard tests/web/http/*.cpp))
ENGINE_TESTS := $(filter-out $(WITHOUT_THREADS),$(ENGINE_TESTS))
WEB_TESTS    := $(filter-out $(WITHOUT_THREADS),$(WEB_TESTS))
# Only those tests need these folders.
WEB_SOURCES  := $(filter-out web/cli/% web/doctor/%,$(WEB_SOURCES))
endif

CONTRACT_SOURCES = $(filter-out %_test.cpp,$(wildcard tests/contract/*.cpp)) \
                   $(addprefix tests/support/,failing_database.cpp memory_database.cpp memory_sessions.cpp waiting.cpp watchdog.cpp)

COMMA := ,
# V=1 shows whole commands.
QUIET = $(if $(V),,@)
say   = @printf '  %-8s %s\n' '$(1)' '$(2)'

# $(call keep,TEXT) makes a file of this text, and leaves one that has it as it is.
keep = @mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(1))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(1))' > $@

objects = $(patsubst %.cpp,$(BUILD)/%.o,$(1))

LIB_ENGINE  = $(BUILD)/libglitch_auth_engine.a
LIB_STORE   = $(BUILD)/libglitch_auth_store.a
LIB_ALL     = $(BUILD)/libglitch_auth.a
LIB_CONTRACT = $(BUILD)/libglitch_auth_contract.a
# Without Catch2 the contract suites are left out of what is built and installed.
CATCH       := $(wildcard /usr/include/catch2/catch.hpp /usr/include/catch2/catch_all.hpp)
STATIC_LIBRARIES = $(LIB_ENGINE) $(LIB_STORE) $(LIB_ALL) $(if $(CATCH),$(LIB_CONTRACT))
LIB_SHARED  = $(BUILD)/libglitch_auth.so.$(SOVERSION)
# All of web/, the program's half too.
LIB_WEB     = $(BUILD)/libweb.a
SERVER      = $(BUILD)/auth-server
TESTS      = $(BUILD)/engine_tests $(BUILD)/store_tests $(BUILD)/web_tests $(BUILD)/faults_tests

# Catch2 3 is a library.
CATCH_LIBS = $(shell printf '\043if __has_include(<catch2/catch_all.hpp>)\n-lCatch2Main -lCatch2\n\043endif\n' | $(CXX) $(ALL_CPPFLAGS) -std=c++20 -E -P -x c++ -)

.PHONY: all library install-library help reproducible deps packages run static test unit e2e debian13 check tidy coverage mutants format sanitizers asan tsan fuzz fuzzers soak soak-tsan soak-asan bench install clean figures debug compile_commands.json always

all: $(SERVER)  ## build build/auth-server (the default)

help:  ## list what can be done
	@sed -nE 's/^([a-z0-9_.-]+):.*## (.*)/  make \1\t\2/p' Makefile .packaging/packaging.mk | expand -t 28

# ---- Using it ------------------------------------------------------------------------------------------------------

# `make` and `make install` say what is missing and install nothing. Only targets that run or test the program install it.
# With DEPS=skip none of them looks.
install_missing = @tests/tools/packages.sh install $(1)

deps:
	@tests/tools/packages.sh require $(PACKAGES)

packages:  ## install what it takes to build, test and check
	$(call install_missing,$(PACKAGES) $(TEST_PACKAGES) $(CHECK_PACKAGES))

run:  ## install what is missing, build, and start on http://127.0.0.1:8080
	$(call install_missing,$(PACKAGES))
	@$(MAKE) all
	@echo "When it listens, try from another terminal:"
	@echo "  curl -sX POST http://127.0.0.1:8080/api/auth/register -H 'Content-Type: application/json' \\"
	@echo "       -d '{\"email\": \"ada@example.org\", \"password\": \"correct horse battery\", \"delivery\": \"body\"}'"
	@$(SERVER) $(RUN_OPTIONS)

LIBDIR ?= $(PREFIX)/lib
# .packaging/packaging.mk installs the program, and removes both.
install: install-library  ## copy program, manual, service, configuration, library and headers below PREFIX (/usr/local) and SYSCONFDIR (/etc); STRIP= keeps the symbols

# Public headers keep their folders, since they include each other relatively.
PUBLIC_HEADERS = $(wildcard engine/*.h store/*.h web/embed/*.h) web/api/api.h web/api/mount.h tests/contract/contract.h
INCLUDEDIR     = $(DESTDIR)$(PREFIX)/include/glitch_auth
filled_in = sed 's|@PREFIX@|$(PREFIX)|g; s|@LIBDIR@|$(LIBDIR)|g; s|@VERSION@|$(VERSION)|g; s|@SOVERSION@|$(SOVERSION)|g' .packaging/$(1) > $(DESTDIR)$(LIBDIR)/$(2)
install-library: library
	$(foreach header,$(PUBLIC_HEADERS),install -D -m 644 $(header) $(INCLUDEDIR)/$(header) &&) true
	$(foreach header,auth auth_c version,echo '#include "web/embed/$(header).h"' > $(INCLUDEDIR)/$(header).h &&) true
	install -d $(INCLUDEDIR)/testing
	echo '#include "../tests/contract/contract.h"' > $(INCLUDEDIR)/testing/contract.h
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(LIBDIR)/cmake/GlitchAuth
	install -m 644 $(STATIC_LIBRARIES) $(DESTDIR)$(LIBDIR)
	install -m 644 $(LIB_SHARED) $(DESTDIR)$(LIBDIR)/$(notdir $(LIB_SHARED)).$(VERSION)
	$(if $(STRIP),$(STRIP) --strip-unneeded $(DESTDIR)$(LIBDIR)/$(notdir $(LIB_SHARED)).$(VERSION))
	$(if $(STRIP),$(STRIP) --strip-debug $(addprefix $(DESTDIR)$(LIBDIR)/,$(notdir $(STATIC_LIBRARIES))))
	ln -sf $(notdir $(LIB_SHARED)).$(VERSION) $(DESTDIR)$(LIBDIR)/$(notdir $(LIB_SHARED))
	ln -sf $(notdir $(LIB_SHARED)) $(DESTDIR)$(LIBDIR)/libglitch_auth.so
	$(call filled_in,glitch-auth.pc.in,pkgconfig/glitch-auth.pc)
	$(call filled_in,glitch-auth-engine.pc.in,pkgconfig/glitch-auth-engine.pc)
	$(call filled_in,glitch-auth-store.pc.in,pkgconfig/glitch-auth-store.pc)
	$(if $(CATCH),$(call filled_in,glitch-auth-contract.pc.in,pkgconfig/glitch-auth-contract.pc))
	$(call filled_in,GlitchAuthConfig.cmake.in,cmake/GlitchAuth/GlitchAuthConfig.cmake)
	$(call filled_in,GlitchAuthConfigVersion.cmake.in,cmake/GlitchAuth/GlitchAuthConfigVersion.cmake)

clean:  ## remove what was built
	rm -rf $(BUILD) $(BUILD)-debug $(BUILD)-asan $(BUILD)-tsan $(BUILD)-fuzz $(BUILD)-coverage $(BUILD)-header-only tests/e2e/node_modules tests/bench/node/node_modules

# ---- Objects, libraries, programs ----------------------------------------------------------------------------------

# Everything is built again when the compiler or the flags change, unless only the warnings do.
$(BUILD)/flags: always
	$(call keep,$(CXX) $(MACHINE) $(ALL_CPPFLAGS) $(filter-out $(WARNINGS),$(ALL_CXXFLAGS)) $(ALL_LDFLAGS) $(LDLIBS))

$(BUILD)/%.o: %.cpp $(BUILD)/flags | deps
	@mkdir -p $(@D)
	$(call say,compile,$<)
	$(QUIET)$(COMPILE) -MMD -MP -c $< -o $@

# Catch2 2 is one large header: the tests share it precompiled. (It must be the first thing that a source includes.)
CATCH_PCH = $(BUILD)/tests/catch.h.gch
$(CATCH_PCH): tests/catch.h $(BUILD)/flags | deps
	@mkdir -p $(@D)
	$(call say,compile,$<)
	$(QUIET)$(COMPILE) -MMD -MP -w -x c++-header $< -o $@
# These need more of Catch2 than tests do.
CATCH_SETUP = tests/main.cpp tests/support/watchdog.cpp
TEST_OBJECTS = $(call objects,$(filter-out $(CATCH_SETUP),$(ENGINE_TESTS) $(STORE_TESTS) $(WEB_TESTS) $(FAULTS_TESTS)))
$(TEST_OBJECTS): private FIRST_INCLUDE = -include $(BUILD)/tests/catch.h
$(TEST_OBJECTS): $(CATCH_PCH)
# GCC 12 sees overflows in std::string's operator+ that are none (GCC bugs 105329, 105651).
$(TEST_OBJECTS): private WARNINGS += -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow
$(CATCH_PCH) $(TEST_OBJECTS): private OPTIMISE = -O0 -g1
$(CATCH_PCH) $(filter-out $(call objects,$(CONTRACT_SOURCES)),$(TEST_OBJECTS)): private ANYWHERE =
$(CATCH_PCH) $(TEST_OBJECTS): private override COVERAGE :=
ifdef SANITIZE
# Undefined behaviour is looked for in what is tested; in the tests that would take most of the building.
$(CATCH_PCH) $(TEST_OBJECTS): private override SANITIZE := $(subst $(COMMA)undefined,,$(SANITIZE))
endif
# Catch2's own code is neither optimised nor watched.
$(call objects,$(CATCH_SETUP)): private OWN_CXXFLAGS = -std=c++20 -O0 -w -fPIC

# What `auth-server version` says of the build. In an unpacked archive (make dist), even inside another repository, the
# commit is what git has put into .packaging/commit.
COMMIT         = $(or $(shell GIT_CEILING_DIRECTORIES='$(abspath ..)' git describe --always --tags --dirty 2>/dev/null),$(filter-out $$Format%,$(file <.packaging/commit)),unknown)
PICOJSON       = $(or $(shell dpkg-query -W -f '$${Version}' picojson-dev 2>/dev/null),unknown)
BUILD_INFO     = $(BUILD)/web/serve/build_info.o
$(BUILD_INFO): private OWN_CPPFLAGS += -DAUTH_SERVER_COMMIT='"$(COMMIT)"' -DPICOJSON_VERSION='"$(PICOJSON)"'
$(BUILD_INFO): $(BUILD)/commit
$(BUILD)/commit: always
	$(call keep,$(COMMIT))
always:

# The description of the HTTP API becomes a string of the program. (A raw string literal of this length is more than
# ISO C++ asks of a compiler; g++ and clang take it.)
OPENAPI = $(BUILD)/web/api/openapi_document
$(OPENAPI).cpp: web/api/openapi.json
	@mkdir -p $(@D)
	$(call say,embed,$<)
	$(QUIET){ printf '%s\n' '#pragma GCC diagnostic ignored "-Woverlength-strings"' '#include "web/api/openapi_document.h"' \
	    'std::string_view glitch_protocol::web::openApiDocument() {' && \
	  printf '%s' '  return R"json(' && sed 's/^ *//' $< && printf '%s\n' ')json";' '}'; } > $@
$(OPENAPI).o: $(OPENAPI).cpp $(BUILD)/flags | deps
	$(call say,compile,$<)
	$(QUIET)$(COMPILE) -MMD -MP -c $< -o $@

$(LIB_ENGINE): $(call objects,$(ENGINE_SOURCES))
$(LIB_STORE): $(call objects,$(STORE_SOURCES))
$(LIB_WEB): $(call objects,$(WEB_SOURCES)) $(OPENAPI).o
$(LIB_ALL): $(call objects,$(ENGINE_SOURCES) $(STORE_SOURCES) $(LIBRARY_HALF)) $(OPENAPI).o
$(LIB_ENGINE) $(LIB_STORE) $(LIB_WEB) $(LIB_ALL) $(LIB_CONTRACT):
	@rm -f $@
	$(QUIET)ar rcsD $@ $^
$(LIB_SHARED): $(call objects,$(ENGINE_SOURCES) $(STORE_SOURCES) $(LIBRARY_HALF)) $(OPENAPI).o
	$(call say,link,$@)
	$(QUIET)$(filter-out -pie,$(LINK)) -shared -Wl,-soname,$(@F) -Wl,--no-undefined -Wl,--exclude-libs,ALL $^ $(WEB_LIBS) $(STORE_LIBS) $(ENGINE_LIBS) $(LDLIBS) -o $@

# The contract suites, for adapters of other projects.
$(LIB_CONTRACT): $(call objects,$(CONTRACT_SOURCES))

library: $(STATIC_LIBRARIES) $(LIB_SHARED)  ## build the libraries that make install copies

$(SERVER): $(BUILD)/main.o $(BUILD)/wiping_delete.o $(LIB_WEB) $(LIB_STORE) $(LIB_ENGINE)
	$(call say,link,$@)
	$(QUIET)$(LINK) $^ $(WEB_LIBS) $(STORE_LIBS) $(ENGINE_LIBS) $(LDLIBS) -o $@

# One file that needs nothing of the system. Debian's cpp-httplib is a shared library only, hence HTTPLIB. OpenSSL may want
# zlib and zstd (Debian 13's does).
STATIC_LIBS = -lSQLiteCpp -lsqlite3 -lssl -lcrypto $(filter -lz -lzstd,$(shell pkg-config --static --libs libcrypto)) -lcrypt
ifdef HTTPLIB
static: $(SERVER)-static  ## with HTTPLIB=/path/to/httplib.h: build-header-only/auth-server-static, which needs nothing of the system
else
static:
	@echo 'make static needs HTTPLIB=/path/to/httplib.h, for Debian has that as a shared library only.' >&2; exit 1
endif
$(SERVER)-static: $(BUILD)/main.o $(BUILD)/wiping_delete.o $(LIB_WEB) $(LIB_STORE) $(LIB_ENGINE)
	$(call say,link,$@)
	$(QUIET)$(filter-out -pie,$(LINK)) -static-pie $^ $(STATIC_LIBS) $(LDLIBS) -o $@

debug:  ## build build-debug/auth-server: not optimised, debuggers may attach to it, crashes leave core files
	+@$(MAKE) BUILD=$(BUILD)-debug DEBUG=1 all

compile_commands.json:  ## how each source file is compiled, for editors and clang's tools
	@CXX='$(CXX)' FLAGS='$(subst ','\'',$(ALL_CPPFLAGS) $(ALL_CXXFLAGS))' tests/tools/compile_commands.sh > $@

# The engine's tests link the engine and fakes alone: that they link proves that it can be embedded.
$(BUILD)/engine_tests: $(call objects,$(ENGINE_TESTS)) $(LIB_ENGINE)
	$(call say,link,$@)
	$(QUIET)$(LINK) $^ $(CATCH_LIBS) $(ENGINE_LIBS) $(LDLIBS) -o $@
$(BUILD)/store_tests: $(call objects,$(STORE_TESTS)) $(LIB_STORE) $(LIB_ENGINE)
	$(call say,link,$@)
	$(QUIET)$(LINK) $^ $(CATCH_LIBS) $(STORE_LIBS) $(ENGINE_LIBS) $(LDLIBS) -o $@
$(BUILD)/web_tests: $(call objects,$(WEB_TESTS)) $(BUILD)/wiping_delete.o $(LIB_WEB) $(LIB_STORE) $(LIB_ENGINE)
	$(call say,link,$@)
	$(QUIET)$(LINK) $^ $(CATCH_LIBS) $(WEB_LIBS) $(STORE_LIBS) $(ENGINE_LIBS) $(LDLIBS) -o $@
$(BUILD)/faults_tests: $(call objects,$(FAULTS_TESTS)) $(LIB_WEB) $(LIB_STORE) $(LIB_ENGINE)
	$(call say,link,$@)
	$(QUIET)$(LINK) $^ $(CATCH_LIBS) $(WEB_LIBS) $(STORE_LIBS) $(ENGINE_LIBS) $(LDLIBS) -o $@


# ---- Testing it ----------------------------------------------------------------------------------------------------

TEST_OPTIONS ?= --order rand --warn NoAssertions
# As many programs at once as there are cores; what each says is shown when it has ended.
run_unit_tests = printf '%s\n' $(notdir $(TESTS)) | xargs -P "$$(nproc)" -I{} sh -c \
	'said=$$($(1)/{} $(TEST_OPTIONS) 2>&1); result=$$?; printf "%s:\n%s\n" {} "$$said"; exit $$result'

unit:  ## build and run the unit, contract and fault tests
	$(call install_missing,$(PACKAGES) $(UNIT_PACKAGES))
	@$(MAKE) $(TESTS)
	@$(call run_unit_tests,$(BUILD))

e2e:  ## test the program from outside, with real clients
	$(call install_missing,$(PACKAGES) $(TEST_PACKAGES))
	@$(MAKE) all library
	@AUTH_SERVER=$(abspath $(SERVER)) tests/e2e/run.sh

test:  ## install what is missing, build, and run every test
	@$(MAKE) unit
	@$(MAKE) e2e

coverage:  ## lines and branches that the unit tests run, for each folder; FILES="..." shows what never ran in those
	$(call install_missing,$(PACKAGES) $(UNIT_PACKAGES) python3)
	@$(MAKE) BUILD=$(BUILD)-coverage COVERAGE=1 OPTIMISE='-O0 -g0' $(TESTS:$(BUILD)/%=$(BUILD)-coverage/%)
	@find $(BUILD)-coverage -name '*.gcda' -delete
	@$(call run_unit_tests,$(BUILD)-coverage)
	@tests/tools/coverage.py $(BUILD)-coverage $(FILES)

# The choice is always the same one; see tests/tools/mutants.py.
mutants:  ## change MUTANTS (200) operators and conditions, of FILES="..." alone, and report which changes no test notices
	$(call install_missing,$(PACKAGES) $(UNIT_PACKAGES) python3)
	@$(MAKE) $(TESTS)
	@COMPILE='$(filter-out ccache,$(CXX)) $(ALL_CPPFLAGS) -std=c++20 $(CODE) -D_GLIBCXX_ASSERTIONS -pthread' MUTANT_FOLDER=$(BUILD)/mutants \
	    OBJECTS_engine_tests='$(call objects,$(ENGINE_TESTS) $(ENGINE_SOURCES))' \
	    OBJECTS_store_tests='$(call objects,$(STORE_TESTS) $(STORE_SOURCES) $(ENGINE_SOURCES))' \
	    OBJECTS_web_tests='$(call objects,$(WEB_TESTS) $(WEB_SOURCES) $(STORE_SOURCES) $(ENGINE_SOURCES) wiping_delete.cpp) $(OPENAPI).o' \
	    LIBS_engine_tests='$(CATCH_LIBS) $(ENGINE_LIBS)' LIBS_store_tests='$(CATCH_LIBS) $(STORE_LIBS) $(ENGINE_LIBS)' \
	    LIBS_web_tests='$(CATCH_LIBS) $(WEB_LIBS) $(STORE_LIBS) $(ENGINE_LIBS)' tests/tools/mutants.py $(FILES)

# The other Debian that is supported, made by debootstrap below this folder and kept there; `make clean` leaves it.
DEBIAN13 ?= build-debian13
debian13:  ## build, sign in and run the unit tests on a fresh Debian 13, in a chroot (as root)
	$(call install_missing,$(DEBIAN13_PACKAGES))
	@tests/tools/debian13.sh $(DEBIAN13)

reproducible:  ## build the commit twice, in two folders, and compare the bytes of the program and the libraries (minutes)
	$(call install_missing,$(PACKAGES))
	+@tests/tools/reproducible.sh $(BUILD)/reproducible

# A sanitizer's build stands beside the ordinary one. Every reference that might be null or crooked takes the compiler
# longer than all the rest: those faults AddressSanitizer sees when they happen, and make fuzz looks for in the parsers.
sanitized = $(MAKE) BUILD=$(BUILD)-$(1) SANITIZE=$(2) \
	OPTIMISE='-O1 -g1 -fno-sanitize-recover=all -fno-sanitize=null$(COMMA)alignment' $(patsubst $(BUILD)/%,$(BUILD)-$(1)/%,$(3))
export_tsan_options = TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$(abspath tests/tools/tsan.supp); export TSAN_OPTIONS

# Builds what `make fuzz`, `make asan` and `make tsan` run.
sanitizers: deps
	+@$(build_fuzzers)
	+@$(call sanitized,asan,address$(COMMA)undefined,$(TESTS))
	+@$(call sanitized,tsan,thread,$(TESTS))

asan:  ## the unit tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(call install_missing,$(PACKAGES) $(UNIT_PACKAGES))
	+@$(call sanitized,asan,address$(COMMA)undefined,$(TESTS))
	@$(call run_unit_tests,$(BUILD)-asan)

tsan:  ## the unit tests under ThreadSanitizer
	$(call install_missing,$(PACKAGES) $(UNIT_PACKAGES))
	+@$(call sanitized,tsan,thread,$(TESTS))
	@$(export_tsan_options); $(call run_unit_tests,$(BUILD)-tsan)

# libFuzzer comes with clang, so the parsers of outside bytes, and no more, are built once more by it.
FUZZERS = $(patsubst tests/fuzz/%.cpp,$(BUILD)/%,$(wildcard tests/fuzz/*_fuzz.cpp))
FUZZED  = $(wildcard engine/text/*.cpp engine/tokens/*.cpp web/config/*.cpp) \
          $(addprefix engine/,errors.cpp random.cpp secret.cpp) \
          $(addprefix engine/passwords/,bcrypt.cpp common_passwords.cpp common_passwords_data.cpp password_rules.cpp) \
          $(wildcard web/http/*.cpp) \
          $(addprefix web/api/,device_label.cpp event_stream.cpp views.cpp) \
          $(addprefix web/connection/,address.cpp address_shares.cpp answer_head.cpp exchange.cpp framing.cpp queued_events.cpp refusal.cpp \
            responder.cpp stream.cpp streams.cpp transport.cpp)
$(BUILD)/libfuzzed.a: $(call objects,$(FUZZED))
	@rm -f $@
	$(QUIET)ar rcs $@ $^
.SECONDARY: $(FUZZERS:$(BUILD)/%=$(BUILD)/tests/fuzz/%.o)
$(BUILD)/%_fuzz: $(BUILD)/tests/fuzz/%_fuzz.o $(BUILD)/libfuzzed.a
	$(call say,link,$@)
	$(QUIET)$(LINK) -fsanitize=fuzzer $^ $(WEB_LIBS) $(ENGINE_LIBS) $(LDLIBS) -o $@
fuzzers: $(FUZZERS)

build_fuzzers = $(MAKE) BUILD=$(BUILD)-fuzz CXX='$(filter ccache,$(CXX)) clang++-14' \
	SANITIZE=fuzzer-no-link$(COMMA)address$(COMMA)undefined OPTIMISE='-O1 -g1 -fno-sanitize-recover=all' fuzzers

fuzz:  ## fuzz every parser of outside bytes for FUZZ_SECONDS (20) each; FUZZ_ONLY="framing json" only those
	$(call install_missing,$(PACKAGES) $(CHECK_PACKAGES))
	+@$(build_fuzzers)
	@FUZZERS=$(BUILD)-fuzz tests/fuzz/run.sh $(FUZZ_ONLY)

soak:  ## 500 times kill -9 under load, then thousands of slow, idle, resetting clients (a quarter of an hour)
	$(call install_missing,$(PACKAGES) $(TEST_PACKAGES))
	@$(MAKE) all
	@AUTH_SERVER=$(abspath $(SERVER)) KILLS=500 tests/e2e/run.sh ../faults/kill.test.mjs
	@AUTH_SERVER=$(abspath $(SERVER)) tests/soak/run.sh

# Everything at once in one process: tests/soak/mixed_load.cpp.
MIXED_LOAD   = $(BUILD)/mixed_load
SOAK_SECONDS ?= 60
$(MIXED_LOAD): $(call objects,tests/soak/mixed_load.cpp tests/bench/http_client.cpp) $(LIB_WEB) $(LIB_STORE) $(LIB_ENGINE)
	$(call say,link,$@)
	$(QUIET)$(LINK) $^ $(WEB_LIBS) $(STORE_LIBS) $(ENGINE_LIBS) $(LDLIBS) -o $@

soak-tsan:  ## SOAK_SECONDS (60) of mixed load under ThreadSanitizer, cleanup every 10 ms
	$(call install_missing,$(PACKAGES))
	+@$(call sanitized,tsan,thread,$(MIXED_LOAD))
	@$(export_tsan_options); $(BUILD)-tsan/mixed_load $(SOAK_SECONDS)

soak-asan:  ## the same under AddressSanitizer and UndefinedBehaviorSanitizer
	$(call install_missing,$(PACKAGES))
	+@$(call sanitized,asan,address$(COMMA)undefined,$(MIXED_LOAD))
	@$(BUILD)-asan/mixed_load $(SOAK_SECONDS)

bench:  ## measure beside nginx, stock cpp-httplib and what Node offers; prints ratios (minutes)
	$(call install_missing,$(PACKAGES) $(TEST_PACKAGES))
	@$(MAKE) all
	@AUTH_SERVER=$(abspath $(SERVER)) CXX='$(CXX)' FLAGS='$(HTTPLIB_FLAGS)' LIBS='$(WEB_LIBS) $(STORE_LIBS) $(ENGINE_LIBS)' \
	    tests/bench/run.sh

figures:  ## put what a whole run of make bench has printed into the README, and draw its chart
	@node tests/bench/figures.mjs $(wildcard $(BUILD)/bench/table.md)

# What clang's tools need to know.
clang_check = VERSIONS='$(shell dpkg-query -W -f '$${Package} $${Version} ' $(PACKAGES) 2>/dev/null)' \
	FLAGS='-std=c++20 -I. -DAUTH_SERVER_VERSION="\"$(VERSION)\"" $(HTTPLIB_FLAGS)'

check:  ## formatting, the include table, each header alone, locks, clang-tidy on what changed last
	$(call install_missing,$(PACKAGES) $(CHECK_PACKAGES))
	@tests/tools/check_format.sh
	@tests/tools/check_includes.sh
	@CXX='$(CXX)' FLAGS='$(ALL_CPPFLAGS) -std=c++20 $(WARNINGS) -Werror' tests/tools/check_headers.sh
	@$(clang_check) WARNINGS='$(WARNINGS)' KEPT=$(BUILD)/kept/locks tests/tools/check_locks.sh
	@$(clang_check) KEPT=$(BUILD)/kept/tidy tests/tools/check_tidy.sh changed

tidy:  ## clang-tidy on the whole tree; what has passed is not looked at again before it changes (the first run: half an hour)
	$(call install_missing,$(PACKAGES) $(CHECK_PACKAGES))
	@$(clang_check) KEPT=$(BUILD)/kept/tidy tests/tools/check_tidy.sh all

format:  ## reformat every source file
	git ls-files -z '*.cpp' '*.h' | xargs -0 clang-format-14 -i

include .packaging/packaging.mk
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
