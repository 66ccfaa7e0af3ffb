// The design of the npm package that this project follows, for comparison: Express, jsonwebtoken, bcryptjs and
// better-sqlite3 in one process. Access tokens are JWTs whose session is looked up in the database for every request;
// refresh tokens are JWTs of which the database keeps a hash, one row each, replaced at every use. Commits are durable.
// It creates auth.db in the working directory, uses any free port and ends with its standard input.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import bcrypt from 'bcryptjs';
import Database from 'better-sqlite3';
import express from 'express';
import jwt from 'jsonwebtoken';

const secret = randomBytes(32).toString('base64url');
const accessSeconds = 15 * 60;
const refreshSeconds = 30 * 24 * 3600;
const bcryptRounds = 10;

const database = new Database('auth.db');
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec(`
  CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, email TEXT UNIQUE NOT NULL, password TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, user_id TEXT NOT NULL, user_agent TEXT, ip_address TEXT, is_active INTEGER NOT NULL,
    created_at INTEGER NOT NULL, last_activity INTEGER NOT NULL, expires_at INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS sessions_of_user ON sessions (user_id, is_active);
  CREATE TABLE IF NOT EXISTS refresh_tokens (
    token_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, session_id TEXT NOT NULL, is_revoked INTEGER NOT NULL,
    expires_at INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS tokens_of_session ON refresh_tokens (session_id);
`);
const sql = Object.fromEntries(Object.entries({
  addUser: 'INSERT INTO users VALUES (?, ?, ?)',
  findUser: 'SELECT * FROM users WHERE email = ?',
  addSession: 'INSERT INTO sessions VALUES (?, ?, ?, ?, 1, ?, ?, ?)',
  findSession: 'SELECT s.*, u.email FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?',
  listSessions: 'SELECT * FROM sessions WHERE user_id = ? AND is_active = 1 ORDER BY last_activity DESC',
  addToken: 'INSERT INTO refresh_tokens VALUES (?, ?, ?, 0, ?)',
  findToken: 'SELECT * FROM refresh_tokens WHERE token_hash = ?',
  revokeToken: 'UPDATE refresh_tokens SET is_revoked = 1 WHERE token_hash = ?',
  endSessions: 'UPDATE sessions SET is_active = 0 WHERE user_id = ?',
}).map(([name, text]) => [name, database.prepare(text)]));

const hashOf = (token) => createHash('sha256').update(token).digest('hex');

function makeTokens(userId, sessionId) {
  const claims = { sub: userId, sessionId };
  const accessToken = jwt.sign(claims, secret, { expiresIn: accessSeconds });
  const refreshToken = jwt.sign({ ...claims, type: 'refresh', jti: randomUUID() }, secret, { expiresIn: refreshSeconds });
  sql.addToken.run(hashOf(refreshToken), userId, sessionId, Date.now() + refreshSeconds * 1000);
  return { accessToken, refreshToken, expiresIn: accessSeconds };
}

const signIn = database.transaction((user, request) => {
  const sessionId = randomUUID();
  const now = Date.now();
  sql.addSession.run(sessionId, user.id, request.get('User-Agent'), request.ip, now, now, now + refreshSeconds * 1000);
  const tokens = makeTokens(user.id, sessionId);
  return { ...tokens, user: { id: user.id, email: user.email }, sessions: sql.listSessions.all(user.id) };
});

const rotate = database.transaction((raw, claims) => {
  const row = sql.findToken.get(hashOf(raw));
  if (!row || row.expires_at < Date.now()) return null;
  if (row.is_revoked) {
    sql.endSessions.run(row.user_id);
    return null;
  }
  if (!sql.findSession.get(claims.sessionId)?.is_active) return null;
  sql.revokeToken.run(row.token_hash);
  return makeTokens(row.user_id, row.session_id);
});

const refuse = (response, status, code) => response.status(status).json({ success: false, error: code, code });

function verified(token) {
  try {
    return jwt.verify(token ?? '', secret, { algorithms: ['HS256'] });
  } catch {
    return null;
  }
}

const app = express();
app.use(express.json());

app.post('/api/auth/register', async (request, response) => {
  const { email, password } = request.body;
  const user = { id: randomUUID(), email, password: await bcrypt.hash(password, bcryptRounds) };
  sql.addUser.run(user.id, user.email, user.password);
  response.status(201).json({ success: true, data: signIn(user, request) });
});

app.post('/api/auth/login', async (request, response) => {
  const { email, password } = request.body;
  const user = sql.findUser.get(email);
  if (!user || !(await bcrypt.compare(password, user.password))) return refuse(response, 401, 'INVALID_CREDENTIALS');
  response.json({ success: true, data: signIn(user, request) });
});

app.post('/api/auth/refresh', (request, response) => {
  const raw = request.body.refreshToken;
  const claims = verified(raw);
  const tokens = claims?.type === 'refresh' ? rotate.immediate(raw, claims) : null;
  if (!tokens) return refuse(response, 401, 'TOKEN_INVALID');
  response.json({ success: true, data: tokens });
});

app.get('/api/auth/verify', (request, response) => {
  const claims = verified(request.get('Authorization')?.replace(/^Bearer /, ''));
  const session = claims && sql.findSession.get(claims.sessionId);
  if (!session?.is_active || session.expires_at < Date.now()) return refuse(response, 401, 'TOKEN_INVALID');
  response.set({ 'Remote-User': session.email, 'Remote-Sub': claims.sub, 'X-Session-Id': session.id });
  response.json({ success: true, data: {} });
});

const server = app.listen(0, '127.0.0.1', () => console.log(`ancestor listens on http://127.0.0.1:${server.address().port}`));
process.stdin.on('end', () => process.exit()).resume();
