// Copies a database to a new file with VACUUM INTO.
//
// SQLite's backup interface starts over whenever another process writes, so it might never finish beside a busy server;
// it would also have to run on the write connection. VACUUM INTO reads one snapshot, does not wait, takes no lock that
// a writer needs, and leaves no free pages in the copy. While it runs the write-ahead log cannot restart, so a busy
// server's log grows for that long.
#include "store/sqlite/backup_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "engine/errors.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/sqlite_connection.h"

namespace glitch_protocol::inline v1::store {
namespace {

constexpr char vacuumInto[] = "VACUUM INTO ?";

[[noreturn]] void refuse(const std::string& file) {
  throw StoreError("cannot write the backup " + file + ": " +
                   std::error_code(errno, std::generic_category()).message());
}

/// A new empty file in the directory of `file`; removed with this object unless it has been moved into place.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& file) : target_(file), path_(file + ".XXXXXX") {
    // mkostemp() creates it with mode 0600; SQLite accepts an existing target if it is empty.
    const int descriptor = ::mkostemp(path_.data(), O_CLOEXEC);
    if (descriptor < 0) refuse(file);
    ::close(descriptor);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!moved_) ::unlink(path_.c_str());
  }

  const std::string& path() const { return path_; }

  /// SQLite does not sync what VACUUM INTO writes.
  void sync() {
    const int descriptor = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) refuse(target_);
    const bool synced = ::fsync(descriptor) == 0 && ::fchmod(descriptor, S_IRUSR | S_IWUSR) == 0;
    ::close(descriptor);
    if (!synced) refuse(target_);
  }

  void moveIntoPlace() {
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) != 0) {
      // Some file systems do not support RENAME_NOREPLACE. link() is atomic too, and also refuses an existing name.
      if (errno != EINVAL && errno != ENOSYS) refuse(target_);
      if (::link(path_.c_str(), target_.c_str()) != 0) refuse(target_);
      ::unlink(path_.c_str());
    }
    moved_ = true;
  }

 private:
  const std::string target_;
  std::string path_;
  bool moved_ = false;
};

/// Only avoids useless work; moveIntoPlace() guarantees that nothing is overwritten.
void refuseExisting(const std::string& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) return;
  errno = EEXIST;
  refuse(file);
}

}  // namespace

void backUp(SqliteConnection& connection, const std::string& name) {
  // Absolute, so that SQLite cannot take a name such as "file:x" for a URI.
  std::error_code failure;
  const std::string file = std::filesystem::absolute(name, failure).string();
  if (failure) throw StoreError("cannot write the backup " + name + ": " + failure.message());
  refuseExisting(file);
  TemporaryFile temporary(file);
  connection.query(vacuumInto).bind(std::string_view(temporary.path())).run();
  temporary.sync();
  temporary.moveIntoPlace();
  syncDirectoryOf(file);
}

}  // namespace glitch_protocol::inline v1::store
