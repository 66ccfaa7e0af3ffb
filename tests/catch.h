// The one include for Catch2: Debian 12 ships version 2 (one header), Debian 13 version 3 (a library).
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
