// Who may change a file, or put another one in its place: the rule for every file that the server believes.
//
// A file is trusted when nobody but root and the user who runs this process can change what its path leads to:
//   1. The file belongs to one of the two, and only its owner may write to it.
//   2. The same holds for each directory on the way to it from / on, and for each symbolic link on the way, with
//      what the link leads to.
//   3. A sticky directory such as /tmp, in which others may write, is passed through all the same: what belongs to
//      a trusted user cannot be renamed or removed there by others.
//   4. A group without other members than the owner counts as the owner (Debian gives each user such a group, and
//      with it files that the group may write to).
// Root trusts root alone: whoever owns a file that root believes is as good as root.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

namespace glitch_protocol::web {

/// What a file holds: `open` content may be read by everybody.
enum class Content { open, secret };

/// What of a directory matters: that what is in it stays what it is, or also that others put nothing new beside
/// it.
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

/// The user who asks. `isPrivateGroup` tells whether a group has no other members than its owner.
struct TrustingUser {
  uid_t id = 0;
  std::function<bool(uid_t owner, gid_t group)> isPrivateGroup;
};
/// The one who runs this process, on this machine.
TrustingUser thisUser();

/// Why not to believe the file or link itself, with the remedy; nothing when there is no reason. A group may read
/// a secret of root's, which is how a service gets at it (root:auth-server 0640), but not one of root's own group.
std::optional<std::string> faultOfFile(const std::string& path, const FileFacts&, Content,
                                       const TrustingUser&);
/// Why not to believe what is in a directory.
std::optional<std::string> faultOfDirectory(const std::string& path, const FileFacts&, Entries,
                                            const TrustingUser&);

/// Why not to believe what the directories and links on the way to `path` lead to, by rules 2 and 3. The file
/// itself is not judged and need not exist; `entries` is what matters of the directory that it is in. What this
/// process may not look at is not believed.
std::optional<std::string> faultOfWay(const std::string& path, Entries entries = Entries::existing);

}  // namespace glitch_protocol::web
