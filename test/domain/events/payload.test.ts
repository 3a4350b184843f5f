import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appEvent, runEvent } from '../../support/events/events.ts';
import { readEvent, reloadIn, runIn, warningsOf } from '../reading.ts';

const PAYLOAD = { id: 'run-1', status: 'failed', title: 'Zürich \u{1f600}', stopTime: '2026-01-01T00:00Z' };
const toBase64 = (text: string) => Buffer.from(text).toString('base64');

/** A run event that carries its payload in these members. */
const carrying = (members: Record<string, unknown>) =>
  runEvent('tenant-1', {}, { data: undefined, ...members });

const expectRun = (raw: object) => {
  expect(readEvent(raw).facts.run?.runId).toBe('run-1');
  expect(runIn(raw)).toMatchObject({ title: PAYLOAD.title, status: { word: 'FAILED' } });
};
const expectNone = (raw: object, warning: string) => {
  expect(readEvent(raw).facts.run).toBeUndefined();
  expect(readEvent(raw).facts.automation).toEqual({ automationId: 'automation-1', name: undefined });
  expect(warningsOf(raw)).toEqual([warning]);
};

describe('the payload of an event', () => {
  const text = JSON.stringify(PAYLOAD);

  it.each([
    ['an object', { data: PAYLOAD }],
    ['JSON text', { data: text }],
    ['JSON text with space around it', { data: `\ufeff \n${text} ` }],
    ['base64', { data_base64: toBase64(text) }],
    ['base64 of text with a byte order mark', { data_base64: toBase64(`\ufeff${text}`) }],
    ['base64 beside an empty data', { data: '', data_base64: toBase64(text) }],
    ['base64 beside data that cannot be read', { data: 'hello', data_base64: toBase64(text) }],
    ['an object beside base64', { data: PAYLOAD, data_base64: toBase64('{"id":"other"}') }],
    ['text beside base64 that cannot be read', { data: text, data_base64: '%' }],
    ['JSON text under another content type', { data: text, datacontenttype: 'text/plain' }],
  ])('is read where it comes as %s', (_name, members) => {
    expectRun(carrying(members));
    expect(warningsOf(carrying(members))).toEqual([]);
  });

  it.each([
    ['not there', {}, '/data'],
    ['null', { data: null }, '/data'],
    ['""', { data: '' }, '/data'],
    ['null in both places', { data: null, data_base64: null }, '/data'],
    ['a number', { data: 7 }, '/data'],
    ['true', { data: true }, '/data'],
    ['a list', { data: [PAYLOAD] }, '/data'],
    ['text that is no JSON', { data: 'run-1 failed' }, '/data'],
    ['JSON text that is cut off', { data: text.slice(0, -1) }, '/data'],
    ['JSON text of a list', { data: JSON.stringify([PAYLOAD]) }, '/data'],
    ['JSON text of null', { data: 'null' }, '/data'],
    ['JSON text of JSON text', { data: JSON.stringify(text) }, '/data'],
    ['base64 in the place of text', { data: toBase64(text) }, '/data'],
    ['base64 of a list', { data_base64: toBase64('[1]') }, '/data_base64'],
    ['base64 of JSON text of JSON text', { data_base64: toBase64(JSON.stringify(text)) }, '/data_base64'],
    ['base64 of base64', { data_base64: toBase64(toBase64(text)) }, '/data_base64'],
    ['base64 with a line break', { data_base64: `${toBase64(text)}\n` }, '/data_base64'],
    [
      'base64 without padding',
      { data_base64: `${toBase64(`${text}  `).replace(/=+$/, '')}=` },
      '/data_base64',
    ],
    ['base64 with other characters', { data_base64: `*${toBase64(text).slice(1)}` }, '/data_base64'],
    ['base64 of bytes that are no UTF-8', { data_base64: '/v8=' }, '/data_base64'],
    ['no base64 but an object', { data_base64: PAYLOAD }, '/data_base64'],
    ['JSON text that nests 64 levels', { data: `{"id":"run-1","x":${nested(63)}}` }, '/data'],
    [
      'JSON text that nests without end',
      { data: `{"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}` },
      '/data',
    ],
    ['within another data', { data: { data: PAYLOAD } }, '/data'],
    [
      'within another data, with more around it',
      { data: { metadata: { version: 1 }, data: PAYLOAD } },
      '/data',
    ],
    ['within another data as text', { data: JSON.stringify({ data: PAYLOAD }) }, '/data'],
    [
      'within another data as base64',
      { data_base64: toBase64(JSON.stringify({ data: PAYLOAD })) },
      '/data_base64',
    ],
  ])('is missing where it is %s', (_name, members, path) => {
    expectNone(carrying(members), `MISSING_DATA ${path}`);
  });

  it('may be empty, and may hold a member that is called data', () => {
    expect(warningsOf(carrying({ data: {} }))).toEqual([]);
    expectRun(carrying({ data: { ...PAYLOAD, data: { id: 'other' } } }));
  });

  it('of 63 levels is read from text too', () => {
    expectRun(carrying({ data: JSON.stringify({ ...PAYLOAD, x: JSON.parse(nested(62)) }) }));
  });

  it('is not missed where the type is not modelled', () => {
    expect(warningsOf(carrying({ type: 'com.qlik.app.opened' }))).toEqual([]);
  });

  it('warns at its place in what was sent', () => {
    const bad = JSON.stringify({ ...PAYLOAD, blocks: [5] });
    expect(warningsOf(carrying({ data: bad }))).toEqual(['UNREADABLE_VALUE /data/blocks/0']);
    expect(warningsOf(carrying({ data_base64: toBase64(bad) }))).toEqual([
      'UNREADABLE_VALUE /data_base64/blocks/0',
    ]);
  });

  it('gives its own time where the event brings none', () => {
    const raw = carrying({ data: text, time: undefined });
    expect(readEvent(raw).time).toBe('2026-01-01T00:00:00.000Z');
  });

  it('keeps texts out of the database that it cannot hold', () => {
    const raw = carrying({ data: '{"id":"run-1","title":"a\\u0000","ownerId":"\\ud800"}' });
    expect(runIn(raw)).toMatchObject({ title: undefined, ownerId: undefined });
    expect(warningsOf(raw).sort()).toEqual([
      'UNREADABLE_VALUE /data/ownerId',
      'UNREADABLE_VALUE /data/title',
    ]);
  });

  it('never throws, whatever text it is', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.base64String());
    const members = fc.record({ data: fc.oneof(text, fc.jsonValue()), data_base64: text });
    fc.assert(fc.property(members, (some) => void readEvent(carrying(some))));
  });
});

describe('data that is an event itself', () => {
  const event = { id: 'event-1', type: 'com.qlik.v1.automation.run.ended', source: 'com.qlik/automations' };

  it.each([
    ['a CloudEvent', { specversion: '1.0', ...event, tenantid: 't', data: PAYLOAD }],
    ['a CloudEvent without specversion', { ...event, data: PAYLOAD }],
    ['a legacy event', { cloudEventsVersion: '0.1', eventId: 'event-1', eventType: event.type, id: 'run-1' }],
    ['an audit copy', { id: 'item', eventId: 'event-1', eventType: event.type, tenantId: 't' }],
    ['a legacy event with eventID', { id: 'run-1', eventID: 'event-1', eventType: event.type }],
  ])('is not read as a run: %s', (_name, data) => {
    expectNone(carrying({ data }), 'UNREADABLE_VALUE /data');
    expectNone(carrying({ data: JSON.stringify(data) }), 'UNREADABLE_VALUE /data');
    expectNone(carrying({ data_base64: toBase64(JSON.stringify(data)) }), 'UNREADABLE_VALUE /data_base64');
  });

  it('is not read as an app; the envelope still names one', () => {
    const data = { specversion: '1.0', ...event, data: { id: 'app-2', name: 'inner' } };
    expect(readEvent(appEvent('tenant-1', 'app.created', data)).facts).toEqual({});
    const named = { extensions: { topLevelResourceId: 'app-1' } };
    const raw = appEvent('tenant-1', 'app.deleted', data, named);
    expect(readEvent(raw).facts.app).toMatchObject({
      appId: 'app-1',
      facts: { name: undefined, deletedAt: '2026-01-01T00:00:00.000Z' },
    });
    expect(warningsOf(raw)).toEqual(['UNREADABLE_VALUE /data']);
  });

  it('is not what a payload with an id and a type is', () => {
    expectRun(carrying({ data: { ...PAYLOAD, type: 'scheduled' } }));
  });
});

describe('app.reload.ended, the name of a reload until November 2023', () => {
  it('names its app and space in the payload', () => {
    const raw = {
      ...appEvent('tenant-1', 'x', { id: 'app-1', spaceId: 'space-1', reloadId: 'reload-1', duration: 2 }),
      eventType: 'com.qlik.app.reload.ended',
    };
    expect(readEvent(raw)).toMatchObject({
      type: 'APP_RELOAD_FINISHED',
      typeKey: 'app.reload.ended',
      facts: { app: { appId: 'app-1', facts: { spaceId: 'space-1' } } },
      warnings: [],
    });
    expect(reloadIn(raw)).toMatchObject({ reloadId: 'reload-1', durationMs: 2000 });
  });
});

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}
