// Files that other users of the machine must not read or change.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace glitch_protocol::web {

/// What a file holds. Content that is no secret may be read by everybody, and written by the file's group.
enum class Content { open, secret };

/// A file as it was when it was read.
struct FileText {
  std::string path;
  std::string text;
  mode_t mode = 0;  ///< the permission bits; 0 for pipes and devices, which are how shells hand over text
  bool ownerTrusted =
      true;  ///< the owner is root or the process's own user; anybody, where that user is root
  bool groupTrusted = false;  ///< it is a file of root's, and its group is how a service gets at it
};

/// The whole content of `path`, at most 1 MiB. Throws std::runtime_error with a sentence that names the path.
FileText readFile(const std::string& path);

/// The reason not to use the file for such content, with the remedy; nothing when there is none. A group may
/// read a secret only where it is trusted (root:auth-server 0640).
std::optional<std::string> exposure(const FileText&, Content);

/// Makes `path` with mode 0600, whatever the umask, and returns true once content and name are on the disk.
/// When something of that name exists it returns false and leaves it alone. A crash leaves the whole file or
/// none. Throws std::runtime_error naming path and reason.
bool createPrivateFile(const std::string& path, std::string_view content);

}  // namespace glitch_protocol::web
