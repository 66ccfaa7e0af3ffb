#include "engine/engine.h"

#include <algorithm>
#include <exception>
#include <map>
#include <utility>

#include "engine/audit_events.h"
#include "engine/core/engine_parts.h"
#include "engine/end_reasons.h"
#include "engine/sessions/rotation.h"
#include "engine/tokens/access_token.h"

namespace glitch_protocol {

namespace {

constexpr std::chrono::minutes cacheLifetime{15};
constexpr std::string_view issuedBeforeChange = "issued before the password was changed";

/// The same for pages that hold the same sessions in whatever order, under the same total. A few bytes in
/// place of a page for each user who listens.
std::uint64_t fingerprintOf(const FirstPage& page) {
  std::uint64_t sum = page.total;
  for (const SessionInfo& session : page.sessions) sum += std::hash<SessionId>{}(session.id);
  return sum;
}

std::shared_ptr<PasswordHasher> hasherFor(const EngineConfig& config, RandomSource& random) {
  if (config.passwordHasher) return config.passwordHasher;
  return std::make_shared<PasswordHasher>(PasswordHasherConfig{.rounds = config.bcryptRounds, .onWork = {}},
                                          random);
}

template <class Tag>
void requireStorable(const Id<Tag>& id, std::string_view field) {
  if (!isStorableId(id.str())) throw createInvalidIdError(field);
}

EngineConfig checked(EngineConfig config) {
  validate(config);
  return config;
}

}  // namespace

Engine::Parts::Parts(DatabaseAdapter& databaseAdapter, CacheAdapter& cacheAdapter,
                     SocketBroadcaster& broadcaster, EngineConfig engineConfig, Clock& engineClock,
                     RandomSource& randomSource)
    : config(checked(std::move(engineConfig))),
      database(databaseAdapter),
      cache(cacheAdapter),
      clock(engineClock),
      random(randomSource),
      accessTokens(config.jwtSecret, config.previousJwtSecrets),
      refreshTokens(config.jwtSecret, config.previousJwtSecrets),
      sharedHasher(hasherFor(config, random)),
      hasher(*sharedHasher),
      sessionCache(cache, random, cacheLifetime),
      recorder(database, config.recordingDelay,
               {.touched =
                    [this](const std::vector<UserId>& owners) {
                      for (const UserId& owner : owners) sessionCache.forgetList(owner);
                    },
                .failed = config.onBackgroundError}),
      anonymousEvents(clock),
      sessions({database, sessionCache, broadcaster, recorder, clock, random, config}),
      socketBroadcaster(broadcaster) {}

Engine::Engine(DatabaseAdapter& database, CacheAdapter& cache, SocketBroadcaster& broadcaster,
               EngineConfig config, Clock& clock, RandomSource& random)
    : parts_(std::make_unique<Parts>(database, cache, broadcaster, std::move(config), clock, random)) {}

Engine::~Engine() {
  try {
    parts_->recordAnonymous(AnonymousEvents::Counts::all);
  } catch (const std::exception& error) {
    parts_->reportFailure(error.what());
  }
}

// --- Tokens
// -------------------------------------------------------------------------------------------------------

TokenPair Engine::generateTokens(const UserId& userId, const SessionId& sessionId) {
  Session session;
  Lineage lineage;
  parts_->database.write([&](Writer& writer) {
    const auto found = writer.sessions().find(sessionId);
    const bool alive = found && !found->endedAt && found->expiresAt > parts_->clock.now();
    if (!alive || found->userId != userId) throw createSessionNotFoundError();
    session = *found;
    lineage = parts_->sessions.startLineage(writer, session);
  });
  parts_->sessionCache.forgetList(userId);
  return parts_->sign(session, lineage, lineage.createdAt);
}

Rotation Engine::rotateRefreshToken(std::string_view refreshToken, const ClientInfo& presentedBy) {
  const auto parts = parts_->refreshTokens.decode(refreshToken);
  if (!parts) throw createTokenInvalidError("not a token of this server");
  Decision decision;
  TimePoint decidedAt;
  EndedSessions ended;
  parts_->database.write([&](Writer& writer) {
    ended = {};
    decidedAt = parts_->clock.now();
    decision = decideRotation(writer, *parts, parts_->config, decidedAt);
    if (decision.verdict == Verdict::reused) ended = parts_->endReused(writer, decision.session, presentedBy);
  });
  switch (decision.verdict) {
    case Verdict::refused:
      throw createTokenInvalidError(decision.cause);
    case Verdict::expired:
      throw createTokenExpiredError();
    case Verdict::reused:
      parts_->sessions.announceEnded(std::move(ended));
      throw createTokenReuseError(decision.session.userId, decision.session.id);
    case Verdict::rotated:
      parts_->sessionCache.forgetList(decision.session.userId);
      break;
    case Verdict::repeated:
      break;
  }
  return {parts_->sign(decision.session, decision.lineage, decidedAt), decision.session.userId,
          decision.session.id};
}

// Part of the transaction that found the reuse: the ending must survive the failure of the call.
EndedSessions Engine::Parts::endReused(Writer& writer, const Session& session,
                                       const ClientInfo& presentedBy) {
  const bool known = !presentedBy.ipAddress.empty();
  sessions.note(writer, audit::tokenReuseDetected, session.userId, session.id,
                known ? presentedBy : session.client);
  if (config.reuseScope == ReuseScope::session) {
    return sessions.end(writer, session, end_reason::tokenReuse, audit::sessionTerminated);
  }
  return sessions.endAll(writer, session.userId, SessionId{}, end_reason::tokenReuse);
}

std::optional<LineageId> Engine::lineageOf(std::string_view refreshToken) const {
  const auto parts = parts_->refreshTokens.decode(refreshToken);
  return parts ? std::optional(parts->lineageId) : std::nullopt;
}

RefreshIdentity Engine::identifyRefreshToken(std::string_view refreshToken) {
  const auto parts = parts_->refreshTokens.decode(refreshToken);
  if (!parts) throw createTokenInvalidError("not a token of this server");
  std::optional<Lineage> lineage;
  std::optional<Session> session;
  parts_->database.read([&](Reader& reader) {
    lineage = reader.lineages().find(parts->lineageId);
    session = lineage ? reader.sessions().find(lineage->sessionId) : std::nullopt;
  });
  if (!session) throw createTokenInvalidError("unknown lineage");
  if (lineage->expiresAt <= parts_->clock.now()) throw createTokenExpiredError();
  if (session->endedAt) throw createTokenInvalidError("session has ended");
  if (parts->counter != lineage->counter)
    throw createTokenInvalidError("not the current token of its lineage");
  return {session->userId, session->id};
}

AccessClaims Engine::verifyAccessToken(std::string_view accessToken) const {
  return parts_->accessTokens.verify(accessToken, parts_->clock.now());
}

AccessClaims Engine::authenticate(std::string_view accessToken) {
  return identify(accessToken).claims;
}

Identity Engine::identify(std::string_view accessToken) {
  AccessClaims claims = verifyAccessToken(accessToken);
  CachedSession session = parts_->sessions.find(claims.sessionId);
  if (session.userId.empty()) throw createSessionTerminatedError("unknown session");
  if (session.userId != claims.sub) throw createTokenInvalidError("the session is another user's");
  const bool expired =
      session.ended ? session.endReason == end_reason::expired : session.expiresAt <= parts_->clock.now();
  if (expired) throw createSessionExpiredError();
  if (session.ended) throw createSessionTerminatedError(session.endReason);
  if (claims.issuedAt < session.tokensFrom) throw createTokenInvalidError(issuedBeforeChange);
  return {std::move(claims), std::move(session.email), std::move(session.name), session.userCreatedAt};
}

AccessClaims Engine::verifyForLogout(std::string_view accessToken) {
  AccessClaims claims = verifyAccessToken(accessToken);
  const CachedSession session = parts_->sessions.find(claims.sessionId);
  const bool dead = !session.ended && claims.issuedAt < session.tokensFrom;
  if (dead) throw createTokenInvalidError(issuedBeforeChange);
  return claims;
}

// --- Passwords
// ----------------------------------------------------------------------------------------------------

std::string Engine::hashPassword(std::string_view password) {
  return parts_->hasher.hash(password);
}

bool Engine::comparePassword(std::string_view password, std::string_view storedHash) {
  return parts_->hasher.compare(password, storedHash);
}

// --- Sessions
// -----------------------------------------------------------------------------------------------------

CreatedSession Engine::createSession(const UserId& userId, std::string_view ipAddress,
                                     std::string_view userAgent) {
  requireStorable(userId, "userId");
  const ClientInfo client{std::string{ipAddress}, std::string{userAgent}};
  OpenedSession opened;
  parts_->database.write([&](Writer& writer) {
    const auto user = writer.users().find(userId);
    if (!user || user->disabledAt) throw createUserNotFoundError();
    opened = parts_->sessions.open(writer, userId, client);
  });
  parts_->sessions.announceOpened(opened);
  return {toInfo(opened.session), parts_->sign(opened.session, opened.lineage, opened.session.createdAt)};
}

std::vector<SessionInfo> Engine::getActiveSessions(const UserId& userId) {
  return parts_->sessions.list(userId);
}

SessionPage Engine::getActiveSessions(const UserId& userId, const SessionPageRequest& request) {
  return parts_->sessions.page(userId, request);
}

std::optional<SessionInfo> Engine::findActiveSession(const UserId& userId, const SessionId& sessionId) {
  return parts_->sessions.findLive(userId, sessionId);
}

std::optional<std::string> Engine::endReasonOf(const SessionId& sessionId) {
  const CachedSession session = parts_->sessions.find(sessionId);
  if (session.userId.empty()) return std::string{end_reason::userDeleted};
  if (session.ended) return session.endReason;
  if (session.expiresAt <= parts_->clock.now()) return std::string{end_reason::expired};
  return std::nullopt;
}

void Engine::terminateSession(const SessionId& sessionId, const UserId& userId, std::string_view reason) {
  const std::string_view because = reason.empty() ? end_reason::terminated : reason;
  EndedSessions ended = parts_->endOne(sessionId, userId, because, audit::sessionTerminated);
  if (ended.sessions.empty()) throw createSessionNotFoundError();
  parts_->sessions.announceEnded(std::move(ended));
}

std::size_t Engine::terminateAllOtherSessions(const UserId& userId, const SessionId& current) {
  EndedSessions ended;
  parts_->database.write([&](Writer& writer) {
    ended = parts_->sessions.endAll(writer, userId, current, end_reason::terminatedOthers);
  });
  const std::size_t count = ended.sessions.size();
  parts_->sessions.announceEnded(std::move(ended));
  return count;
}

std::optional<RefreshIdentity> Engine::logoutByRefreshToken(std::string_view refreshToken) {
  const auto parts = parts_->refreshTokens.decode(refreshToken);
  if (!parts) throw createTokenInvalidError("not a token of this server");
  std::optional<RefreshIdentity> owner;
  EndedSessions ended;
  parts_->database.write([&](Writer& writer) {
    owner.reset();
    ended = {};
    const auto lineage = writer.lineages().find(parts->lineageId);
    const auto session = lineage ? writer.sessions().find(lineage->sessionId) : std::nullopt;
    if (!session) return;
    owner = RefreshIdentity{session->userId, session->id};
    ended = parts_->sessions.end(writer, *session, end_reason::logout, audit::loggedOut);
  });
  parts_->sessions.announceEnded(std::move(ended));
  return owner;
}

void Engine::logout(const SessionId& sessionId, const UserId& userId) {
  parts_->sessions.announceEnded(parts_->endOne(sessionId, userId, end_reason::logout, audit::loggedOut));
}

EndedSessions Engine::Parts::endOne(const SessionId& sessionId, const UserId& userId, std::string_view reason,
                                    std::string_view event) {
  EndedSessions ended;
  database.write([&](Writer& writer) {
    ended = {};
    const auto session = writer.sessions().find(sessionId);
    if (session && session->userId == userId) ended = sessions.end(writer, *session, reason, event);
  });
  return ended;
}

void Engine::updateSessionActivity(const SessionId& sessionId) {
  const auto debounce = parts_->config.activityDebounceSeconds;
  if (debounce.count() > 0) {
    const std::string key = "activity:" + sessionId.str();
    if (parts_->cache.get(key)) return;
    parts_->cache.set(key, "", debounce);
  }
  requireStorable(sessionId, "sessionId");
  parts_->recorder.touch(sessionId, parts_->clock.now());
}

void Engine::flushActivity(const SessionId& sessionId) {
  if (parts_->recorder.pendingActivity(sessionId)) parts_->recorder.flush();
}

void Engine::updateSessionSocketId(const SessionId& sessionId, const std::optional<SocketId>& socketId) {
  requireStorable(sessionId, "sessionId");
  if (socketId) requireStorable(*socketId, "socketId");
  parts_->recorder.tie(sessionId, socketId);
}

// --- Statistics
// -------------------------------------------------------------------------------------------------------

std::uint64_t Engine::countActiveSessions() {
  std::uint64_t count = 0;
  parts_->database.read([&](Reader& reader) { count = reader.sessions().countLive(parts_->clock.now()); });
  return count;
}

Engine::HashingLoad Engine::hashingLoad() const {
  const PasswordHasher::Load load = parts_->hasher.load();
  return {load.running, load.waiting};
}

Engine::UnrecordedEvents Engine::unrecordedEvents() const {
  return {parts_->anonymousEvents.counted(), parts_->recorder.lost()};
}

// --- Neighbours
// ---------------------------------------------------------------------------------------------------

void Engine::record(AuditEvent event) {
  if (event.userId) requireStorable(*event.userId, "userId");
  if (event.sessionId) requireStorable(*event.sessionId, "sessionId");
  event.client = toStore(event.client);
  if (event.userId) return parts_->recorder.add(std::move(event));
  for (AuditEvent& row : parts_->anonymousEvents.admit(std::move(event)))
    parts_->recorder.add(std::move(row));
}

void Engine::Parts::recordAnonymous(AnonymousEvents::Counts which) {
  if (auto row = anonymousEvents.takeCount(which)) recorder.add(std::move(*row));
}

void Engine::flushRecords() {
  parts_->recorder.flush();
}

void Engine::sendSessions(const UserId& userId, const SocketId& socketId) {
  parts_->sessions.announceList(userId, socketId);
}

void Engine::acceptExternalChanges(const std::vector<Listener>& listeners) {
  std::map<UserId, ListeningUser> users;
  for (const Listener& listener : listeners) users[listener.userId].sessions.push_back(listener.sessionId);
  for (auto& [user, listening] : users) {
    if (const auto page = parts_->sessionCache.getList(user)) listening.lastTold = fingerprintOf(*page);
  }
  parts_->sessionCache.forgetEverything();
  for (const auto& [user, listening] : users) parts_->tellChangedElsewhere(user, listening);
}

void Engine::Parts::tellChangedElsewhere(const UserId& user, const ListeningUser& listening) {
  std::vector<SessionTerminatedEvent> ended;
  database.read([&](Reader& reader) {
    ended.clear();
    for (const SessionId& id : listening.sessions) {
      const auto session = reader.sessions().find(id);
      if (!session) ended.push_back({id, std::string{end_reason::userDeleted}});
      if (session && session->endedAt) ended.push_back({id, session->endReason});
    }
  });
  for (const SessionTerminatedEvent& event : ended) socketBroadcaster.emitToUser(user, event);
  if (!listening.lastTold || listening.lastTold != fingerprintOf(sessions.firstPage(user))) {
    sessions.announceList(user, std::nullopt);
  }
}

DatabaseAdapter& Engine::getDatabaseAdapter() {
  return parts_->database;
}
Clock& Engine::clock() {
  return parts_->clock;
}
RandomSource& Engine::random() {
  return parts_->random;
}
const EngineConfig& Engine::config() const {
  return parts_->config;
}

}  // namespace glitch_protocol
