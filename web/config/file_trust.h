// Who can change or replace a file: the rules for every file that the server relies on.
//
// A file is trusted when nobody but root and the user who runs this process can change what its path leads to:
//   1. The file belongs to one of the two, and only its owner may write to it.
//   2. The same holds for each directory on the way to it from / on, and for each symbolic link on the way, with
//      what the link leads to.
//   3. A sticky directory such as /tmp is accepted although others may write to it: they cannot rename or remove
//      there what belongs to a trusted user.
//   4. A group whose only member is the owner counts as the owner (Debian gives each user such a group, and makes
//      files writable by it).
// Root trusts only root: the owner of a file that root relies on has the power of root.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

namespace glitch_protocol::web {

/// Who may read a file: everybody (`open`), or only its owner and the service (`secret`).
enum class Content { open, secret };

/// What must be safe in a directory: its existing entries only, or also that others create no new ones.
enum class Entries { existing, created };

/// What stat(2) says.
struct FileFacts {
  enum class Kind { file, directory, link, device };
  Kind kind = Kind::file;
  uid_t owner = 0;
  gid_t group = 0;
  mode_t mode = 0;  ///< the permission bits with S_ISVTX
};
FileFacts factsOf(const struct stat&);

/// The user who runs the process. `isPrivateGroup` says whether `owner` is the only member of `group`.
struct TrustingUser {
  uid_t id = 0;
  std::function<bool(uid_t owner, gid_t group)> isPrivateGroup;
};
/// The effective user of this process.
TrustingUser thisUser();

/// Why the file or link itself is not trusted, with the remedy; nothing if it is. A secret that belongs to root may
/// be readable by a group, which is how a service reads it (root:auth-server 0640), but not by root's own group.
std::optional<std::string> problemWithFile(const std::string& path, const FileFacts&, Content,
                                           const TrustingUser&);
/// Why the content of a directory is not trusted; nothing if it is.
std::optional<std::string> problemWithDirectory(const std::string& path, const FileFacts&, Entries,
                                                const TrustingUser&);

/// Why the directories and links on the way to `path` are not trusted, by rules 2 and 3; nothing if they are. The
/// file itself is not checked and need not exist; `entries` applies to the directory that contains it. What this
/// process cannot look at is not trusted.
std::optional<std::string> problemWithWay(const std::string& path, Entries entries = Entries::existing);

}  // namespace glitch_protocol::web
