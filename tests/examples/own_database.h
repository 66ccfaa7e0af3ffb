// A database of an app's own for auth-server: everything in memory, and each write on a copy of it.
#pragma once
#include <glitch_auth/engine/database_adapter.h>
#include <glitch_auth/engine/errors.h>
#include <glitch_auth/engine/nesting_guard.h>
#include <glitch_auth/engine/site.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace own {

using namespace glitch_protocol;

struct Tables {
  std::map<UserId, User> users;
  std::map<SessionId, Session> sessions;
  std::map<LineageId, Lineage> lineages;
  std::map<std::uint64_t, AuditEvent> history;
  std::map<std::uint64_t, Change> changes;
  std::uint64_t lastEvent = 0, lastChange = 0, purgedChange = 0;
};

template <class Map, class Key>
auto lookUp(const Map& rows, const Key& key) {
  const auto found = rows.find(key);
  return found == rows.end() ? std::nullopt : std::optional(found->second);
}

/// At most `limit` of the rows for which `matches` is true, in the order of `precedes`.
template <class Map, class Matches, class Precedes>
auto select(const Map& rows, std::size_t limit, Matches matches, Precedes precedes) {
  std::vector<typename Map::mapped_type> chosen;
  for (const auto& [key, row] : rows)
    if (matches(row)) chosen.push_back(row);
  std::ranges::stable_sort(chosen, precedes);
  if (chosen.size() > limit) chosen.resize(limit);
  return chosen;
}

/// Removes at most `limit` of the rows for which `matches` is true, in the order of their keys.
template <class Map, class Matches>
std::size_t purgeFrom(Map& rows, std::size_t limit, Matches matches) {
  std::size_t count = 0;
  std::erase_if(rows, [&](const auto& row) { return count < limit && matches(row.second) && ++count > 0; });
  return count;
}

constexpr auto inOrderOfKeys = [](const auto&, const auto&) { return false; };
constexpr auto oldest = [](const Session& a, const Session& b) {
  return std::pair(a.createdAt, a.id) < std::pair(b.createdAt, b.id);
};
constexpr auto mostActive = [](const auto& a, const auto& b) {
  return std::tuple(b.lastActivity, b.createdAt, a.id) < std::tuple(a.lastActivity, a.createdAt, b.id);
};

struct Users : UsersWriter {
  Tables& tables;
  explicit Users(Tables& all) : tables(all) {}

  std::optional<User> find(const UserId& id) override { return lookUp(tables.users, id); }
  std::optional<User> findByEmail(std::string_view email) override {
    const auto found = select(
        tables.users, 1, [&](const User& one) { return one.email == email; }, inOrderOfKeys);
    return found.empty() ? std::nullopt : std::optional(found.front());
  }
  std::vector<User> list(std::string_view after, std::size_t limit) override {
    return select(
        tables.users, limit, [&](const User& one) { return one.email > after; },
        [](const User& a, const User& b) { return a.email < b.email; });
  }
  bool insert(const User& user) override {
    return !findByEmail(user.email) && tables.users.emplace(user.id, user).second;
  }
  bool update(const User& user) override {
    const auto old = find(user.id);
    const auto holder = findByEmail(user.email);
    if (!old || (holder && holder->id != user.id)) return false;
    tables.users[user.id] = user;
    tables.users[user.id].createdAt = old->createdAt;
    return true;
  }
  bool remove(const UserId& id) override;
};

struct Lineages : LineagesWriter {
  Tables& tables;
  explicit Lineages(Tables& all) : tables(all) {}

  std::optional<Lineage> find(const LineageId& id) override { return lookUp(tables.lineages, id); }
  void insert(const Lineage& lineage) override {
    if (!tables.sessions.contains(lineage.sessionId)) throw StoreError("a lineage of no session");
    if (!tables.lineages.emplace(lineage.id, lineage).second)
      throw StoreError("a lineage with an id that exists");
  }
  bool advance(const LineageId& id, std::uint64_t from, TimePoint rotatedAt, TimePoint expiresAt) override {
    const auto found = tables.lineages.find(id);
    if (found == tables.lineages.end() || found->second.counter != from) return false;
    found->second.counter = from + 1;
    found->second.rotatedAt = rotatedAt;
    found->second.expiresAt = expiresAt;
    return true;
  }
  std::size_t removeOf(const SessionId& session) override {
    return purgeFrom(tables.lineages, SIZE_MAX, [&](const Lineage& one) { return one.sessionId == session; });
  }
  std::size_t purgeExpired(TimePoint before, std::size_t limit) override {
    return purgeFrom(tables.lineages, limit, [&](const Lineage& one) { return one.expiresAt < before; });
  }
};

struct Sessions : SessionsWriter {
  Tables& tables;
  explicit Sessions(Tables& all) : tables(all) {}

  static auto liveAt(TimePoint now) {
    return [now](const Session& one) { return !one.endedAt && one.expiresAt > now; };
  }
  static auto liveOf(const UserId& user, TimePoint now) {
    return [user, now](const Session& one) { return one.userId == user && liveAt(now)(one); };
  }
  template <class Apply>
  bool change(const SessionId& id, Apply apply) {
    const auto found = tables.sessions.find(id);
    if (found == tables.sessions.end() || found->second.endedAt) return false;
    apply(found->second);
    return true;
  }

  std::optional<Session> find(const SessionId& id) override { return lookUp(tables.sessions, id); }
  std::vector<Session> listLive(const UserId& user, TimePoint now, const std::optional<SessionCursor>& after,
                                std::size_t limit) override {
    return select(
        tables.sessions, limit,
        [&](const Session& one) {
          return liveOf(user, now)(one) &&
                 (!after || mostActive(*after, SessionCursor{one.lastActivity, one.createdAt, one.id}));
        },
        mostActive);
  }
  std::vector<Session> listOldestLive(const UserId& user, TimePoint now, std::size_t limit) override {
    return select(tables.sessions, limit, liveOf(user, now), oldest);
  }
  std::vector<Session> listAll(const UserId& user, std::size_t limit) override {
    return select(
        tables.sessions, limit, [&](const Session& one) { return one.userId == user; }, oldest);
  }
  std::uint64_t countLive(const UserId& user, TimePoint now) override {
    return select(tables.sessions, SIZE_MAX, liveOf(user, now), oldest).size();
  }
  std::uint64_t countLive(TimePoint now) override {
    return select(tables.sessions, SIZE_MAX, liveAt(now), oldest).size();
  }
  bool hasFromSite(const UserId& user, std::string_view site) override {
    return std::ranges::any_of(listAll(user, SIZE_MAX),
                               [&](const Session& one) { return siteOf(one.client.ipAddress) == site; });
  }

  void insert(const Session& session) override {
    if (!tables.sessions.emplace(session.id, session).second)
      throw StoreError("a session with an id that exists");
  }
  bool end(const SessionId& id, TimePoint at, std::string_view reason) override {
    return change(id, [&](Session& one) { one.endedAt = at, one.endReason = reason; });
  }
  bool touch(const SessionId& id, TimePoint at) override {
    return change(id, [&](Session& one) { one.lastActivity = std::max(one.lastActivity, at); });
  }
  bool extend(const SessionId& id, TimePoint at) override {
    return change(id, [&](Session& one) { one.expiresAt = at; });
  }
  bool setTokensFrom(const SessionId& id, TimePoint from) override {
    return change(id, [&](Session& one) { one.tokensFrom = from; });
  }
  bool setSocketId(const SessionId& id, const std::optional<SocketId>& socket) override {
    const auto found = tables.sessions.find(id);
    if (found == tables.sessions.end()) return false;
    found->second.socketId = socket;
    return true;
  }
  std::vector<Session> listExpired(TimePoint now, std::size_t limit) override {
    return select(
        tables.sessions, limit, [&](const Session& one) { return !one.endedAt && one.expiresAt <= now; },
        [](const Session& a, const Session& b) { return a.expiresAt < b.expiresAt; });
  }
  std::size_t purgeEnded(TimePoint before, std::size_t limit) override {
    const std::size_t count = purgeFrom(
        tables.sessions, limit, [&](const Session& one) { return one.endedAt && *one.endedAt < before; });
    purgeFrom(tables.lineages, SIZE_MAX,
              [&](const Lineage& one) { return !tables.sessions.contains(one.sessionId); });
    return count;
  }
};

inline bool Users::remove(const UserId& id) {
  if (tables.users.erase(id) == 0) return false;
  purgeFrom(tables.sessions, SIZE_MAX, [&](const Session& one) { return one.userId == id; });
  purgeFrom(tables.lineages, SIZE_MAX,
            [&](const Lineage& one) { return !tables.sessions.contains(one.sessionId); });
  return true;
}

struct Audit : AuditWriter {
  Tables& tables;
  explicit Audit(Tables& all) : tables(all) {}

  template <class Matches>
  std::vector<AuditEvent> latest(Matches matches, std::size_t limit) {
    return select(tables.history, limit, matches, [](const AuditEvent& a, const AuditEvent& b) {
      return std::pair(a.time, a.id) > std::pair(b.time, b.id);
    });
  }
  std::vector<AuditEvent> list(const UserId& user, std::size_t limit) override {
    return latest([&](const AuditEvent& one) { return one.userId == user; }, limit);
  }
  std::vector<AuditEvent> listLatest(std::size_t limit) override {
    return latest([](const AuditEvent&) { return true; }, limit);
  }
  void insert(const AuditEvent& event) override {
    tables.history[++tables.lastEvent] = event;
    tables.history[tables.lastEvent].id = tables.lastEvent;
  }
  std::size_t purge(TimePoint before, std::size_t limit) override {
    return purgeFrom(tables.history, limit, [&](const AuditEvent& one) { return one.time < before; });
  }
};

struct Changes : ChangesWriter {
  Tables& tables;
  explicit Changes(Tables& all) : tables(all) {}

  ChangePage listAfter(std::uint64_t position, std::size_t limit) override {
    ChangePage page{position >= tables.purgedChange && position <= tables.lastChange, tables.lastChange, {}};
    if (page.complete)
      page.changes = select(
          tables.changes, limit, [&](const Change& one) { return one.position > position; }, inOrderOfKeys);
    return page;
  }
  void insert(const Change& change) override {
    tables.changes[++tables.lastChange] = change;
    tables.changes[tables.lastChange].position = tables.lastChange;
  }
  std::size_t purge(TimePoint before, std::size_t limit) override {
    std::size_t count = 0;
    for (; count < limit && !tables.changes.empty() && tables.changes.begin()->second.at < before; ++count) {
      tables.purgedChange = tables.changes.begin()->first;
      tables.changes.erase(tables.changes.begin());
    }
    return count;
  }
};

template <class Port>
struct Transaction : Port {
  explicit Transaction(Tables& tables)
      : users_(tables), sessions_(tables), lineages_(tables), audit_(tables), changes_(tables) {}
  Users& users() override { return users_; }
  Sessions& sessions() override { return sessions_; }
  Lineages& lineages() override { return lineages_; }
  Audit& audit() override { return audit_; }
  Changes& changes() override { return changes_; }

 private:
  Users users_;
  Sessions sessions_;
  Lineages lineages_;
  Audit audit_;
  Changes changes_;
};

class Database : public DatabaseAdapter {
 public:
  void read(const std::function<void(Reader&)>& look) override {
    const NestingGuard guard(this);
    const std::lock_guard lock(mutex_);
    Transaction<Reader> transaction(tables_);
    look(transaction);
  }
  void write(const std::function<void(Writer&)>& change) override {
    const NestingGuard guard(this);
    const std::lock_guard lock(mutex_);
    Tables changed = tables_;
    Transaction<Writer> transaction(changed);
    change(transaction);
    std::swap(tables_, changed);  // not if `change` has thrown an exception
  }

 private:
  std::mutex mutex_;
  Tables tables_;
};

}  // namespace own
