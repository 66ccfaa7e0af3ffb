#pragma once

#include "web/doctor/diagnosis.h"
#include "web/doctor/evidence.h"

namespace glitch_protocol::web {

/// What is wrong. Looks at nothing but the evidence. Of a server that cannot be reached only that is said,
/// beside what its files show.
Diagnosis diagnose(const Evidence&);

// The single judgements, in the order of the diagnosis.

Check judgeConnection(const Evidence&);
Check judgeCertificate(const Evidence&);
Check judgeCookie(const Evidence&);
Check judgeOrigins(const Evidence&);
Check judgeAddress(const Evidence&);
Check judgeClock(const Evidence&);
Check judgeEvents(const Evidence&);
Check judgeFiles(const Evidence&);

}  // namespace glitch_protocol::web
