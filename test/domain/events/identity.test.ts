import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../src/domain/events/parse-event.ts';
import type { JsonObject } from '../../../src/domain/values/json.ts';
import { appEvent, runEvent } from '../../support/events/events.ts';
import { errorsOf, RECEIVED_AT, readEvent, warningsOf } from '../reading.ts';

const cloudEvent = (changes: object) => ({ ...runEvent('tenant-1'), ...changes });
const legacyEvent = (changes: object) => ({ ...appEvent('tenant-1', 'app.created', {}), ...changes });

describe('without an id, a type or a tenant there is no event', () => {
  it.each([[undefined], [null], ['']])('where they hold %j, they are missing', (none) => {
    expect(errorsOf(cloudEvent({ id: none }))).toEqual(['MISSING_ID /id']);
    expect(errorsOf(cloudEvent({ type: none }))).toEqual(['MISSING_TYPE /type']);
    expect(errorsOf(cloudEvent({ tenantid: none }))).toEqual(['MISSING_TENANT /tenantid']);
    expect(errorsOf(legacyEvent({ eventId: none }))).toEqual(['MISSING_ID /eventId']);
    expect(errorsOf(legacyEvent({ eventType: none }))).toEqual(['MISSING_TYPE /eventType']);
    expect(errorsOf(legacyEvent({ extensions: { tenantId: none } }))).toEqual([
      'MISSING_TENANT /extensions/tenantId',
    ]);
    expect(errorsOf(legacyEvent({ extensions: none }))).toEqual(['MISSING_TENANT /extensions/tenantId']);
  });

  it('all that is missing is told at once', () => {
    expect(errorsOf({})).toEqual([
      'MISSING_ID /eventId',
      'MISSING_TYPE /eventType',
      'MISSING_TENANT /extensions/tenantId',
    ]);
    expect(errorsOf({ specversion: '1.0' })).toEqual([
      'MISSING_ID /id',
      'MISSING_TYPE /type',
      'MISSING_TENANT /tenantid',
    ]);
    expect(errorsOf({ tenantId: 5, eventType: 'x', source: {} })).toEqual([
      'MISSING_ID /eventId',
      'INVALID_ID /tenantId',
      'INVALID_ID /source',
    ]);
  });

  it('extensions that are no object hold no tenant', () => {
    for (const extensions of ['tenant-1', ['tenant-1'], 5]) {
      expect(errorsOf(legacyEvent({ extensions }))).toEqual(['MISSING_TENANT /extensions/tenantId']);
    }
  });

  it('what could be read of it is told', () => {
    const unusable = (raw: object) => parseEvent(raw as JsonObject, RECEIVED_AT);
    expect(unusable(cloudEvent({ id: 'event-1', type: '' }))).toMatchObject({
      kind: 'unusable',
      eventId: 'event-1',
      tenantId: 'tenant-1',
    });
    expect(unusable(cloudEvent({ id: 5, tenantid: '' }))).toMatchObject({
      eventId: undefined,
      tenantId: undefined,
    });
  });
});

describe('an id, a type, a tenant and a source', () => {
  const keys = ['id', 'type', 'tenantid', 'source'];

  it.each([
    ['a number', 5],
    ['a boolean', false],
    ['a list', ['a']],
    ['an object', {}],
    ['257 characters', 'x'.repeat(257)],
    ['129 characters of two UTF-16 units each', '😀'.repeat(129)],
    ['U+0000', 'a\u0000b'],
    ['a line feed', 'a\n'],
    ['U+007F', 'a\u007f'],
    ['U+009F', 'a\u009f'],
    ['a lone high surrogate', 'a\ud83d'],
    ['a lone low surrogate', '\ude00a'],
  ])('with %s are invalid', (_name, value) => {
    for (const key of keys) expect(errorsOf(cloudEvent({ [key]: value }))).toEqual([`INVALID_ID /${key}`]);
  });

  it.each(['x'.repeat(256), '😀'.repeat(128), ' ', '5', 'a b', '\u00a0', '\u2028', 'ÄÖ/~', 'true'])(
    'may be %j, and stay as they are',
    (value) => {
      const raw = cloudEvent({ id: value, type: value, tenantid: value, source: value });
      expect(readEvent(raw)).toMatchObject({
        eventId: value,
        typeName: value,
        tenantId: value,
        source: value,
      });
    },
  );
});

describe('the source', () => {
  it.each([[undefined], [null], ['']])('is "unknown", with a warning, where it holds %j', (none) => {
    expect(readEvent(cloudEvent({ source: none })).source).toBe('unknown');
    expect(warningsOf(cloudEvent({ source: none }))).toEqual(['MISSING_SOURCE /source']);
    expect(warningsOf(legacyEvent({ source: none, data: { id: 'app-1' } }))).toEqual([
      'MISSING_SOURCE /source',
    ]);
  });
});

describe('an event with id, type and tenant', () => {
  it.each([undefined, null, '', 'text', 5, [], [{}], true])('is an event though its data is %j', (data) => {
    for (const type of ['automation.run.ended', 'app.created', 'app.reload.finished', 'app.opened']) {
      const event = readEvent(cloudEvent({ type: `com.qlik.v1.${type}`, data }));
      expect(event.typeName).toBe(`com.qlik.v1.${type}`);
      expect(event.facts.run).toBeUndefined();
    }
  });

  it('warns of data that is no object, but not where the type is not modelled', () => {
    expect(warningsOf(cloudEvent({ data: [] }))).toEqual(['MISSING_DATA /data']);
    expect(warningsOf(cloudEvent({ data: undefined }))).toEqual(['MISSING_DATA /data']);
    expect(warningsOf(cloudEvent({ type: 'com.qlik.app.opened', data: [] }))).toEqual([]);
  });
});
