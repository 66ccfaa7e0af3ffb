#include "web/http/log.h"

#include <exception>
#include <new>
#include <string>
#include <utility>

namespace glitch_protocol::web {
namespace {

/// The maximum size of a value that is kept until its sum is written. There can be LogRepeats::maxPairs sums.
constexpr std::size_t maxSummedValueBytes = 256;

LogWriter::DroppedLine droppedLine(LogFormat format, Log::Now now) {
  return [format, now = std::move(now)](std::uint64_t count) {
    return formatLogLine(format, now(), LogLevel::warning, "log_lines_dropped",
                         formatLogFields(format, {{"count", std::to_string(count)}}));
  };
}

}  // namespace

Log::Log(LogLevel lowest, LogFormat format, Now now, int descriptor)
    : lowest_(lowest),
      format_(format),
      now_(std::move(now)),
      writer_(std::make_unique<LogWriter>(descriptor, droppedLine(format, now_))) {}

Log::Log(LogLevel lowest, LogFormat format, Now now, Sink sink)
    : lowest_(lowest), format_(format), now_(std::move(now)), sink_(std::move(sink)) {}

Log::~Log() {
  try {
    writeAllSums();
  } catch (const std::exception&) {
    // Out of memory, or the sink failed: no place is left to report it.
  }
}

template <class Step>
void Log::orCountDropped(Step step) {
  try {
    step();
  } catch (const std::bad_alloc&) {
    if (writer_) writer_->countDropped();
  }
}

void Log::write(LogLevel level, std::string_view event, LogFields fields) {
  if (!enabled(level)) return;
  orCountDropped([&] { writeLine(level, event, formatLogFields(format_, fields)); });
}

void Log::writeRepeatable(LogLevel level, std::string_view event, std::string_view address,
                          LogFields fields) {
  if (!enabled(level)) return;
  orCountDropped([&] {
    const auto sum =
        repeats_.add(level, event, address, formatLogFields(format_, fields, maxSummedValueBytes), now_());
    if (!sum) return;
    if (sum->repeated == 0) return writeLine(level, event, formatLogFields(format_, fields));
    writeSum(*sum);
  });
}

void Log::writeDueSums() {
  writeSums(LogRepeats::Sums::due);
}

void Log::writeAllSums() {
  writeSums(LogRepeats::Sums::all);
}

void Log::writeSums(LogRepeats::Sums which) {
  orCountDropped([&] {
    for (const RepeatSum& sum : repeats_.expire(which, now_())) writeSum(sum);
  });
}

void Log::writeSum(const RepeatSum& sum) {
  std::string fields = sum.fields;
  fields += formatLogFields(format_, {{"repeated", std::to_string(sum.repeated)}});
  if (sum.source == RepeatSource::severalAddresses)
    fields += formatLogFields(format_, {{"addresses", "several"}});
  writeLine(sum.level, sum.event, fields);
}

void Log::writeLine(LogLevel level, std::string_view event, std::string_view fields) {
  const std::string line = formatLogLine(format_, now_(), level, event, fields);
  if (writer_) return writer_->write(line);
  const MutexLock lock(mutex_);
  sink_(line);
}

std::uint64_t Log::linesDropped() const {
  return writer_ ? writer_->dropped() : 0;
}

std::uint64_t Log::eventsSummedUp() const {
  return repeats_.counted();
}

}  // namespace glitch_protocol::web
