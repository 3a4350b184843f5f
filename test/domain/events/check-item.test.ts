import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/domain/values/json.ts';
import { type CheckedItem, checkItem } from '../../../src/ingest/check-item.ts';
import { runEvent } from '../../support/events/events.ts';
import { RECEIVED_AT } from '../reading.ts';

const LIMITS = { maxEventBytes: 1000, mayWrite: (tenantId: string) => tenantId === 'tenant-1' };
const ARRIVAL = { receivedAt: RECEIVED_AT, batchIndex: 3, isRetry: false, origin: 'DIRECT' } as const;
const check = (value: unknown) => checkItem(value as JsonValue, ARRIVAL, LIMITS);

function codesOf(item: CheckedItem): string[] {
  if (item.kind === 'event') return [];
  const problems = item.kind === 'rejected' ? item.errors : item.item.problems;
  return problems.map(({ code }) => code);
}

/** What must become an event. */
function incoming(value: unknown) {
  const item = check(value);
  if (item.kind !== 'event') throw new Error(codesOf(item).join());
  return item.incoming;
}

describe('an item is rejected', () => {
  it.each([null, 'text', 5, true, [], [runEvent('tenant-1')]])('where it is no object but %j', (value) => {
    expect(check(value)).toMatchObject({ kind: 'rejected', eventId: undefined, tenantId: undefined });
    expect(codesOf(check(value))).toEqual(['NOT_AN_OBJECT']);
  });

  it('where it nests deeper than 64 levels, the event being level 1 and its data level 2', () => {
    const nested = (levels: number): JsonValue => (levels === 0 ? 1 : [nested(levels - 1)]);
    expect(codesOf(check({ ...runEvent('tenant-1'), extra: nested(63) }))).toEqual([]);
    expect(codesOf(check({ ...runEvent('tenant-1'), extra: nested(64) }))).toEqual(['TOO_DEEP']);
  });

  it('where its JSON is larger than the limit, counted in bytes of UTF-8', () => {
    const event = { ...runEvent('tenant-1'), extra: '' };
    const left = 1000 - Buffer.byteLength(JSON.stringify(event));
    expect(codesOf(check({ ...event, extra: 'x'.repeat(left) }))).toEqual([]);
    expect(codesOf(check({ ...event, extra: 'x'.repeat(left + 1) }))).toEqual(['TOO_LARGE']);
    expect(codesOf(check({ ...event, extra: 'ä'.repeat(Math.floor(left / 2) + 1) }))).toEqual(['TOO_LARGE']);
  });

  it('where it is for a tenant that the caller may not write, whatever else is wrong with it', () => {
    const item = check(runEvent('tenant-2', {}, { id: 'event-x' }));
    expect(item).toMatchObject({ kind: 'rejected', eventId: 'event-x', tenantId: 'tenant-2' });
    expect(codesOf(item)).toEqual(['FORBIDDEN_TENANT']);
    expect(codesOf(check(runEvent('tenant-2', {}, { id: '' })))).toEqual(['FORBIDDEN_TENANT']);
  });
});

describe('an item is quarantined', () => {
  it('whole, where its id, type, tenant or source is missing or unusable', () => {
    const raw = runEvent('tenant-1', { title: 'x' }, { id: '', type: 5, source: {} });
    const item = check(raw);
    expect(codesOf(item)).toEqual(['MISSING_ID', 'INVALID_ID', 'INVALID_ID']);
    expect(item).toMatchObject({
      item: { tenantId: 'tenant-1', rawText: JSON.stringify(raw), receivedAt: RECEIVED_AT, batchIndex: 3 },
    });
  });

  it('without a tenant where none can be read', () => {
    expect(check({})).toMatchObject({ kind: 'quarantined', item: { tenantId: undefined } });
    expect(check(runEvent('x'.repeat(257)))).toMatchObject({
      kind: 'quarantined',
      item: { tenantId: undefined },
    });
  });
});

describe('an item that becomes an event', () => {
  const raw = runEvent('tenant-1', { id: 'run-1', a: 1, b: { c: 1, d: 2 } });

  it('has the same content for any order of keys and with members that are null, and another for other data', () => {
    const data = { b: { d: 2, c: 1 }, a: 1, status: 'finished', id: 'run-1' };
    const turned = Object.fromEntries(Object.entries({ ...raw, data }).reverse());
    expect(incoming(turned).content).toBe(incoming(raw).content);
    expect(incoming(turned).itemKey).not.toBe(incoming(raw).itemKey);
    expect(incoming({ ...raw, extra: null }).content).toBe(incoming(raw).content);
    expect(incoming({ ...raw, data: { ...(raw.data as object), extra: 0 } }).content).not.toBe(
      incoming(raw).content,
    );
  });

  it('has a key of its source and id that tells every pair apart', () => {
    const keyOf = (source: string, id: string) => incoming({ ...raw, source, id }).eventKey;
    expect(keyOf('a', 'b')).toBe(keyOf('a', 'b'));
    const pairs: [string, string][] = [
      ['a', 'b'],
      ['b', 'a'],
      ['ab', 'c'],
      ['a', 'bc'],
      ['a ', 'b'],
    ];
    expect(new Set(pairs.map(([source, id]) => keyOf(source, id))).size).toBe(pairs.length);
  });

  it('keeps its text as JSON parsing gives it', () => {
    const text =
      '{"b":1,"a":"\\u0000","specversion":"1.0","id":"e","type":"t","tenantid":"tenant-1","source":"s","time":"2026-01-01T00:00:00Z"}';
    expect(incoming(JSON.parse(text)).rawText).toBe(text);
  });
});
