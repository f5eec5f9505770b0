import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  AgentMessage,
  agentPaths,
  ControlEvent,
  controlEventText,
  parseControlEvent,
  parseReportAnswer,
  phases,
  Report,
  wireLimits,
} from './protocol.ts';

const page = await readFile(new URL('../../docs/reference/agent-protocol.md', import.meta.url), 'utf8');
const undo: ControlEvent = { type: 'undo', rollout: null, from: 'sha256:x', to: null };

test('an event is read as it was written, with or without an id', () => {
  assert.equal(controlEventText(undo, 7), `id: 7\nevent: undo\ndata: ${JSON.stringify(undo)}\n\n`);
  assert.equal(controlEventText(undo), `event: undo\ndata: ${JSON.stringify(undo)}\n\n`);
  assert.deepEqual(parseControlEvent(JSON.stringify(undo)), undo);
});

test('fields that a newer version adds are no fault; other forms, types and depths are nothing', () => {
  assert.notEqual(parseControlEvent(JSON.stringify({ ...undo, why: 'newer' })), undefined);
  const deep = (depth: number) =>
    JSON.stringify({ ...undo, more: 0 }).replace('0}', `${'['.repeat(depth)}${']'.repeat(depth)}}`);
  assert.notEqual(parseControlEvent(deep(wireLimits.depth - 1)), undefined);
  for (const text of [
    deep(wireLimits.depth),
    deep(100_000),
    '',
    '{',
    'null',
    '{"type":"undo"}',
    '{"type":"stop"}',
  ]) {
    assert.equal(parseControlEvent(text), undefined, text.slice(0, 40));
  }
  assert.notEqual(parseControlEvent(JSON.stringify({ ...undo, rollout: '[[\\"['.repeat(30) })), undefined);
  assert.deepEqual(parseReportAnswer('{"acknowledged":3}'), { acknowledged: 3 });
  assert.equal(parseReportAnswer('{"acknowledged":-1}'), undefined);
});

test('the reference page names every path, event, message, phase, field of the report, and limit', () => {
  const types = [...ControlEvent.anyOf, ...AgentMessage.anyOf].map(({ properties }) => properties.type.const);
  const names = [...types, ...phases, ...Object.keys(Report.properties)].map((name) => `\`${name}\``);
  for (const name of [...names, agentPaths.stream, agentPaths.report]) assert.ok(page.includes(name), name);
  for (const [name, value] of Object.entries(wireLimits)) {
    assert.match(page, new RegExp(`\`${name}\` \\| ${value} \\|`));
  }
});
