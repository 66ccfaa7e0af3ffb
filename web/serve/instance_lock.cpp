#include "web/serve/instance_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace glitch_protocol::web {
namespace {

// A separate file: closing any descriptor of the database file would drop the locks of SQLite.
std::string lockPath(const std::string& database) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(database, error);
  return (error ? std::filesystem::path(database) : real).string() + ".lock";
}

/// " (process 1234)" if the holder has written its number; otherwise "".
std::string holder(int file) {
  std::array<char, 16> text{};
  const ssize_t size = ::pread(file, text.data(), text.size(), 0);
  const std::string number(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const bool isNumber = !number.empty() && number.find_first_not_of("0123456789") == std::string::npos;
  return isNumber ? " (process " + number + ")" : "";
}

int lock(const std::string& path, const std::string& database) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0)
    throw std::runtime_error("cannot make " + path + ": " + std::generic_category().message(errno) +
                             "; let the user that runs this program write to that directory");
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  const int error = errno;
  const std::string who = holder(file);
  ::close(file);
  if (error != EWOULDBLOCK)
    throw std::runtime_error("cannot lock " + path + ": " + std::generic_category().message(error));
  throw std::runtime_error("another auth-server" + who + " serves the database " + database +
                           "; stop it first, or name another database");
}

void writeProcessId(int file) {
  const std::string number = std::to_string(::getpid());
  // Used only in a message, so a full disk does not matter here.
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, number.data(), number.size(), 0) < 0) return;
}

}  // namespace

InstanceLock::InstanceLock(const std::string& database)
    : path_(lockPath(database)), file_(lock(path_, database)) {
  writeProcessId(file_);
}

InstanceLock::~InstanceLock() {
  ::close(file_);
}

}  // namespace glitch_protocol::web
