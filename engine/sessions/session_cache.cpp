// Stores entries as records (record.h), and keeps their generations in a fixed number of counters.
#include "engine/sessions/session_cache.h"

#include <algorithm>

#include "engine/sessions/record.h"

namespace glitch_protocol::inline v1 {

namespace {

constexpr std::string_view sessionKind = "session:";
constexpr std::string_view listKind = "sessions:";
constexpr std::string_view ownerKind = "user:";

std::string key(std::string_view kind, std::string_view id) {
  std::string result;
  result.reserve(kind.size() + id.size());
  result.append(kind).append(id);
  return result;
}

// The owner is not written: it is part of the entry's key.
void write(RecordWriter& out, const SessionInfo& session) {
  out.text(session.id.str());
  out.text(session.client.ipAddress);
  out.text(session.client.userAgent);
  out.time(session.createdAt);
  out.time(session.lastActivity);
  out.time(session.expiresAt);
}

SessionInfo readSession(RecordReader& in, const UserId& user) {
  SessionInfo session;
  session.id = SessionId{std::string{in.text()}};
  session.userId = user;
  session.client.ipAddress = in.text();
  session.client.userAgent = in.text();
  session.createdAt = in.time();
  session.lastActivity = in.time();
  session.expiresAt = in.time();
  return session;
}

}  // namespace

SessionCache::SessionCache(CacheAdapter& cache, RandomSource& random, std::chrono::milliseconds ttl)
    : cache_(cache), ttl_(ttl), baseGeneration_(randomNumber(random)) {}

std::size_t SessionCache::slot(std::string_view kind, std::string_view id) const {
  return (std::hash<std::string_view>{}(id) + kind.size()) % slots;
}

SessionCache::Generation SessionCache::generationAt(std::size_t slot) const {
  return generations_[slot].load() + baseGeneration_.load();
}

SessionCache::Stamp SessionCache::stamp(const SessionId& id) const {
  return {generationAt(slot(sessionKind, id.str())), userChanges_.load()};
}

SessionCache::Generation SessionCache::ownerGeneration(std::string_view user) const {
  return generations_[slot(ownerKind, user)].load();
}

SessionCache::Generation SessionCache::generation(const UserId& id) const {
  return generationAt(slot(listKind, id.str()));
}

std::optional<CachedSession> SessionCache::get(const SessionId& id) {
  const auto value = cache_.get(key(sessionKind, id.str()));
  if (!value) return std::nullopt;
  RecordReader in(*value);
  if (in.number() != generationAt(slot(sessionKind, id.str()))) return std::nullopt;
  const std::uint64_t userChanges = in.number();
  const Generation owner = in.number();
  CachedSession session;
  session.userId = UserId{std::string{in.text()}};
  // If no user has changed since, this one has not either. If the session had no user, it may have one now.
  const bool userMayHaveChanged = userChanges != userChanges_.load();
  if (userMayHaveChanged && (session.userId.empty() || owner != ownerGeneration(session.userId.str())))
    return std::nullopt;
  session.expiresAt = in.time();
  session.ended = in.number() != 0;
  session.endReason = in.text();
  session.email = in.text();
  const bool named = in.number() != 0;
  const std::string_view name = in.text();
  if (named) session.name = name;
  session.userCreatedAt = in.time();
  session.tokensFrom = in.time();
  if (!in.ok()) return std::nullopt;
  return session;
}

void SessionCache::put(const SessionId& id, const Stamp& stamp, const CachedSession& session) {
  // Read in this order, because forgetUser() increments userChanges_ first.
  const Generation owner = ownerGeneration(session.userId.str());
  if (userChanges_.load() != stamp.userChanges) return;
  RecordWriter out;
  out.number(stamp.session);
  out.number(stamp.userChanges);
  out.number(owner);
  out.text(session.userId.str());
  out.time(session.expiresAt);
  out.number(session.ended ? 1 : 0);
  out.text(session.endReason);
  out.text(session.email);
  out.number(session.name ? 1 : 0);
  out.text(session.name.value_or(""));
  out.time(session.userCreatedAt);
  out.time(session.tokensFrom);
  cache_.set(key(sessionKind, id.str()), out.take(), ttl_);
}

std::optional<FirstPage> SessionCache::getList(const UserId& user) {
  const auto value = cache_.get(key(listKind, user.str()));
  if (!value) return std::nullopt;
  RecordReader in(*value);
  if (in.number() != generation(user)) return std::nullopt;
  FirstPage page;
  page.total = in.number();
  for (std::uint64_t left = in.number(); left > 0 && in.ok(); --left)
    page.sessions.push_back(readSession(in, user));
  if (!in.ok()) return std::nullopt;
  return page;
}

void SessionCache::putList(const UserId& user, Generation generation, const FirstPage& page) {
  RecordWriter out;
  out.number(generation);
  out.number(page.total);
  out.number(page.sessions.size());
  for (const SessionInfo& session : page.sessions) write(out, session);
  cache_.set(key(listKind, user.str()), out.take(), ttl_);
}

void SessionCache::rememberEnded(const UserId& user, const std::vector<SessionId>& sessions,
                                 std::string_view reason) {
  // All old entries become invalid first, because the writes to the cache below take time.
  for (const SessionId& session : sessions) generations_[slot(sessionKind, session.str())].fetch_add(1);
  CachedSession ended;
  ended.userId = user;
  ended.ended = true;
  ended.endReason = reason;
  for (std::size_t i = 0; i < std::min(sessions.size(), maxSessionsPerPage); ++i) {
    // An ended session never becomes live again, so this entry cannot be out of date, whatever the generation is
    // by now.
    put(sessions[i], stamp(sessions[i]), ended);
  }
}

void SessionCache::forget(const SessionId& id) {
  generations_[slot(sessionKind, id.str())].fetch_add(1);
  cache_.remove(key(sessionKind, id.str()));
}

void SessionCache::forgetList(const UserId& user) {
  generations_[slot(listKind, user.str())].fetch_add(1);
  cache_.remove(key(listKind, user.str()));
}

void SessionCache::forgetUser(const UserId& user) {
  userChanges_.fetch_add(1);
  generations_[slot(ownerKind, user.str())].fetch_add(1);
  forgetList(user);
}

void SessionCache::forgetEverything() {
  baseGeneration_.fetch_add(1);
}

}  // namespace glitch_protocol::inline v1
