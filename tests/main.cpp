// Catch2 2 brings its main as a macro; Catch2 3 links its own (Makefile).
#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
