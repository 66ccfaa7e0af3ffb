// The syntax of auth.conf: `key = value`, one to a line.
#pragma once

#include <string_view>
#include <vector>

#include "web/config/config.h"

namespace glitch_protocol::web {

/// The assignments of a configuration file, in its order. `name` is how messages call the file.
///
/// A line is empty, a comment (its first visible character is #) or an assignment; blanks around key and
/// value do not count. There are no quotes, no escapes and no comments behind a value. Throws ConfigError,
/// with a line for each fault, for anything else: a byte order mark, carriage returns, control characters,
/// text that is not UTF-8, a line without `=`, an unknown or repeated key, an empty value. What a value may
/// be is not looked at.
std::vector<Assignment> parseConfigFile(std::string_view text, std::string_view name);

}  // namespace glitch_protocol::web
