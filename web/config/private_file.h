// Files that other users of the machine must not read or change.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "web/config/file_trust.h"

namespace glitch_protocol::web {

/// A file as it was when it was read. Pipes, which are how shells hand over text, are files too.
struct FileText {
  std::string path;
  std::string text;
  FileFacts facts;
};

/// The whole content of `path`, at most 1 MiB. Throws std::runtime_error with a sentence that names the path.
FileText readFile(const std::string& path);

/// The reason not to use the file for such content, with the remedy; nothing when there is none. Judged are the
/// file that was read, and the way to it (file_trust.h).
std::optional<std::string> exposure(const FileText&, Content);

/// Makes `path` with mode 0600, whatever the umask, and returns true once content and name are on the disk.
/// When something of that name exists it returns false and leaves it alone. A crash leaves the whole file or
/// none. Throws std::runtime_error naming path and reason.
bool createPrivateFile(const std::string& path, std::string_view content);

}  // namespace glitch_protocol::web
