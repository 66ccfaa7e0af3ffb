#include "web/api/device_label.h"

#include <algorithm>
#include <array>
#include <span>

namespace glitch_protocol::web {

namespace {

struct Mark {
  std::string_view inAgent;
  std::string_view name;
};

// The first match wins: most browsers also claim to be those further down.
constexpr std::array browsers = std::to_array<Mark>({
    {"Edg/", "Edge"},
    {"EdgA/", "Edge"},
    {"EdgiOS/", "Edge"},
    {"OPR/", "Opera"},
    {"SamsungBrowser/", "Samsung Internet"},
    {"Vivaldi/", "Vivaldi"},
    {"YaBrowser/", "Yandex Browser"},
    {"Seamonkey/", "SeaMonkey"},
    {"FxiOS/", "Firefox"},
    {"Firefox/", "Firefox"},
    {"CriOS/", "Chrome"},
    {"HeadlessChrome/", "Headless Chrome"},
    {"Electron/", "Electron"},
    {"Chromium/", "Chromium"},
    {"Chrome/", "Chrome"},
    {"Safari/", "Safari"},
    {"Trident/", "Internet Explorer"},
});

constexpr std::array systems = std::to_array<Mark>({
    {"Windows", "Windows"},
    {"Android", "Android"},
    {"iPhone", "iPhone"},
    {"iPad", "iPad"},
    {"CrOS", "ChromeOS"},
    {"Macintosh", "macOS"},
    {"FreeBSD", "FreeBSD"},
    {"OpenBSD", "OpenBSD"},
    {"Linux", "Linux"},
    {"X11", "Linux"},
});

// Programs whose user agent begins with their own name.
constexpr std::array programs = std::to_array<Mark>({
    {"curl/", "curl"},
    {"Wget/", "Wget"},
    {"HTTPie/", "HTTPie"},
    {"PostmanRuntime/", "Postman"},
    {"insomnia/", "Insomnia"},
    {"python-requests/", "Python"},
    {"python-httpx/", "Python"},
    {"Python-urllib/", "Python"},
    {"Python/", "Python"},
    {"Go-http-client/", "Go"},
    {"okhttp/", "OkHttp"},
    {"Java/", "Java"},
    {"Java-http-client/", "Java"},
    {"axios/", "Node.js"},
    {"node-fetch/", "Node.js"},
    {"node", "Node.js"},
    {"undici", "Node.js"},
    {"Deno/", "Deno"},
    {"Bun/", "Bun"},
    {"cpp-httplib/", "cpp-httplib"},
    {"Dart/", "Dart"},
});

std::string_view firstFound(std::span<const Mark> marks, std::string_view agent) {
  const auto found = std::ranges::find_if(
      marks, [&](const Mark& mark) { return agent.find(mark.inAgent) != std::string_view::npos; });
  return found == marks.end() ? std::string_view{} : found->name;
}

std::string_view programAt(std::string_view agent) {
  const auto found =
      std::ranges::find_if(programs, [&](const Mark& mark) { return agent.starts_with(mark.inAgent); });
  return found == programs.end() ? std::string_view{} : found->name;
}

}  // namespace

std::string deviceLabel(std::string_view userAgent) {
  if (const auto program = programAt(userAgent); !program.empty()) return std::string(program);
  const auto browser = firstFound(browsers, userAgent);
  const auto system = firstFound(systems, userAgent);
  if (browser.empty() && system.empty()) return "Unknown device";
  if (browser.empty()) return std::string(system);
  if (system.empty()) return std::string(browser);
  return std::string(browser).append(" on ").append(system);
}

std::string deviceOrAgent(std::string_view userAgent) {
  constexpr std::size_t widest = 40;
  std::string label = deviceLabel(userAgent);
  return label == deviceLabel("") && !userAgent.empty() ? std::string(userAgent.substr(0, widest)) : label;
}

}  // namespace glitch_protocol::web
