#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace glitch_protocol::web {

/// Rising order of importance; a log drops what is below its level.
enum class LogLevel { debug, info, warning, error };

/// text: `2026-11-23T04:15:00.000Z info login_succeeded user=u1 ip=203.0.113.7`
/// json: `{"time":"2026-11-23T04:15:00.000Z","level":"info","event":"login_succeeded","user":"u1"}`
enum class LogFormat { text, json };

/// The fields of one event, in the order in which they are printed. Names are the program's own words
/// (letters, digits, `_`); values may be anything a client sent.
using LogFields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Where events are written down: one event is one line, whatever the values contain. Control characters,
/// quotes, backslashes, bidirectional and invisible format characters and invalid UTF-8 are escaped, so that
/// nobody forges a line, colours a terminal or hides a word.
///
/// A line that cannot be written (disk full, closed pipe) is lost; logging never fails its caller.
///
/// *Thread-safe.* Lines of several threads never mix.
class Log {
 public:
  using Now = std::function<std::chrono::system_clock::time_point()>;
  /// Receives one whole line with its line end. Called by one thread at a time.
  using Sink = std::function<void(std::string_view line)>;

  /// One write(2) a line to `descriptor`, which stays the caller's and must outlive the log.
  Log(LogLevel lowest, LogFormat format, Now now, int descriptor = 2);
  /// Hands each line to `sink` instead.
  Log(LogLevel lowest, LogFormat format, Now now, Sink sink);

  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Whether an event of this level would be written; saves preparing the values of one that would not.
  bool enabled(LogLevel level) const { return level >= lowest_; }

  void write(LogLevel level, std::string_view event, LogFields fields = {});

 private:
  // Constant after construction.
  const LogLevel lowest_;
  const LogFormat format_;
  const Now now_;

  // Guarded by mutex_.
  std::mutex mutex_;
  const Sink sink_;
};

}  // namespace glitch_protocol::web
