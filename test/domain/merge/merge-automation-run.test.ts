import { describe, expect, it } from 'vitest';
import { originOf } from '../../../src/domain/merge/merge.ts';
import {
  AUTOMATION_RUN_STATUSES,
  type AutomationRunStatus,
  isFinalStatus,
  type RunFacts,
  toOutcome,
} from '../../../src/domain/runs/automation-run.ts';
import {
  mergeAutomationRun,
  toOccurredAt,
  toQueuedMs,
  toRunDurationMs,
} from '../../../src/domain/runs/merge-automation-run.ts';
import { runEvent } from '../../support/events/events.ts';
import { runIn, toMergedRun } from '../reading.ts';
import { mergeInOrder } from './histories.ts';

type Json = Record<string, unknown>;
const NONES = [undefined, null, ''];

/** An event about the run at an hour of one day. */
const said = (hour: number, data: Json, envelope: Json = {}) =>
  runEvent(
    'tenant-1',
    { id: 'run', ...data },
    { time: `2026-01-01T${String(hour).padStart(2, '0')}:00:00Z`, ...envelope },
  );

/** What the events say together, in the order given and in the reverse one, which must agree. */
function merged(...events: object[]): RunFacts {
  const parts = events.map(toMergedRun);
  const { values } = mergeInOrder(parts, mergeAutomationRun);
  expect(mergeInOrder(parts.toReversed(), mergeAutomationRun).values).toEqual(values);
  return values;
}

describe('given a final status', () => {
  const FINAL: AutomationRunStatus[] = [
    'STOPPED',
    'FINISHED',
    'FINISHED_WITH_WARNINGS',
    'FAILED',
    'EXCEEDED_LIMIT',
  ];

  it('is one of five', () => {
    expect(AUTOMATION_RUN_STATUSES.filter(isFinalStatus)).toEqual(FINAL);
  });

  it.each(['not started', 'queued', 'starting', 'running', 'must stop', 'paused'])(
    'when a later event says "%s", then the final one stands',
    (status) => {
      for (const final of FINAL) {
        expect(merged(said(1, { status: final }), said(2, { status })).status?.word).toBe(final);
      }
    },
  );

  it('when a later event says another final one, then that stands', () => {
    expect(merged(said(1, { status: 'finished' }), said(2, { status: 'failed' })).status?.word).toBe(
      'FAILED',
    );
    expect(merged(said(2, { status: 'finished' }), said(1, { status: 'failed' })).status?.word).toBe(
      'FINISHED',
    );
  });

  it('when a later event says nothing of it or something unreadable, then it stands', () => {
    for (const status of [...NONES, 5]) {
      expect(merged(said(1, { status: 'failed' }), said(2, { status })).status?.word).toBe('FAILED');
    }
  });

  it('word and name come from one event', () => {
    const run = merged(
      said(1, { status: 'FINISHED' }),
      said(2, { status: 'running' }),
      said(3, { status: 'Finished' }),
    );
    expect(run.status).toEqual({ word: 'FINISHED', name: 'Finished' });
  });
});

it('given only statuses that are not final, the newest stands', () => {
  expect(merged(said(1, { status: 'queued' }), said(2, { status: 'running' })).status?.word).toBe('RUNNING');
  expect(merged(said(1, { status: 'running' }), said(2, { status: 'paused' })).status?.word).toBe('UNKNOWN');
});

describe('given what is known', () => {
  const known = {
    title: 'Nightly',
    context: 'api',
    billable: false,
    isTestRun: true,
    executedById: 'user-1',
    ownerId: 'owner-1',
    startTime: '2026-01-01T00:00:00Z',
    network: { rxBytes: 0, txBytes: 2 },
    totalApiCalls: 0,
    blocks: [{ blockName: 'a' }],
    metrics: { totalApiCalls: 7 },
  };

  it.each(NONES)('when a newer event holds %j, then nothing is erased', (none) => {
    const nothing = Object.fromEntries(Object.keys(known).map((key) => [key, none]));
    const { lastEventAt: _before, ...before } = runIn(said(1, known));
    expect(merged(said(1, known), said(2, nothing))).toMatchObject(before);
  });

  it('when a newer event holds what is empty or unreadable, then nothing is erased', () => {
    const empty = {
      network: {},
      blocks: [],
      metrics: {},
      startTime: '0001-01-01T00:00:00Z',
      totalApiCalls: -1,
      title: 5,
    };
    const { lastEventAt: _before, ...before } = runIn(said(1, known));
    expect(merged(said(1, known), said(2, empty))).toMatchObject(before);
    expect(
      merged(said(1, known), said(2, { blocks: [null], metrics: { network: {}, blocks: [] } })),
    ).toMatchObject(before);
  });

  it('when a newer event says something else, then that is known', () => {
    const run = merged(
      said(1, known),
      said(2, { title: 'Daily', billable: true, blocks: [{ blockName: 'b' }] }),
    );
    expect(run).toMatchObject({ title: 'Daily', billable: true, isTestRun: true, totalApiCalls: 0 });
    expect(run.blocks).toMatchObject([{ blockName: 'b' }]);
    expect(run.blocks).toHaveLength(1);
  });

  it('when an older event says something else, then it fills only what was unknown', () => {
    expect(merged(said(2, { title: 'Nightly' }), said(1, { title: 'Daily', billable: true }))).toMatchObject({
      title: 'Nightly',
      billable: true,
      lastEventAt: '2026-01-01T02:00:00.000Z',
    });
  });
});

describe('of two values with equal time', () => {
  it('that of the greater source wins, then that of the greater id, by code point', () => {
    const a = said(1, { title: 'a' }, { source: 's', id: '2' });
    expect(merged(a, said(1, { title: 'b' }, { source: 't', id: '1' })).title).toBe('b');
    expect(merged(a, said(1, { title: 'b' }, { source: 's', id: '3' })).title).toBe('b');
    expect(merged(a, said(1, { title: 'b' }, { source: 's', id: '10' })).title).toBe('a');
  });

  it('a character beyond U+FFFF is greater than U+FFEE, though not in UTF-16', () => {
    const grinning = { title: 'grinning' };
    const circle = { title: 'circle' };
    expect(merged(said(1, grinning, { id: '😀' }), said(1, circle, { id: '\uffee' })).title).toBe('grinning');
    expect(merged(said(1, grinning, { source: '😀' }), said(1, circle, { source: '\uffee' })).title).toBe(
      'grinning',
    );
  });

  it('time is compared after it was cut to the millisecond', () => {
    const newer = said(1, { title: 'a' }, { id: '1', time: '2026-01-01T01:00:00.0009Z' });
    expect(merged(newer, said(1, { title: 'b' }, { id: '2' })).title).toBe('b');
  });
});

it('the origin of each value is the event that said it, the newest event first', () => {
  const older = toMergedRun(said(1, { title: 'a', billable: true }));
  const newer = toMergedRun(said(2, { title: 'b' }, { toplevelresourceid: null }));
  const { origins } = mergeAutomationRun(older, newer);
  expect(origins.stamps).toEqual([...newer.origins.stamps, ...older.origins.stamps]);
  expect(originOf(origins, 'title')).toEqual(newer.origins.stamps[0]);
  expect(originOf(origins, 'billable')).toEqual(older.origins.stamps[0]);
  expect(originOf(origins, 'automationId')).toEqual(older.origins.stamps[0]);
});

describe('from what is known of a run follow', () => {
  const times = {
    startTime: '2026-01-01T00:00:02Z',
    createdAt: '2026-01-01T00:00:01Z',
    stopTime: '2026-01-01T00:00:05Z',
  };

  it('when it occurred: startTime, else createdAt, else stopTime, else the time of the newest event', () => {
    const occurred = (data: Json) => toOccurredAt(runIn(said(9, data)));
    expect(occurred(times)).toBe('2026-01-01T00:00:02.000Z');
    expect(occurred({ ...times, startTime: '' })).toBe('2026-01-01T00:00:01.000Z');
    expect(occurred({ stopTime: times.stopTime })).toBe('2026-01-01T00:00:05.000Z');
    expect(toOccurredAt(merged(said(8, {}), said(9, {})))).toBe('2026-01-01T09:00:00.000Z');
  });

  it('how long it waited and ran, unless a time is missing or they are the wrong way round', () => {
    expect(toRunDurationMs(runIn(said(1, times)))).toBe(3000);
    expect(toQueuedMs(runIn(said(1, times)))).toBe(1000);
    expect(toRunDurationMs(runIn(said(1, { ...times, stopTime: times.createdAt })))).toBeUndefined();
    expect(toQueuedMs(runIn(said(1, { ...times, createdAt: undefined })))).toBeUndefined();
  });

  it('what its status means', () => {
    const words = ['PENDING', 'PENDING', 'PENDING', 'PENDING', 'STOPPED', 'STOPPED', 'SUCCESS', 'WARNING'];
    expect(AUTOMATION_RUN_STATUSES.map(toOutcome)).toEqual([...words, 'FAILURE', 'FAILURE', 'UNKNOWN']);
  });
});
