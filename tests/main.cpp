// The main function of each test program. Catch2 3 links one of its own (Makefile).
#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
