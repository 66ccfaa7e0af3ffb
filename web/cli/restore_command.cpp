// The command `restore`: puts a backup in the place of the database.
//
// A backup knows nothing of what came after it: a refresh token that was exchanged, or whose session was ended, since then
// would be accepted once more, also for somebody who has stolen it. So the sessions end before the copy is in place.
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "engine/audit_events.h"
#include "engine/clock.h"
#include "engine/end_reasons.h"
#include "web/cli/command.h"
#include "web/config/database_files.h"
#include "web/serve/instance_lock.h"

namespace glitch_protocol::web {
namespace {

/// Ends all sessions in the database, also of users who have no row. Returns how many.
std::size_t endAllSessions(DatabaseAdapter& database, TimePoint now) {
  constexpr std::size_t perTransaction = 500;
  std::size_t ended = 0;
  for (;;) {
    std::vector<Session> sessions;
    database.write([&](Writer& writer) {
      sessions = writer.sessions().listExpired(TimePoint::max(), perTransaction);  // all that have not ended
      for (const Session& session : sessions) {
        writer.sessions().end(session.id, now, end_reason::terminated);
        writer.audit().insert({now, std::string(audit::sessionTerminated), session.userId, session.id,
                               session.client, Actor::server});
      }
    });
    ended += sessions.size();
    if (sessions.size() < perTransaction) return ended;
  }
}

void recordRestore(DatabaseAdapter& database, TimePoint now) {
  const ClientInfo operatorsCommand{"", "auth-server restore"};
  database.write([&](Writer& writer) {
    writer.audit().insert(
        {now, std::string(audit::databaseRestored), {}, {}, operatorsCommand, Actor::operatorCommand});
  });
}

}  // namespace

ExitCode restore(CommandContext& context) {
  const Config& config = context.loaded.config;
  const std::string& file = context.arguments.file;
  const TimePoint now = systemClock().now();
  const bool keepsSessions = context.arguments.restoredSessions == RestoredSessions::kept;
  checkSourceOfRestore(file);
  checkDatabaseFiles(config);
  const InstanceLock noServerRuns(config.database);

  std::size_t ended = 0;
  const std::string previous = context.backends.restoreBackup(config, file, now, [&](OperableDatabase& copy) {
    if (!keepsSessions) ended = endAllSessions(copy, now);
    recordRestore(copy, now);
  });

  std::ostream& err = context.terminal.err;
  err << "restored " << printable(config.database) << " from " << printable(file) << '\n';
  if (!previous.empty()) err << "the previous database is kept as " << printable(previous) << '\n';
  if (keepsSessions)
    err << "sessions that were ended since the backup are alive again\n";
  else
    err << "ended " << ended << (ended == 1 ? " session\n" : " sessions\n");
  return ExitCode::done;
}

}  // namespace glitch_protocol::web
