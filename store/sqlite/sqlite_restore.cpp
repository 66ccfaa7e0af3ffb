// Copies a backup, checks the copy, and renames it into the place of a database.
//
// The order of the renames: SQLite applies a log to whatever database it finds beside it, so the previous log must be gone
// before the copy appears. The previous database goes first: between the two renames its log has no database, which the
// next start refuses (database_file.h), whereas a database without its log would be an older state without a warning.
#include "store/sqlite_restore.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/errors.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_connection.h"

namespace glitch_protocol::inline v1::store {
namespace {

constexpr std::array sideFiles{"-wal", "-journal"};  // may contain data that is not in the database file yet
constexpr const char* indexOfLog = "-shm";           // SQLite makes it anew

[[noreturn]] void fail(const std::string& action, const std::string& path) {
  throw StoreError("cannot " + action + " " + path + ": " +
                   std::error_code(errno, std::generic_category()).message());
}

[[noreturn]] void refuse(const std::string& backup, const std::string& reason) {
  throw StoreError("cannot restore " + backup + ": " + reason);
}

std::optional<struct stat> statusOf(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? std::optional(status) : std::nullopt;
}

/// An open file. *One thread at a time.*
class File {
 public:
  File(int descriptor, const std::string& path) : descriptor_(descriptor) {
    if (descriptor_ < 0) fail("open", path);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(descriptor_); }
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

/// The backup, open for reading.
class Backup {
 public:
  /// Refuses what cannot be a complete database: a log beside it has changes that the file lacks.
  Backup(const std::string& path, const std::string& database)
      : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), path) {
    struct stat status {};
    if (::fstat(file_.get(), &status) != 0) fail("read", path);
    if (!S_ISREG(status.st_mode)) refuse(path, "it is not a regular file");
    const auto present = statusOf(database);
    if (present && present->st_dev == status.st_dev && present->st_ino == status.st_ino)
      refuse(path, "it is the database itself");
    for (const char* ending : sideFiles)
      if (const auto beside = statusOf(path + ending); beside && beside->st_size > 0)
        refuse(path, "there is a log beside it (" + path + ending +
                         "), so it is no backup; make one with auth-server backup");
  }

  void copyTo(int target) const {
    std::array<char, 65'536> part;
    for (;;) {
      const ssize_t size = ::read(file_.get(), part.data(), part.size());
      if (size < 0) fail("read", path_);
      if (size == 0) return;
      writeAll(target, part.data(), static_cast<std::size_t>(size));
    }
  }

 private:
  void writeAll(int target, const char* bytes, std::size_t size) const {
    while (size > 0) {
      const ssize_t written = ::write(target, bytes, size);
      if (written < 0) fail("copy", path_);
      bytes += written;
      size -= static_cast<std::size_t>(written);
    }
  }

  const std::string path_;
  const File file_;
};

/// A copy under a temporary name in the directory of the database; removed with this object unless it was moved.
class Copy {
 public:
  Copy(const Backup& backup, const std::string& database) : path_(database + ".restore-XXXXXX") {
    const File file(::mkostemp(path_.data(), O_CLOEXEC), path_);  // 0600
    try {
      backup.copyTo(file.get());
    } catch (...) {
      remove();
      throw;
    }
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  ~Copy() {
    if (!moved_) remove();
  }

  const std::string& path() const { return path_; }

  /// Call it when no connection has the copy open.
  void sync() const {
    if (const auto log = statusOf(logPath(path_)); log && log->st_size > 0)
      throw StoreError("cannot write " + path_ + ": its log could not be moved into it");
    const File file(::open(path_.c_str(), O_RDWR | O_CLOEXEC), path_);
    if (::fsync(file.get()) != 0) fail("write", path_);
  }

  void moveTo(const std::string& database) {
    if (::rename(path_.c_str(), database.c_str()) != 0) fail("create", database);
    moved_ = true;
  }

 private:
  void remove() const {
    for (const char* ending : {"", "-wal", "-journal", "-shm"}) ::unlink((path_ + ending).c_str());
  }

  std::string path_;
  bool moved_ = false;
};

/// Why the copy is not an undamaged database of this program; empty if it is.
std::string problemWith(const Copy& copy, const SqliteOptions& options) {
  SqliteOptions own = options;
  own.path = copy.path();
  try {
    SqliteConnection connection(own, Access::readWrite);
    const std::int64_t application = connection.number("PRAGMA application_id");
    const std::int64_t version = connection.number("PRAGMA user_version");
    if (application != applicationIdOf(options.use) && application == testApplicationId)
      return "it is a test database, made by auth-server stub";
    if (application != applicationIdOf(options.use) || version < 1)
      return "it is not a database of this program";
    if (version > currentSchemaVersion())
      return "it has schema version " + std::to_string(version) + "; this program supports versions up to " +
             std::to_string(currentSchemaVersion());
    Query check = connection.query("PRAGMA integrity_check(1)");
    return check.step() && check.text(0) == "ok" ? "" : "it is damaged: " + check.text(0);
  } catch (const StoreError& failure) {
    return failure.what();
  }
}

/// "20261125T131828Z"
std::string compact(TimePoint time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

/// The renames that keep the previous database; undone with this object unless they are final. *One thread at a time.*
class KeptFiles {
 public:
  KeptFiles() = default;
  KeptFiles(const KeptFiles&) = delete;
  KeptFiles& operator=(const KeptFiles&) = delete;
  ~KeptFiles() {
    for (auto move = moves_.rbegin(); move != moves_.rend(); ++move)
      ::rename(move->second.c_str(), move->first.c_str());
  }

  /// Does nothing if there is no such file.
  void move(const std::string& from, const std::string& to) {
    if (!statusOf(from)) return;
    if (statusOf(to)) throw StoreError("there is already a file " + to + "; try again in a second");
    if (::rename(from.c_str(), to.c_str()) != 0) fail("rename", from);
    moves_.emplace_back(from, to);
  }
  bool areNone() const { return moves_.empty(); }
  void makeFinal() { moves_.clear(); }

 private:
  std::vector<std::pair<std::string, std::string>> moves_;
};

std::string putInPlace(Copy& copy, const std::string& database, TimePoint now) {
  std::string kept = database + ".before-restore-" + compact(now);
  KeptFiles previous;
  previous.move(database, kept);
  for (const char* ending : sideFiles) previous.move(database + ending, kept + ending);
  if (::unlink((database + indexOfLog).c_str()) != 0 && errno != ENOENT)
    fail("remove", database + indexOfLog);
  copy.moveTo(database);
  if (previous.areNone()) kept.clear();
  previous.makeFinal();
  syncDirectoryOf(database);
  return kept;
}

}  // namespace

std::string restoreBackup(const SqliteOptions& options, const std::string& backup, TimePoint now,
                          const std::function<void(SqliteDatabase&)>& prepare) {
  std::error_code failure;
  const std::string database = std::filesystem::weakly_canonical(options.path, failure).string();
  if (failure) throw StoreError("cannot find " + options.path + ": " + failure.message());
  Copy copy(Backup(backup, database), database);
  if (const std::string reason = problemWith(copy, options); !reason.empty()) refuse(backup, reason);
  SqliteOptions own = options;
  own.path = copy.path();
  {
    SqliteDatabase opened(own);
    prepare(opened);
  }
  copy.sync();
  return putInPlace(copy, database, now);
}

}  // namespace glitch_protocol::inline v1::store
