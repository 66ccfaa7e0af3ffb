// Turns evidence into findings.
#pragma once

#include "web/doctor/diagnosis.h"
#include "web/doctor/evidence.h"

namespace glitch_protocol::web {

/// Judges the evidence, and nothing else. If the server cannot be reached, only that and the findings about its
/// files are reported.
Diagnosis diagnose(const Evidence&);

// The judgements, in the order of the diagnosis.

Check judgeConnection(const Evidence&);
Check judgeCertificate(const Evidence&);
Check judgeCookie(const Evidence&);
Check judgeOrigins(const Evidence&);
Check judgeAddress(const Evidence&);
Check judgeClock(const Evidence&);
Check judgeEvents(const Evidence&);
Check judgeFiles(const Evidence&);

}  // namespace glitch_protocol::web
