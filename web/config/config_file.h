// The syntax of auth.conf: `key = value`, one per line.
#pragma once

#include <string_view>
#include <vector>

#include "web/config/config.h"

namespace glitch_protocol::web {

/// The assignments of a configuration file, in its order. Messages call the file `name`.
///
/// A line is empty, a comment (its first visible character is #) or an assignment; blanks around key and
/// value are ignored. There are no quotes, no escapes and no comments after a value. Throws ConfigError,
/// with a line for each error, for anything else: a byte order mark, carriage returns, control characters,
/// text that is not UTF-8, a line without `=`, an unknown or repeated key, an empty value. Values are
/// not checked here.
std::vector<Assignment> parseConfigFile(std::string_view text, std::string_view name);

}  // namespace glitch_protocol::web
