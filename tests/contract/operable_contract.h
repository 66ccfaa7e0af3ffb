// The executable form of engine/operable_database.h.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/operable_database.h"

namespace glitch_protocol::contract {

/// Makes an empty database, a new one each time.
using MakeOperableDatabase = std::function<std::unique_ptr<OperableDatabase>()>;

/// `freeFile` names a file that does not exist, a new one each time. Each call checks one section, as Catch2's
/// sections do.
void databaseIsOperable(const MakeOperableDatabase& make, const std::function<std::string()>& freeFile);

}  // namespace glitch_protocol::contract
