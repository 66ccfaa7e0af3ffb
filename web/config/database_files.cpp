// Applies the rules of file_trust.h to the database and the files beside it.
#include "web/config/database_files.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include "web/config/file_trust.h"

namespace glitch_protocol::web {
namespace {

void refuse(const std::optional<std::string>& error) {
  if (error) throw ConfigError({*error});
}

/// The path of the database after symbolic links; its companions are there too.
std::string realPath(const std::string& database) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(database, error);
  return error ? database : real.string();
}

}  // namespace

void checkDatabaseFiles(const Config& config) {
  refuse(problemWithWay(config.database, Entries::created));
  constexpr std::array companions{"", "-wal", "-shm", "-journal", ".lock"};
  const std::string database = realPath(config.database);
  for (const char* ending : companions) {
    const std::string path = database + ending;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) continue;
    refuse(problemWithFile(path, factsOf(status), Content::open, thisUser()));
  }
}

void checkTargetOfBackup(const std::string& path) {
  refuse(problemWithWay(path));
}

void checkSourceOfRestore(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    throw ConfigError({"cannot read " + path + ": " + std::generic_category().message(errno)});
  refuse(problemWithWay(path));
  refuse(problemWithFile(path, factsOf(status), Content::open, thisUser()));
}

}  // namespace glitch_protocol::web
