// Checks the database file through the file system and through SQLite's file layer.
#include "store/sqlite/database_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <system_error>

#include "engine/errors.h"
#include "store/sqlite/schema.h"

namespace glitch_protocol::inline v1::store {
namespace {

/// The first bytes of a database file (sqlite.org/fileformat2.html, 1.3).
using Header = std::array<unsigned char, 100>;
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t userVersionOffset = 60;
constexpr std::size_t applicationIdOffset = 68;

std::string reason() {
  return std::error_code(errno, std::generic_category()).message();
}

std::int64_t bigEndian32(const Header& header, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | header[offset + i];
  return value;
}

void refuseUnusualPath(const std::string& path) {
  if (path.empty()) throw StoreError("no database file is named");
  if (path.find('\0') != std::string::npos) throw StoreError("the name of the database file contains a NUL");
  // SQLite would open these as a temporary database, as one in memory, or as a URI with its own settings.
  if (path == ":memory:" || path.starts_with("file:"))
    throw StoreError("the database must be the path of a file, not " + path);
}

std::optional<struct stat> statusOf(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return status;
  if (errno == ENOENT) return std::nullopt;
  throw StoreError("cannot access " + path + ": " + reason());
}

void createFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) throw StoreError("cannot create the database " + path + ": " + reason());
  const bool owned = ::fchmod(file, S_IRUSR | S_IWUSR) == 0 && ::fsync(file) == 0;
  ::close(file);
  if (!owned) throw StoreError("cannot create the database " + path + ": " + reason());
  syncDirectoryOf(path);
}

void refuseUnsafeFile(const std::string& path, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) throw StoreError("the database " + path + " is not a regular file");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    throw StoreError("other users may access the database " + path + "; run: chmod 600 " + path);
}

/// SQLite creates and deletes the log and its index beside the database.
void refuseReadOnlyDirectory(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const char* const directory = parent.empty() ? "." : parent.c_str();
  if (::faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) == 0) return;
  throw StoreError("cannot write beside the database " + path + ": " + reason() +
                   "; let the user that runs this program write to its directory");
}

/// SQLite deletes a log that it finds beside an empty database, with all data that exists only there.
void refuseOrphanedLog(const std::string& path) {
  const auto log = statusOf(logPath(path));
  if (log && log->st_size > 0)
    throw StoreError("the database " + path + " is missing or empty, but its log " + logPath(path) +
                     " has content: restore the database, or remove the log to start with an empty database");
}

/// Reads through SQLite's file layer, which keeps the locks that this process has on the file.
Header readHeader(const SqliteOptions& options) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (vfs == nullptr) throw StoreError("there is no SQLite VFS named " + options.vfs);
  std::string fullPath(static_cast<std::size_t>(vfs->mxPathname) + 1, '\0');
  const int found = vfs->xFullPathname(vfs, options.path.c_str(), vfs->mxPathname + 1, fullPath.data());
  if (found != SQLITE_OK && found != SQLITE_OK_SYMLINK)
    throw StoreError("the path of the database is too long");
  const std::unique_ptr<const char, void (*)(const char*)> name(
      sqlite3_create_filename(fullPath.c_str(), "", "", 0, nullptr), sqlite3_free_filename);
  const auto storage = std::make_unique<std::byte[]>(static_cast<std::size_t>(vfs->szOsFile));
  auto* file = new (storage.get()) sqlite3_file{};
  Header header{};
  int result = vfs->xOpen(vfs, name.get(), file, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, nullptr);
  if (result == SQLITE_OK)
    result = file->pMethods->xRead(file, header.data(), static_cast<int>(header.size()), 0);
  if (file->pMethods != nullptr) file->pMethods->xClose(file);
  if (result != SQLITE_OK && result != SQLITE_IOERR_SHORT_READ)
    throw StoreError("cannot read the database " + options.path + ": " + sqlite3_errstr(result));
  return header;
}

bool isDatabase(const Header& header) {
  return std::memcmp(header.data(), magic.data(), magic.size()) == 0;
}

/// Strict, because a database that is opened for tests will be emptied; a test database is marked from the beginning.
void refuseUnlessForTests(const SqliteOptions& options, const struct stat& status) {
  const Header header = status.st_size > 0 ? readHeader(options) : Header{};
  const std::int64_t application = isDatabase(header) ? bigEndian32(header, applicationIdOffset) : 0;
  if (application == testApplicationId) return;
  const std::string what = application == applicationId ? "belongs to a server" : "is not a test database";
  throw StoreError(
      "the database " + options.path + " " + what +
      ", and auth-server stub empties its database at every reset: name a file that does not exist "
      "yet, and it creates one");
}

void refuseUnlessForProduction(const SqliteOptions& options) {
  const Header header = readHeader(options);
  if (!isDatabase(header))
    throw StoreError("the file " + options.path + " is not a database of this program");
  const std::int64_t application = bigEndian32(header, applicationIdOffset);
  if (application == testApplicationId)
    throw StoreError(
        "the database " + options.path +
        " is a test database, made by auth-server stub with passwords and a secret that others know: "
        "name another database");
  // Neither is set: possibly an interrupted first start. WriteConnection decides by its tables.
  if (application == 0 && bigEndian32(header, userVersionOffset) == 0) return;
  if (application != applicationId)
    throw StoreError("the database " + options.path + " belongs to another program");
}

void refuseNewerFile(const SqliteOptions& options) {
  const std::int64_t version = bigEndian32(readHeader(options), userVersionOffset);
  if (version > currentSchemaVersion())
    throw StoreError("the database " + options.path + " has schema version " + std::to_string(version) +
                     "; this program supports versions up to " + std::to_string(currentSchemaVersion()));
}

}  // namespace

std::string logPath(const std::string& path) {
  return path + "-wal";
}

void syncDirectoryOf(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const int directory = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) throw StoreError("cannot open the directory of " + path + ": " + reason());
  const bool synced = ::fsync(directory) == 0;
  ::close(directory);
  if (!synced) throw StoreError("cannot sync the directory of " + path + ": " + reason());
}

void checkDatabaseFile(const SqliteOptions& options) {
  refuseUnusualPath(options.path);
  const auto status = statusOf(options.path);
  if (status) refuseUnsafeFile(options.path, *status);
  if (!status || status->st_size == 0) refuseOrphanedLog(options.path);
  if (!status) return;
  if (options.use == DatabaseUse::tests)
    refuseUnlessForTests(options, *status);
  else if (status->st_size > 0)
    refuseUnlessForProduction(options);
  if (status->st_size > 0) refuseNewerFile(options);
}

void prepareDatabaseFile(const SqliteOptions& options) {
  checkDatabaseFile(options);
  refuseReadOnlyDirectory(options.path);
  if (!statusOf(options.path)) createFile(options.path);
}

FileIdentity::FileIdentity(const std::string& path) : database_(look(path)), log_(look(logPath(path))) {}

void FileIdentity::check() const {
  if (check(database_) < database_.length)
    throw StoreError("the file " + database_.path +
                     " was truncated while in use: stop the server and restore the database");
  check(log_);
}

void FileIdentity::noteLength() {
  database_.length = std::max(database_.length, check(database_));
}

FileIdentity::File FileIdentity::look(const std::string& path) {
  const auto status = statusOf(path);
  if (!status) throw StoreError("the file " + path + " is missing");
  return {path, status->st_dev, status->st_ino, status->st_size};
}

off_t FileIdentity::check(const File& file) {
  const auto status = statusOf(file.path);
  if (!status || status->st_dev != file.device || status->st_ino != file.inode)
    throw StoreError("the file " + file.path + " was moved, replaced or removed while in use");
  return status->st_size;
}

}  // namespace glitch_protocol::inline v1::store
