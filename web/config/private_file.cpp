// Reads whole files, and creates files that only their owner can read.
#include "web/config/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace glitch_protocol::web {
namespace {

constexpr std::size_t largestFile = std::size_t{1} << 20;

[[noreturn]] void fail(const std::string& action, const std::string& path, int error) {
  throw std::runtime_error("cannot " + action + " " + path + ": " + std::generic_category().message(error));
}

/// An open file. *One thread at a time.*
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  const int number_;
};

std::string readAll(int file, const std::string& path) {
  std::string text;
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t count = ::read(file, part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", path, errno);
    if (count == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(count));
    if (text.size() > largestFile)
      throw std::runtime_error("cannot read " + path + ": it is larger than 1 MiB");
  }
}

void writeAll(int file, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t count = ::write(file, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("write", path, errno);
    content.remove_prefix(static_cast<std::size_t>(count));
  }
}

void syncDirectoryOf(const std::string& path) {
  std::string directory = std::filesystem::path(path).parent_path().string();
  if (directory.empty()) directory = ".";
  const Descriptor file(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.number() < 0 || ::fsync(file.number()) != 0) fail("write", directory, errno);
}

}  // namespace

FileText readFile(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.number() < 0) fail("read", path, errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) fail("read", path, errno);
  return {path, readAll(file.number(), path), factsOf(status)};
}

std::optional<std::string> exposure(const FileText& file, Content content) {
  if (auto error = problemWithFile(file.path, file.facts, content, thisUser())) return error;
  return problemWithWay(file.path);
}

bool createPrivateFile(const std::string& path, std::string_view content) {
  // Written under a temporary name, then linked: link() fails if the name exists, so of two processes that start at
  // the same time one creates the file and the other finds it complete.
  std::string temporary = path + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // 0600
  if (file.number() < 0) fail("create", path, errno);
  int error = 0;
  try {
    writeAll(file.number(), content, path);
    if (::fsync(file.number()) != 0) fail("write", path, errno);
    if (::link(temporary.c_str(), path.c_str()) != 0) error = errno;
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  ::unlink(temporary.c_str());
  if (error == EEXIST) return false;
  if (error != 0) fail("create", path, error);
  syncDirectoryOf(path);
  return true;
}

}  // namespace glitch_protocol::web
