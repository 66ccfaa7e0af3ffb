// better-auth on SQLite with e-mail and password, for comparison: set up as in its documentation, except for durable
// commits and no rate limits. It creates auth.db in the working directory, uses any free port and ends with its
// standard input.
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import Database from 'better-sqlite3';

const database = new Database('auth.db');
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');

const server = createServer();
server.listen(0, '127.0.0.1', async () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  const options = {
    database,
    baseURL: origin,
    secret: 'q7Zt3mVb9XcLw2RfKd8sNp5yHgJu6eTa4oWi1kQxBvM',
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
  };
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
  server.on('request', toNodeHandler(betterAuth(options)));
  console.log(`better-auth listens on ${origin}`);
});
process.stdin.on('end', () => process.exit()).resume();
