// Assertions about single answers.
import assert from 'node:assert/strict';

export const keys = (object) => Object.keys(object).sort();

export function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.code ?? answer.json.code, code, answer.text);
}

/** 422, naming exactly these fields. */
export function invalid(answer, ...fields) {
  refused(answer, 422, 'VALIDATION_FAILED');
  assert.deepEqual(answer.json.fields.map((fault) => fault.field).sort(), fields.sort(), answer.text);
  for (const fault of answer.json.fields) {
    assert.match(fault.code, /^[A-Z_]+$/);
    assert.ok(fault.message.length > 0);
  }
}
