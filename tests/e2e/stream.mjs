// Event streams: read raw, so that every byte is seen, or by npm's EventSource.
import assert from 'node:assert/strict';
import http from 'node:http';
import { EventSource } from 'eventsource';
import { checkDescribedEvent } from './openapi.mjs';
import { until } from './server.mjs';

/** Splits the text of a stream into `[{event, data, retry, comment}]`, without an incomplete last one. */
export function parseEvents(text) {
  return text.split('\n\n').slice(0, -1).map((block) => {
    const event = {};
    for (const line of block.split('\n')) {
      if (line.startsWith(':')) event.comment = line.slice(1).trim();
      else {
        const [, name, value] = /^(event|data|retry|id): ?(.*)$/.exec(line) ?? assert.fail(`a line of a stream: ${line}`);
        assert.equal(event[name], undefined, `one ${name} an event`);
        event[name] = name === 'data' ? JSON.parse(value) : value;
      }
    }
    if (event.event !== undefined) checkDescribedEvent(event);
    return event;
  });
}

class Stream {
  constructor(request, response) {
    this.request = request;
    this.response = response;
    this.headers = response.headers;
    this.text = '';
    response.setEncoding('utf8');
    response.on('data', (text) => { this.text += text; });
    response.on('error', () => {});
    this.closed = new Promise((resolve) => response.on('close', () => { this.isClosed = true; resolve(); }));
  }

  get events() {
    return parseEvents(this.text).filter((event) => event.event !== undefined);
  }

  named(name) {
    return this.events.filter((event) => event.event === name).map((event) => event.data);
  }

  /** The data of the first event of that name for which `matches` holds; waits for it if necessary. */
  next(name, matches = () => true, milliseconds = 3000) {
    return until(() => this.named(name).find(matches), `${name} on the stream, which has: ${this.text}`, milliseconds);
  }

  untilClosed(milliseconds = 1000) {
    return until(() => this.isClosed, 'the end of the stream', milliseconds);
  }

  close() {
    this.request.destroy();
  }
}

/** Opens a stream with a bearer token or a cookie and resolves with it at its header, or with a refusal: `{status, json}`. */
export function openStream(server, { token, cookie, headers = {} }) {
  const fields = { Accept: 'text/event-stream', ...headers };
  if (token) fields.Authorization = `Bearer ${token}`;
  if (cookie) fields.Cookie = `refreshToken=${cookie}`;
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port: server.port, path: `${server.prefix ?? ''}/api/events`, headers: fields, agent: false });
    request.on('socket', (socket) => server.sockets.add(socket));
    request.on('error', reject);
    request.on('response', async (response) => {
      try {
        const isStream = response.statusCode === 200;
        if (isStream) server.checkStream(response.headers);
        resolve(isStream ? new Stream(request, response) : await refusal(response, server));
      } catch (failure) {
        reject(failure);
      }
    });
    request.end();
  });
}

async function refusal(response, server) {
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  const answer = { method: 'GET', path: '/api/events', status: response.statusCode, headers: response.headers, text, json: JSON.parse(text) };
  server.check(answer);
  return { ...answer, code: answer.json.code };
}

/** npm's EventSource with a bearer token; collects `[{event, data}]` and counts its connections. */
export function openEventSource(server, { token }) {
  const withToken = (url, options) => fetch(url, { ...options, headers: { ...options.headers, Authorization: `Bearer ${token}` } });
  const source = new EventSource(`${server.url}/api/events`, { fetch: withToken });
  const seen = { source, events: [], opened: 0, errors: [] };
  source.addEventListener('open', () => { seen.opened += 1; });
  source.addEventListener('error', (event) => seen.errors.push(event.code));
  for (const name of ['CONNECTED', 'SESSION_NEW', 'SESSION_TERMINATED', 'SESSIONS_UPDATED', 'message']) {
    source.addEventListener(name, (event) => seen.events.push({ event: name, data: JSON.parse(event.data) }));
  }
  return seen;
}
