import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AppFacts } from '../../../src/domain/apps/app.ts';
import { mergeApp, toDeletedAt } from '../../../src/domain/apps/merge-app.ts';
import type { ParsedEvent } from '../../../src/domain/events/parse-event.ts';
import { originOf } from '../../../src/domain/merge/merge.ts';
import { isFinalStatus, type RunFacts } from '../../../src/domain/runs/automation-run.ts';
import { mergeAutomationRun } from '../../../src/domain/runs/merge-automation-run.ts';
import { toDose } from '../../support/run/dose.ts';
import { appIn, readEvent, runIn, toMergedApp, toMergedRun, toStamp } from '../reading.ts';
import { appHistory, mergeInOrder, runHistory } from './histories.ts';

interface Told<Facts> {
  event: ParsedEvent;
  facts: Facts;
}

/**
 * The order of events by the contract's words: time, then type, source and id by the bytes of their
 * UTF-8.
 */
function compareEvents({ event: a }: Told<unknown>, { event: b }: Told<unknown>): number {
  if (a.time !== b.time) return Date.parse(a.time) - Date.parse(b.time);
  const toTexts = ({ typeKey, source, eventId }: ParsedEvent) => [typeKey, source, eventId];
  const bytesOf = (event: ParsedEvent) => toTexts(event).map((text) => Buffer.from(text));
  const others = bytesOf(b);
  for (const [index, bytes] of bytesOf(a).entries()) {
    const order = Buffer.compare(bytes, others[index] ?? Buffer.alloc(0));
    if (order !== 0) return order;
  }
  return 0;
}

/** The newest of the events that say something of a field. */
function newestWith<Facts>(told: Told<Facts>[], has: (facts: Facts) => boolean): Told<Facts> | undefined {
  return told
    .filter(({ facts }) => has(facts))
    .sort(compareEvents)
    .at(-1);
}

it('each field of a run is what the newest event says that says anything, a final status before any other', () => {
  fc.assert(
    fc.property(runHistory, (raws) => {
      const told = raws.map((raw) => ({ event: readEvent(raw), facts: runIn(raw) }));
      const { values, origins } = mergeInOrder(raws.map(toMergedRun), mergeAutomationRun);
      for (const field of Object.keys(values) as (keyof RunFacts)[]) {
        if (field === 'metrics') continue;
        const newest = newestWith(told, (facts) => facts[field] !== undefined);
        const final = newestWith(told, ({ status }) => status !== undefined && isFinalStatus(status.word));
        const expected = field === 'status' ? (final ?? newest) : newest;
        expect(values[field]).toEqual(expected?.facts[field]);
        if (expected !== undefined) expect(originOf(origins, field)).toEqual(toStamp(expected.event));
      }
    }),
    { numRuns: toDose({ short: 150, full: 500 }) },
  );
});

it('each field of an app is what the newest event says that says anything, its last reload the latest of all', () => {
  fc.assert(
    fc.property(appHistory, (raws) => {
      const told = raws.map((raw) => ({ event: readEvent(raw), facts: appIn(raw) }));
      const { values, origins } = mergeInOrder(raws.map(toMergedApp), mergeApp);
      for (const field of Object.keys(values) as (keyof AppFacts)[]) {
        if (field === 'extraAttributes' || field === 'lastReloadTime') continue;
        const newest = newestWith(told, (facts) => facts[field] !== undefined);
        expect(values[field]).toEqual(newest?.facts[field]);
        if (newest !== undefined) expect(originOf(origins, field)).toEqual(toStamp(newest.event));
      }
      const reloadTimes = told.flatMap(({ facts }) => facts.lastReloadTime ?? []).sort();
      expect(values.lastReloadTime).toBe(reloadTimes.at(-1));
    }),
    { numRuns: toDose({ short: 150, full: 500 }) },
  );
});

it('each extra attribute of an app is what the newest event says that has it, in an order of its own', () => {
  fc.assert(
    fc.property(appHistory, (raws) => {
      const told = raws.map((raw) => ({ event: readEvent(raw), facts: appIn(raw) }));
      const { extraAttributes } = mergeInOrder(raws.map(toMergedApp), mergeApp).values;
      const keys = new Set(told.flatMap(({ facts }) => [...facts.extraAttributes.keys()]));
      const expected = [...keys].sort().map((key) => {
        const newest = newestWith(told, (facts) => facts.extraAttributes.has(key));
        return [key, newest?.facts.extraAttributes.get(key)];
      });
      expect([...extraAttributes]).toEqual(expected);
    }),
    { numRuns: toDose({ short: 150, full: 500 }) },
  );
});

it('an app is deleted if the newest of its creations and deletions is a deletion', () => {
  fc.assert(
    fc.property(appHistory, (raws) => {
      const told = raws.map((raw) => ({ event: readEvent(raw), facts: appIn(raw) }));
      const { values, origins } = mergeInOrder(raws.map(toMergedApp), mergeApp);
      const newest = newestWith(
        told,
        ({ deletedAt, createdEventAt }) => (deletedAt ?? createdEventAt) !== undefined,
      );
      expect(toDeletedAt(values, origins)).toBe(newest?.facts.deletedAt);
    }),
    { numRuns: toDose({ short: 150, full: 500 }) },
  );
});
