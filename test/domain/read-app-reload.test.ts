import { describe, expect, it } from 'vitest';
import { appEvent } from '../support/events/events.ts';
import { appIn, reloadIn, warningsOf } from './reading.ts';

type Data = Record<string, unknown>;
const legacy = (data: Data) => appEvent('tenant-1', 'app.reload.finished', { id: 'app-1', ...data });
const TYPE = 'com.qlik.v1.app.reload.finished';
const common = { id: 'e', source: 's', time: '2026-01-01T00:00:00Z', tenantid: 'tenant-1' };

describe('the duration of a reload', () => {
  const data = { id: 'app-1', duration: 425 };
  const cloudEvent = { ...common, specversion: '1.0', type: TYPE, data };
  const audit = { ...legacy(data), tenantId: 'tenant-1' };

  it('is in seconds in the legacy envelope', () => {
    expect(reloadIn(legacy(data))).toMatchObject({ duration: 425, durationMs: 425_000 });
    expect(reloadIn(legacy({ duration: '425' }))).toMatchObject({ duration: 425, durationMs: 425_000 });
  });

  it.each([
    ['CloudEvents', cloudEvent],
    ['hybrid', { ...legacy(data), ...cloudEvent }],
    ['audit', audit],
  ])('is in milliseconds in the %s envelope', (_name, raw) => {
    expect(reloadIn(raw)).toMatchObject({ duration: 425, durationMs: 425 });
  });

  it('is reported but not computed where milliseconds leave the whole numbers', () => {
    const raw = legacy({ duration: Number.MAX_SAFE_INTEGER });
    expect(reloadIn(raw)).toMatchObject({ duration: Number.MAX_SAFE_INTEGER, durationMs: undefined });
    expect(warningsOf(raw)).toEqual(['UNREADABLE_VALUE /data/duration']);
  });

  it('is none where it is negative or missing', () => {
    expect(reloadIn(legacy({ duration: -1 }))).toMatchObject({ duration: undefined, durationMs: undefined });
    expect(reloadIn(legacy({}))).toMatchObject({ duration: undefined, durationMs: undefined });
  });
});

describe('the status of a reload', () => {
  it.each([
    ['ok', 'SUCCEEDED'],
    ['OK', 'SUCCEEDED'],
    ['Succeeded', 'SUCCEEDED'],
    ['error', 'FAILED'],
    ['FAILED', 'FAILED'],
    ['canceled', 'CANCELED'],
    ['cancelled', 'CANCELED'],
    ['exceeded limit', 'EXCEEDED_LIMIT'],
  ])('%j is %s', (name, word) => {
    expect(reloadIn(legacy({ status: name })).status).toEqual({ word, name });
    expect(warningsOf(legacy({ status: name }))).toEqual([]);
  });

  it('of another name is UNKNOWN, with a warning', () => {
    expect(reloadIn(legacy({ status: 'okay' })).status).toEqual({ word: 'UNKNOWN', name: 'okay' });
    expect(warningsOf(legacy({ status: 'okay' }))).toEqual(['UNKNOWN_ENUM_VALUE /data/status']);
  });
});

describe('a reload', () => {
  it('occurred when it ended, else at the time of its event', () => {
    expect(reloadIn(legacy({ endTime: '2025-12-31T00:00:00Z' })).occurredAt).toBe('2025-12-31T00:00:00.000Z');
    for (const endTime of [undefined, '', '0001-01-01T00:00:00Z', 'soon']) {
      expect(reloadIn(legacy({ endTime }))).toMatchObject({
        endTime: undefined,
        occurredAt: '2026-01-01T00:00:00.000Z',
      });
    }
  });

  it('keeps errors, warnings and statements as they are, texts and objects', () => {
    const lists = { errors: ['text', { code: 1 }, null], warnings: [[]], statements: [5] };
    expect(reloadIn(legacy(lists))).toMatchObject(lists);
    expect(reloadIn(legacy({ errors: null, statements: '' }))).toMatchObject({
      errors: [],
      warnings: [],
      statements: [],
    });
    expect(warningsOf(legacy({ errors: 'text', warnings: {} }))).toEqual([
      'UNREADABLE_VALUE /data/errors',
      'UNREADABLE_VALUE /data/warnings',
    ]);
  });

  it('reads its memory from numbers and texts', () => {
    const raw = legacy({ peakMemoryBytes: '42', size: { memory: '3000', file: 7 } });
    expect(reloadIn(raw)).toMatchObject({ peakMemoryBytes: 42, memoryBytes: 3000 });
  });

  it('tells of its app the name, the time of the reload and the sizes, and nothing else', () => {
    const raw = legacy({
      name: 'Sales',
      endTime: '2025-12-31T00:00:00Z',
      size: { memory: '3000', file: 7 },
      duration: 1,
      description: 'not of a reload',
    });
    const told = Object.entries(appIn(raw)).filter(([, value]) => value !== undefined);
    expect(Object.fromEntries(told)).toEqual({
      name: 'Sales',
      lastReloadTime: '2025-12-31T00:00:00.000Z',
      memoryBytes: 3000,
      fileBytes: 7,
      lastEventAt: '2026-01-01T00:00:00.000Z',
      extraAttributes: new Map(),
    });
  });
});
