// The Makefile defines AUTH_SERVER_COMMIT and PICOJSON_VERSION for this file only, so that a new commit
// recompiles no other file.
#include "web/serve/build_info.h"

#include <httplib.h>
#include <CLI/Version.hpp>

#ifndef AUTH_SERVER_COMMIT
#define AUTH_SERVER_COMMIT "unknown"
#endif
#ifndef PICOJSON_VERSION
#define PICOJSON_VERSION "unknown"
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BUILT_WITH_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BUILT_WITH_SANITIZER 1
#endif
#endif

namespace glitch_protocol::web {

namespace {

#ifdef BUILT_WITH_SANITIZER
constexpr std::string_view buildType = "sanitizer";
#elif defined(__OPTIMIZE__)
constexpr std::string_view buildType = "release";
#else
constexpr std::string_view buildType = "debug";
#endif

#ifdef __clang__
constexpr std::string_view compiler = "clang++ " __clang_version__;
#else
constexpr std::string_view compiler = "g++ " __VERSION__;
#endif

}  // namespace

BuildInfo buildInfo() {
  return {AUTH_SERVER_VERSION, AUTH_SERVER_COMMIT, buildType, compiler};
}

std::vector<Library> webLibraries() {
  return {{"cpp-httplib", CPPHTTPLIB_VERSION}, {"picojson", PICOJSON_VERSION}, {"CLI11", CLI11_VERSION}};
}

}  // namespace glitch_protocol::web
