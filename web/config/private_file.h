// Files that other users of the machine must not read or change.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "web/config/file_trust.h"

namespace glitch_protocol::web {

/// A file as it was when it was read. Pipes are accepted too: shells pass text through them.
struct FileText {
  std::string path;
  std::string text;
  FileFacts facts;
};

/// The whole content of `path`, at most 1 MiB. Throws std::runtime_error with a sentence that names the path.
FileText readFile(const std::string& path);

/// Why the file must not be used for such content, with the remedy; nothing if it may. Checks the file that was
/// read and the path to it (file_trust.h).
std::optional<std::string> exposure(const FileText&, Content);

/// Creates `path` with mode 0600, whatever the umask, and returns true once content and name are on disk. If the
/// name exists, returns false and does not touch it. A crash leaves the whole file or none. Throws std::runtime_error naming path and reason.
bool createPrivateFile(const std::string& path, std::string_view content);

}  // namespace glitch_protocol::web
