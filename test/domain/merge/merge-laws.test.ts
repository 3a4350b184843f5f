import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeApp } from '../../../src/domain/apps/merge-app.ts';
import { type Merged, toMerged } from '../../../src/domain/merge/merge.ts';
import { type AutomationState, mergeAutomation } from '../../../src/domain/runs/merge-automation.ts';
import { mergeAutomationRun } from '../../../src/domain/runs/merge-automation-run.ts';
import { toDose } from '../../support/run/dose.ts';
import { readEvent, toMergedApp, toMergedRun, toStamp } from '../reading.ts';
import { appHistory, endlessPicks, mergeInGroups, mergeInOrder, runHistory } from './histories.ts';

function toMergedAutomation(raw: object): Merged<AutomationState> {
  const event = readEvent(raw);
  return toMerged({ name: event.facts.automation?.name, lastEventAt: event.time }, toStamp(event));
}

function describeLaws<Facts>(
  thing: string,
  history: fc.Arbitrary<object[]>,
  toPart: (raw: object) => Merged<Facts>,
  merge: (a: Merged<Facts>, b: Merged<Facts>) => Merged<Facts>,
): void {
  const check = (law: (parts: Merged<Facts>[], picks: Iterator<number>) => void) =>
    fc.assert(
      fc.property(history, endlessPicks, (events, picks) => {
        law(events.map(toPart), picks);
      }),
      { numRuns: toDose({ short: 100, full: 300 }) },
    );

  describe(`what events say of ${thing}`, () => {
    it('is the same whichever of two is known first', () => {
      check(([a, b = a]) => {
        if (a === undefined || b === undefined) return;
        expect(merge(a, b)).toEqual(merge(b, a));
      });
    });

    it('is the same however three are grouped', () => {
      check(([a, b = a, c = a]) => {
        if (a === undefined || b === undefined || c === undefined) return;
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)));
      });
    });

    it('does not change when it is told again', () => {
      check((parts) => {
        const whole = mergeInOrder(parts, merge);
        expect(merge(whole, whole)).toEqual(whole);
        for (const part of parts) expect(merge(whole, part)).toEqual(whole);
        expect(merge(part0(parts), part0(parts))).toEqual(part0(parts));
      });
    });

    it('is the same, origins included, for any order, any grouping and any repetition', () => {
      check((parts, picks) => {
        const whole = mergeInOrder(parts, merge);
        expect(mergeInGroups(parts, merge, picks)).toEqual(whole);
        expect(mergeInGroups(parts, merge, picks)).toEqual(whole);
        expect(JSON.stringify(mergeInGroups(parts, merge, picks).origins)).toBe(
          JSON.stringify(merge(whole, whole).origins),
        );
      });
    });

    it('leaves what it was joined from as it was', () => {
      check((parts) => {
        const before = structuredClone(parts);
        mergeInOrder(parts, merge);
        expect(parts).toEqual(before);
      });
    });
  });
}

function part0<Facts>([first]: Merged<Facts>[]): Merged<Facts> {
  if (first === undefined) throw new Error('No part.');
  return first;
}

describeLaws('a run', runHistory, toMergedRun, mergeAutomationRun);
describeLaws('an app', appHistory, toMergedApp, mergeApp);
describeLaws('an automation', runHistory, toMergedAutomation, mergeAutomation);
