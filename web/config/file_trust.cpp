// Walks a path from / on and applies the rules of file_trust.h to what it meets.
#include "web/config/file_trust.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

namespace glitch_protocol::web {
namespace {

constexpr int mostLinks = 40;  // as the kernel's (path_resolution(7))
constexpr std::size_t largestEntry = std::size_t{1} << 20;

/// Calls getpwuid_r or getgrgid_r with a buffer that grows as needed; true if an entry was found.
template <class Entry, class Look>
bool lookUp(Entry& entry, std::vector<char>& room, Look look) {
  for (room.resize(1024); room.size() <= largestEntry; room.resize(2 * room.size())) {
    Entry* found = nullptr;
    const int error = look(&entry, room.data(), room.size(), &found);
    if (error != ERANGE) return found != nullptr;
  }
  return false;
}

std::optional<std::string> nameOf(uid_t user) {
  passwd entry{};
  std::vector<char> room;
  const auto look = [user](passwd* into, char* bytes, std::size_t size, passwd** found) {
    return ::getpwuid_r(user, into, bytes, size, found);
  };
  if (!lookUp(entry, room, look)) return std::nullopt;
  return std::string(entry.pw_name);
}

/// A private group has the name of its user ("user private groups"). In containers often neither has a name; then
/// equal numbers mean the same.
bool hasNoOtherMembers(uid_t owner, gid_t id) {
  const std::optional<std::string> user = nameOf(owner);
  group entry{};
  std::vector<char> room;
  const auto look = [id](group* into, char* bytes, std::size_t size, group** found) {
    return ::getgrgid_r(id, into, bytes, size, found);
  };
  if (!lookUp(entry, room, look)) return !user && owner == id;
  if (!user || *user != entry.gr_name) return false;
  for (char** member = entry.gr_mem; *member != nullptr; ++member)
    if (*user != *member) return false;
  return true;
}

bool isTrusted(uid_t owner, const TrustingUser& user) {
  return owner == 0 || owner == user.id;
}

/// Whether anybody but the owner may write.
bool othersMayWrite(const FileFacts& facts, const TrustingUser& user) {
  if ((facts.mode & S_IWOTH) != 0) return true;
  return (facts.mode & S_IWGRP) != 0 && !user.isPrivateGroup(facts.owner, facts.group);
}

/// For sentences and commands.
std::string nameOrNumber(uid_t user) {
  return nameOf(user).value_or(std::to_string(user));
}

std::string problemWithOwner(const std::string& what, const std::string& path, uid_t owner,
                             const TrustingUser& user) {
  const std::string name = nameOrNumber(owner);
  const std::string belongs = what + path + " belongs to the user " + name;
  if (user.id != 0)
    return belongs + ", who may change it; it must be yours or root's: have root run: chown " +
           nameOrNumber(user.id) + " " + path;
  return belongs + ", and this runs as root: run it as that user (runuser -u " + name +
         " -- auth-server ...), or run: chown root " + path;
}

bool othersMayRead(const FileFacts& facts, const TrustingUser& user) {
  const bool groupIsService = facts.owner == 0 && (user.id != 0 || facts.group != 0);
  return (facts.mode & (groupIsService ? S_IROTH : S_IRGRP | S_IROTH)) != 0;
}

/// The names of a path that have not been walked yet.
using Names = std::deque<std::string>;

void putInFront(Names& names, const std::string& path) {
  const std::filesystem::path parts = std::filesystem::path(path).relative_path();
  names.insert(names.begin(), parts.begin(), parts.end());
}

std::optional<std::string> targetOf(const std::string& link) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  if (size <= 0) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(size));
}

/// Follows a path from / as the kernel does, and checks what it passes. *One thread at a time.*
class Walk {
 public:
  Walk(const std::string& path, Entries entries) : entries_(entries), user_(thisUser()) {
    std::error_code error;
    putInFront(names_, std::filesystem::absolute(path, error).string());
  }

  std::optional<std::string> error() {
    while (!names_.empty() && !fault_) {
      judgeDirectory();
      if (fault_ || !step()) break;
    }
    return fault_;
  }

 private:
  void judgeDirectory() {
    struct stat status {};
    if (::lstat(at_.c_str(), &status) != 0) return;
    const Entries entries = names_.size() == 1 ? entries_ : Entries::existing;
    fault_ = problemWithDirectory(at_.string(), factsOf(status), entries, user_);
  }

  /// False at the end of the path.
  bool step() {
    const std::string name = names_.front();
    names_.pop_front();
    if (name.empty() || name == ".") return true;
    if (name == "..") {
      at_ = at_.parent_path();
      return true;
    }
    const std::filesystem::path next = at_ / name;
    struct stat status {};
    if (::lstat(next.c_str(), &status) != 0) return stopAt(next.string(), errno);
    if (S_ISLNK(status.st_mode)) return follow(next.string(), factsOf(status));
    at_ = next;
    return S_ISDIR(status.st_mode);
  }

  /// A missing entry ends the walk. Anything else that cannot be looked at is an error.
  bool stopAt(const std::string& path, int error) {
    if (error != ENOENT && error != ENOTDIR)
      fault_ =
          "cannot look at " + path + " to see who may change it: " + std::generic_category().message(error);
    return false;
  }

  bool follow(const std::string& link, const FileFacts& facts) {
    fault_ = problemWithFile(link, facts, Content::open, user_);
    const auto target = targetOf(link);
    if (fault_ || !target || ++links_ > mostLinks) return false;
    if (target->starts_with('/')) at_ = "/";
    putInFront(names_, *target);
    return true;
  }

  // constant after construction
  const Entries entries_;
  const TrustingUser user_;
  // the state of the walk
  std::filesystem::path at_ = "/";  ///< free of links
  Names names_;
  int links_ = 0;
  std::optional<std::string> fault_;
};

}  // namespace

FileFacts factsOf(const struct stat& status) {
  using Kind = FileFacts::Kind;
  const Kind kind = S_ISDIR(status.st_mode)   ? Kind::directory
                    : S_ISLNK(status.st_mode) ? Kind::link
                    : S_ISCHR(status.st_mode) ? Kind::device
                                              : Kind::file;
  return {kind, status.st_uid, status.st_gid, status.st_mode & 07777};
}

TrustingUser thisUser() {
  return {::geteuid(), hasNoOtherMembers};
}

std::optional<std::string> problemWithFile(const std::string& path, const FileFacts& facts, Content content,
                                           const TrustingUser& user) {
  const bool isLink = facts.kind == FileFacts::Kind::link;
  if (!isTrusted(facts.owner, user))
    return problemWithOwner(isLink ? "the link " : "", path, facts.owner, user);
  // A link has no mode of its own; devices such as /dev/null keep nothing that anybody has written.
  if (isLink || facts.kind == FileFacts::Kind::device) return std::nullopt;
  const bool isSecret = content == Content::secret;
  const bool isWritable = isSecret ? (facts.mode & (S_IWGRP | S_IWOTH)) != 0 : othersMayWrite(facts, user);
  if (isWritable)
    return "other users may change " + path + "; run: chmod " + (isSecret ? "600 " : "go-w ") + path;
  if (isSecret && othersMayRead(facts, user))
    return "other users may read " + path + "; run: chmod 600 " + path;
  return std::nullopt;
}

std::optional<std::string> problemWithDirectory(const std::string& path, const FileFacts& facts,
                                                Entries entries, const TrustingUser& user) {
  if (!isTrusted(facts.owner, user)) return problemWithOwner("the directory ", path, facts.owner, user);
  if (!othersMayWrite(facts, user)) return std::nullopt;
  const bool isSticky = (facts.mode & S_ISVTX) != 0;
  if (isSticky && entries == Entries::existing) return std::nullopt;
  if (isSticky)
    return "other users may put files of their own into " + path +
           ", beside yours; use a directory that only you "
           "may write to";
  return "other users may replace what is in the directory " + path + "; run: chmod go-w " + path +
         ", or use another directory";
}

std::optional<std::string> problemWithWay(const std::string& path, Entries entries) {
  return Walk(path, entries).error();
}

}  // namespace glitch_protocol::web
