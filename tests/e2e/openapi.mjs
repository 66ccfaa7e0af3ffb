// Holds answers against the description of the API, web/api/openapi.json: their status, headers, body and code must be ones
// that it lists for the operation.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

export const text = readFileSync(new URL('../../web/api/openapi.json', import.meta.url), 'utf8');
export const description = JSON.parse(text);

/** Fields of HTTP itself, which an OpenAPI document does not list. */
const transportFields = ['connection', 'content-length', 'content-type', 'keep-alive', 'transfer-encoding'];

/** What the reference in `part` stands for, or `part` itself. */
export function resolved(part) {
  if (part?.$ref === undefined) return part;
  return resolved(part.$ref.slice(2).split('/').reduce((found, key) => found[key.replaceAll('~1', '/')], description));
}

/** A copy in which no object may have members that the description does not name: clients accept those, tests do not. */
function closed(part) {
  if (typeof part !== 'object' || part === null) return part;
  if (Array.isArray(part)) return part.map(closed);
  const copy = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, closed(value)]));
  if (part.type === 'object' && part.properties) copy.additionalProperties ??= false;
  return copy;
}

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(closed({ components: description.components }), 'description');
const validators = new WeakMap();

/** Whether `value` is valid against a schema of the description: '', or the reasons. */
export function faultOf(schema, value) {
  if (!validators.has(schema)) {
    const rewritten = JSON.stringify(closed(schema)).replaceAll('"$ref":"#/', '"$ref":"description#/');
    validators.set(schema, ajv.compile(JSON.parse(rewritten)));
  }
  const validate = validators.get(schema);
  return validate(value) ? '' : ajv.errorsText(validate.errors);
}

/** `[{method, path, responses: {status: response}}]`; an operation without method and path stands for all other requests. */
export const operations = [
  ...Object.entries(description.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { responses }]) => ({ method: method.toUpperCase(), path, responses }))),
  { method: undefined, path: undefined, responses: description['x-other-requests'].responses },
];

const operationOf = (method, path) => operations.find((one) => one.method === method && one.path === path) ?? operations.at(-1);

/** The codes that a response may have; [''] when its body has none. */
export function codesOf(response) {
  const found = [];
  const collect = (schema) => {
    const { allOf = [], oneOf = [], properties = {} } = resolved(schema);
    [...allOf, ...oneOf].forEach(collect);
    if (properties.code?.const) found.push(properties.code.const);
    found.push(...(properties.code?.enum ?? []));
    if (oneOf.length === 0 && allOf.length === 0 && !properties.code) found.push('');
  };
  collect(resolved(response).content?.['application/json']?.schema ?? {});
  return [...new Set(found)];
}

function valuesOf(headers, name) {
  const value = headers[name] ?? [];
  return name === 'set-cookie' ? [value].flat().flatMap((line) => line.split(', ')) : [value].flat();
}

function headerFaults(described, headers, tolerated) {
  const faults = [];
  const known = new Set([...transportFields, ...tolerated]);
  for (const [name, reference] of Object.entries(described.headers)) {
    const { required, schema } = resolved(reference);
    const values = valuesOf(headers, name.toLowerCase());
    known.add(name.toLowerCase());
    if (required && values.length === 0) faults.push(`${name} is missing`);
    for (const value of values) {
      const fault = faultOf(schema, value);
      if (fault) faults.push(`${name}: ${value}: ${fault}`);
    }
  }
  return [...faults, ...Object.keys(headers).filter((name) => !known.has(name)).map((name) => `${name} is not described`)];
}

function bodyFaults(described, { method, headers, text: body, json }) {
  const mayBeEmpty = method === 'HEAD' || method === undefined || !described.content;
  if (mayBeEmpty && body === '') return [];
  if (method === 'HEAD' || !described.content) return ['it has a body'];
  const media = [headers['content-type']].flat().join().split(';')[0];
  const { schema } = described.content[media] ?? {};
  if (!schema) return [`${media} is not described`];
  const fault = media === 'application/json' ? faultOf(schema, json) : '';
  return fault ? [`${body.slice(0, 200)}: ${fault}`] : [];
}

const faultsOf = (response, answer, tolerated) => {
  const described = resolved(response);
  return [...headerFaults(described, answer.headers, tolerated), ...bodyFaults(described, answer)];
};

/**
 * Asserts that the description allows the answer. `method` and `path` say what it answers; without them it must be one that
 * some operation allows. `tolerated`: names of header fields that others than the server add.
 */
export function checkDescribed(answer, tolerated = []) {
  const { method, status } = answer;
  const path = answer.path?.split('?')[0];
  if (path?.startsWith('/__test/')) return;  // the stub's control plane
  const candidates = method && path ? [operationOf(method, path)] : operations;
  const responses = candidates.map((operation) => operation.responses[status]).filter(Boolean);
  assert.ok(responses.length > 0, `${method ?? ''} ${path ?? ''}: ${status} is not described: ${answer.text.slice(0, 200)}`);
  const faults = [...new Set(responses)].map((response) => faultsOf(response, answer, tolerated));
  assert.ok(faults.some((list) => list.length === 0), `${method ?? ''} ${path ?? ''} ${status}: ${faults[0].join('; ')}`);
}

const [{ schema: streamSchema }] = Object.values(resolved(description.paths['/api/events'].get.responses[200]).content);

/** Asserts that the description allows an event of a stream. */
export function checkDescribedEvent({ event, data }) {
  assert.equal(faultOf(streamSchema.contentSchema, { event, data }), '', `${event} ${JSON.stringify(data)}`);
}
