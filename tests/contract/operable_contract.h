// The executable form of engine/operable_database.h.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/operable_database.h"

namespace glitch_protocol::contract {

/// Creates a new, empty database.
using MakeOperableDatabase = std::function<std::unique_ptr<OperableDatabase>()>;

/// `freeFile` returns the name of a new file that does not exist. Catch2 calls this function once for each section.
void databaseIsOperable(const MakeOperableDatabase& make, const std::function<std::string()>& freeFile);

}  // namespace glitch_protocol::contract
