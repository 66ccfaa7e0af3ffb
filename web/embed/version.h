// The version of the library; the Makefile reads it from here.
#pragma once

/// major * 10000 + minor * 100 + patch, for #if.
#define GLITCH_AUTH_VERSION 100
#define GLITCH_AUTH_VERSION_STRING "0.1.0"
