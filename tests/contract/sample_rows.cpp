// Describes rows as text.
#include "tests/contract/sample_rows.h"

#include <sstream>

namespace glitch_protocol::sample {
namespace {

/// Collects fields, each in brackets so that empty ones are visible.
class Fields {
 public:
  Fields& operator<<(const std::string& text) {
    out_ << '[' << text << ']';
    return *this;
  }
  Fields& operator<<(TimePoint time) { return *this << std::to_string((time - epoch).count()) + " ms"; }
  template <class Tag>
  Fields& operator<<(const Id<Tag>& id) {
    return *this << id.str();
  }
  template <class Value>
  Fields& operator<<(const std::optional<Value>& value) {
    return value ? *this << *value : *this << std::string("none");
  }
  std::string str() const { return out_.str(); }

 private:
  std::ostringstream out_;
};

}  // namespace

std::string describe(const User& user) {
  Fields fields;
  fields << user.id << user.email << user.name << user.passwordHash << user.createdAt << user.disabledAt
         << user.passwordChangedAt;
  return fields.str();
}

std::string describe(const Session& session) {
  Fields fields;
  fields << session.id << session.userId << session.client.ipAddress << session.client.userAgent
         << session.createdAt << session.lastActivity << session.expiresAt << session.endedAt
         << session.endReason << session.socketId << session.tokensFrom;
  return fields.str();
}

std::string describe(const Lineage& lineage) {
  Fields fields;
  fields << std::string(lineage.id.bytes.begin(), lineage.id.bytes.end()) << lineage.sessionId
         << std::to_string(lineage.counter) << lineage.createdAt << lineage.rotatedAt << lineage.expiresAt;
  return fields.str();
}

std::string describe(const AuditEvent& event) {
  Fields fields;
  fields << event.time << event.event << event.userId << event.sessionId << event.client.ipAddress
         << event.client.userAgent << std::to_string(static_cast<int>(event.actor));
  return fields.str();
}

std::string usersOf(DatabaseAdapter& database) {
  std::string ids;
  for (const User& user : readFrom(database, [](Reader& reader) { return reader.users().list("", 100'000); }))
    ids += user.id.str() + ' ';
  return ids;
}

std::string everythingAbout(DatabaseAdapter& database, const UserId& user) {
  std::string text;
  database.read([&](Reader& reader) {
    text = describe(reader.users().find(user)) + '\n';
    for (const Session& session : reader.sessions().listLive(user, TimePoint::min()))
      text += describe(session) + '\n';
    for (const AuditEvent& event : reader.audit().list(user, 1000)) text += describe(event) + '\n';
    for (int last = 0; last < 256; ++last)
      if (const auto lineage = reader.lineages().find(lineageId(static_cast<std::uint8_t>(last))))
        text += describe(*lineage) + '\n';
  });
  return text;
}

}  // namespace glitch_protocol::sample
