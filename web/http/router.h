// Finds the row of a route table that answers a request.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "web/http/url_encoded.h"

namespace glitch_protocol::web {

/// The result of looking a request up.
enum class RouteFound {
  no,           ///< no row has this path
  row,          ///< a row has this path and method
  otherMethod,  ///< rows have the path but not the method; always for TRACE, which no path supports
  options,      ///< OPTIONS for a path that a row has
};

/// Looks requests up in one or more tables of rows. A row has the members `method` ("GET" also answers HEAD)
/// and `path`. Paths are compared byte by byte; a segment "*" in the path of a row matches any one non-empty
/// segment. Rows are borrowed and must outlive the router. *One thread at a time* while rows are added, then
/// *immutable*.
template <class Row>
class Router {
 public:
  void add(const Row& row) { rows_.push_back(&row); }
  void add(std::span<const Row> table) {
    for (const Row& row : table) add(row);
  }

  struct Match {
    RouteFound found = RouteFound::no;
    const Row* row = nullptr;        ///< for RouteFound::row
    std::vector<std::string> parts;  ///< what each "*" matched, percent-decoded
  };
  Match find(std::string_view method, std::string_view path) const {
    bool known = false;
    for (const Row* row : rows_) {
      if (!fits(row->path, path)) continue;
      if (answers(*row, method)) return {RouteFound::row, row, partsOf(row->path, path)};
      known = true;
    }
    if (method == "TRACE") return {RouteFound::otherMethod, nullptr, {}};
    if (!known) return {};
    return {method == "OPTIONS" ? RouteFound::options : RouteFound::otherMethod, nullptr, {}};
  }

  /// The value of Allow for a path: "GET, HEAD, OPTIONS". For an unknown path, every method that any row has.
  std::string allowedMethods(std::string_view path) const {
    const bool known = std::ranges::any_of(rows_, [&](const Row* row) { return fits(row->path, path); });
    std::vector<std::string_view> methods;
    for (const Row* row : rows_) {
      const bool isListed = std::ranges::find(methods, row->method) != methods.end();
      if (!isListed && (!known || fits(row->path, path))) methods.push_back(row->method);
    }
    std::string allowed;
    for (const std::string_view method : methods)
      allowed.append(method).append(method == "GET" ? ", HEAD, " : ", ");
    return allowed + "OPTIONS";
  }

 private:
  static bool answers(const Row& row, std::string_view method) {
    return row.method == method || (row.method == "GET" && method == "HEAD");
  }

  static std::string_view nextSegment(std::string_view& path) {
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(segment.size() + 1, path.size()));
    return segment;
  }

  static bool fits(std::string_view pattern, std::string_view path) {
    if (pattern == path) return true;
    if (pattern.find('*') == std::string_view::npos || path.ends_with('/') != pattern.ends_with('/'))
      return false;
    while (!pattern.empty() && !path.empty()) {
      const std::string_view wanted = nextSegment(pattern);
      const std::string_view segment = nextSegment(path);
      if (wanted == "*" ? segment.empty() : wanted != segment) return false;
    }
    return pattern.empty() && path.empty();
  }

  static std::vector<std::string> partsOf(std::string_view pattern, std::string_view path) {
    std::vector<std::string> parts;
    if (pattern.find('*') == std::string_view::npos) return parts;
    while (!pattern.empty()) {
      const std::string_view segment = nextSegment(path);
      if (nextSegment(pattern) == "*") parts.push_back(percentDecoded(segment));
    }
    return parts;
  }

  std::vector<const Row*> rows_;
};

}  // namespace glitch_protocol::web
