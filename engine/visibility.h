// What the shared library exports: everything else in it is hidden (-fvisibility=hidden).
#pragma once

/// Stands before the name of the namespace that a public header opens: what the header declares is exported.
#define GLITCH_AUTH_PUBLIC [[gnu::visibility("default")]]
