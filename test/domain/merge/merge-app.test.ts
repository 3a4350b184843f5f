import { describe, expect, it } from 'vitest';
import type { AppFacts } from '../../../src/domain/apps/app.ts';
import { mergeApp, toDeletedAt } from '../../../src/domain/apps/merge-app.ts';
import type { Merged } from '../../../src/domain/merge/merge.ts';
import { mergeAutomation } from '../../../src/domain/runs/merge-automation.ts';
import { appEvent } from '../../support/events/events.ts';
import { at, toMergedApp } from '../reading.ts';
import { mergeInOrder } from './histories.ts';

type Json = Record<string, unknown>;
const timeOf = (hour: number) => `2026-01-01T${String(hour).padStart(2, '0')}:00:00.000Z`;

/** An event about the app at an hour of one day. */
const said = (hour: number, type: string, data: Json = {}, envelope: Json = {}) =>
  appEvent('tenant-1', `app.${type}`, { id: 'app', ...data }, { eventTime: timeOf(hour), ...envelope });

/** What the events say together, in the order given and in the reverse one, which must agree. */
function merged(...events: object[]): Merged<AppFacts> {
  const parts = events.map(toMergedApp);
  const whole = mergeInOrder(parts, mergeApp);
  expect(mergeInOrder(parts.toReversed(), mergeApp)).toEqual(whole);
  return whole;
}

const deletedAt = (...events: object[]) => {
  const { values, origins } = merged(...events);
  return toDeletedAt(values, origins);
};

describe('a deleted app', () => {
  it.each(['deleted', 'softdeleted', 'harddeleted'])('is one that app.%s tells of', (type) => {
    expect(deletedAt(said(1, 'created'), said(2, type))).toBe(timeOf(2));
    expect(deletedAt(said(2, type))).toBe(timeOf(2));
  });

  it('is deleted since the newest deletion', () => {
    expect(deletedAt(said(2, 'softdeleted'), said(4, 'harddeleted'), said(1, 'created'))).toBe(timeOf(4));
  });

  it('is revived by a newer created event, not by an older one', () => {
    expect(deletedAt(said(2, 'deleted'), said(3, 'created'))).toBeUndefined();
    expect(deletedAt(said(2, 'deleted'), said(1, 'created'))).toBe(timeOf(2));
    expect(deletedAt(said(1, 'created'), said(2, 'deleted'), said(3, 'created'), said(4, 'deleted'))).toBe(
      timeOf(4),
    );
  });

  it('stays deleted whatever else newer events say', () => {
    const others = ['data.updated', 'exported', 'published', 'reload.finished'].map((type) => said(9, type));
    expect(deletedAt(said(1, 'created'), said(2, 'deleted'), ...others)).toBe(timeOf(2));
  });

  it('at the very time of a creation is deleted, as its type is the greater', () => {
    expect(
      deletedAt(said(2, 'created', {}, { eventId: 'z' }), said(2, 'deleted', {}, { eventId: 'a' })),
    ).toBe(timeOf(2));
  });

  it('keeps what is known of it', () => {
    expect(
      merged(said(1, 'created', { name: 'Sales', owner: 'o' }), said(2, 'deleted')).values,
    ).toMatchObject({
      name: 'Sales',
      owner: 'o',
      lastEventAt: timeOf(2),
    });
  });
});

describe('the last reload of an app', () => {
  const reloaded = (hour: number, endTime: unknown) => said(hour, 'reload.finished', { endTime });
  const updated = (hour: number, lastReloadTime: unknown) => said(hour, 'data.updated', { lastReloadTime });

  it('is the latest that any event tells of, not what the newest event says', () => {
    expect(merged(reloaded(1, timeOf(8)), updated(2, timeOf(7))).values.lastReloadTime).toBe(timeOf(8));
    expect(merged(updated(1, timeOf(8)), reloaded(2, timeOf(7))).values.lastReloadTime).toBe(timeOf(8));
    expect(
      merged(updated(1, timeOf(7)), said(2, 'created', { lastReloadTime: timeOf(8) })).values.lastReloadTime,
    ).toBe(timeOf(8));
  });

  it.each([undefined, null, '', '0001-01-01T00:00:00Z', 'soon'])('is not erased by %j', (none) => {
    expect(merged(reloaded(1, timeOf(8)), updated(2, none)).values.lastReloadTime).toBe(timeOf(8));
  });
});

describe('an app reloaded or updated', () => {
  it('has the name and the sizes that the newest event carries, each by itself', () => {
    const events = [
      said(1, 'created', { name: 'Old', size: { file: 1, memory: 2 } }),
      said(2, 'data.updated', { name: 'New', size: { memory: 3 } }),
      said(3, 'reload.finished', { size: { memory: '4' } }),
    ];
    expect(merged(...events).values).toMatchObject({ name: 'New', fileBytes: 1, memoryBytes: 4 });
  });
});

describe('a published app', () => {
  it('keeps what its attribute says apart from the time of the newest published event', () => {
    const attribute = said(1, 'created', { publishTime: '2025-01-01T00:00:00Z' });
    const { values } = merged(said(2, 'published'), attribute, said(3, 'published'));
    expect(values).toMatchObject({ publishTime: '2025-01-01T00:00:00.000Z', publishedEventAt: timeOf(3) });
    expect(merged(said(2, 'published')).values.publishTime).toBeUndefined();
  });

  it('keeps its newest export beside', () => {
    const { values } = merged(said(5, 'exported'), said(4, 'exported'), said(6, 'published'));
    expect(values).toMatchObject({
      lastExportedAt: timeOf(5),
      publishedEventAt: timeOf(6),
      lastEventAt: timeOf(6),
    });
  });
});

describe('the extra attributes of an app', () => {
  const extraOf = (...events: object[]) => Object.fromEntries(merged(...events).values.extraAttributes);

  it('are merged key by key, the newest wins', () => {
    expect(extraOf(said(1, 'created', { a: 1, b: 1 }), said(2, 'exported', { b: 2, c: 2 }))).toEqual({
      a: 1,
      b: 2,
      c: 2,
    });
    expect(extraOf(said(2, 'created', { a: 1, b: { x: 1 } }), said(1, 'exported', { b: { y: 2 } }))).toEqual({
      a: 1,
      b: { x: 1 },
    });
  });

  it('are not erased by null, by "" or by an event that has none', () => {
    expect(
      extraOf(
        said(1, 'created', { a: 1, b: 0 }),
        said(2, 'exported', { a: null, b: '' }),
        said(3, 'deleted'),
      ),
    ).toEqual({
      a: 1,
      b: 0,
    });
  });

  it('with equal time are those of the greater type', () => {
    expect(
      extraOf(
        said(1, 'created', { a: 1 }, { eventId: 'z' }),
        said(1, 'exported', { a: 2 }, { eventId: 'a' }),
      ),
    ).toEqual({
      a: 2,
    });
  });

  it('may be named like the prototype, or like a field of the merge', () => {
    const hostile = (value: number) =>
      JSON.parse(`{"__proto__": ${value}, "deletedAt": ${value}, "lastEventAt": ${value}}`);
    const { values, origins } = merged(
      said(1, 'created', hostile(1)),
      said(2, 'exported', hostile(2)),
      said(3, 'deleted'),
    );
    expect([...values.extraAttributes]).toEqual([
      ['__proto__', 2],
      ['deletedAt', 2],
      ['lastEventAt', 2],
    ]);
    expect(toDeletedAt(values, origins)).toBe(timeOf(3));
    expect(values.lastEventAt).toBe(timeOf(3));
  });
});

it('an automation keeps the newest name that any event brings, and the time of its newest event', () => {
  const stamp = (hour: number, eventId: string) => ({
    time: at(timeOf(hour)),
    typeKey: 't',
    source: 's',
    eventId,
  });
  const told = (hour: number, name: string | undefined) => ({
    values: { name, lastEventAt: at(timeOf(hour)) },
    origins: { stamps: [stamp(hour, `event-${hour}`)], of: {} },
  });
  const whole = mergeInOrder([told(2, 'New'), told(1, 'Old'), told(3, undefined)], mergeAutomation);
  expect(whole.values).toEqual({ name: 'New', lastEventAt: timeOf(3) });
});
