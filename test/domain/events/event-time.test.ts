import { describe, expect, it } from 'vitest';
import { appEvent, runEvent } from '../../support/events/events.ts';
import { at, RECEIVED_AT, readEvent, warningsOf } from '../reading.ts';

const NONES = [undefined, null, '', '0001-01-01T00:00:00Z'];
const RUN_TIMES = { stopTime: '2026-05-01T00:00:00Z', updatedAt: '2026-05-02T00:00:00Z' };

const runAt = (time: unknown, data: Record<string, unknown> = {}) => runEvent('tenant-1', data, { time });
const appAt = (type: string, eventTime: unknown, data: Record<string, unknown>) =>
  appEvent('tenant-1', type, { id: 'app-1', ...data }, { eventTime });
const timeOf = (raw: object) => readEvent(raw).time;

describe('the time of an event', () => {
  it('is the one sent, whatever times its payload has', () => {
    expect(timeOf(runAt('2018-10-30T07:06:22.9999+01:00', RUN_TIMES))).toBe('2018-10-30T06:06:22.999Z');
    expect(warningsOf(runAt('2018-10-30T07:06:22Z', RUN_TIMES))).toEqual([]);
  });

  it('without a zone is UTC, with a warning', () => {
    expect(timeOf(runAt('2026-01-01T01:00:00'))).toBe('2026-01-01T01:00:00.000Z');
    expect(warningsOf(runAt('2026-01-01T01:00:00'))).toEqual(['NO_TIME_ZONE /time']);
    expect(warningsOf(appAt('app.created', '2026-01-01T01:00:00', {}))).toEqual(['NO_TIME_ZONE /eventTime']);
  });

  it('may be a date alone, which is its midnight in UTC, with a warning', () => {
    expect(timeOf(runAt('2026-01-01'))).toBe('2026-01-01T00:00:00.000Z');
    expect(warningsOf(runAt('2026-01-01'))).toEqual(['NO_TIME_ZONE /time']);
  });

  it('may come as Java prints it', () => {
    expect(timeOf(runAt('2026-01-01T10:00+01:00[Europe/Berlin]'))).toBe('2026-01-01T09:00:00.000Z');
    expect(warningsOf(runAt('2026-01-01T10:00Z', { stopTime: '2026-01-01T09:59Z[UTC]' }))).toEqual([]);
  });

  it('may be any time of the past', () => {
    expect(timeOf(runAt('0001-01-01T00:00:00.001Z'))).toBe('0001-01-01T00:00:00.001Z');
  });
});

describe('where the time sent is', () => {
  it.each(NONES)('%j, it is missing', (time) => {
    expect(timeOf(runAt(time))).toBe(RECEIVED_AT);
    expect(warningsOf(runAt(time))).toEqual(['MISSING_TIME /time']);
    expect(warningsOf(appAt('app.created', time, {}))).toEqual(['MISSING_TIME /eventTime']);
  });

  it.each(['soon', '2026-02-30T00:00:00Z', '2026-01', 1767225600, {}, true])(
    '%j, it is unreadable',
    (time) => {
      expect(timeOf(runAt(time))).toBe(RECEIVED_AT);
      expect(warningsOf(runAt(time))).toEqual(['UNREADABLE_VALUE /time']);
    },
  );

  it('more than 24 hours ahead of receipt, it is unbelievable', () => {
    expect(timeOf(runAt('2026-06-02T12:00:00Z'))).toBe('2026-06-02T12:00:00.000Z');
    expect(warningsOf(runAt('2026-06-02T12:00:00Z'))).toEqual([]);
    expect(timeOf(runAt('2026-06-02T12:00:00.001Z'))).toBe(RECEIVED_AT);
    expect(warningsOf(runAt('2026-06-02T12:00:00.001Z'))).toEqual(['UNBELIEVABLE_TIME /time']);
    expect(warningsOf(runAt('9999-12-31T00:00:00'))).toEqual([
      'NO_TIME_ZONE /time',
      'UNBELIEVABLE_TIME /time',
    ]);
  });
});

describe.each([
  ['missing', null],
  ['unreadable', 'soon'],
  ['unbelievable', '2027-01-01T00:00:00Z'],
])("where the time sent is %s, the payload's own is taken:", (_name, time) => {
  it('of a run stopTime, else updatedAt', () => {
    expect(timeOf(runAt(time, RUN_TIMES))).toBe('2026-05-01T00:00:00.000Z');
    expect(timeOf(runAt(time, { updatedAt: RUN_TIMES.updatedAt }))).toBe('2026-05-02T00:00:00.000Z');
    expect(timeOf(runAt(time, { startTime: '2026-05-03T00:00:00Z' }))).toBe(RECEIVED_AT);
  });

  it('of a reload endTime', () => {
    const data = { endTime: '2026-05-01T00:00:00Z', modifiedDate: '2026-05-02T00:00:00Z' };
    expect(timeOf(appAt('app.reload.finished', time, data))).toBe('2026-05-01T00:00:00.000Z');
    expect(timeOf(appAt('app.reload.finished', time, { modifiedDate: data.modifiedDate }))).toBe(RECEIVED_AT);
  });

  it.each(['created', 'deleted', 'softdeleted', 'data.updated', 'exported', 'published'])(
    'of app.%s modifiedDate, nested or flat',
    (type) => {
      const modifiedDate = '2026-05-01T00:00:00Z';
      expect(timeOf(appAt(`app.${type}`, time, { attributes: { modifiedDate } }))).toBe(
        '2026-05-01T00:00:00.000Z',
      );
      expect(timeOf(appAt(`app.${type}`, time, { modifiedDate }))).toBe('2026-05-01T00:00:00.000Z');
      expect(timeOf(appAt(`app.${type}`, time, { createdDate: modifiedDate }))).toBe(RECEIVED_AT);
    },
  );

  it('of a type that is not modelled none, so that of receipt', () => {
    const data = { ...RUN_TIMES, endTime: RUN_TIMES.stopTime, modifiedDate: RUN_TIMES.stopTime };
    expect(timeOf(appAt('app.opened', time, data))).toBe(RECEIVED_AT);
  });

  it.each(['0001-01-01T00:00:00Z', '', 'soon', 5, '2026-06-02T12:00:00.001Z'])(
    'but not where that is %j',
    (own) => {
      expect(timeOf(runAt(time, { stopTime: own, updatedAt: RUN_TIMES.updatedAt }))).toBe(
        '2026-05-02T00:00:00.000Z',
      );
      expect(timeOf(runAt(time, { stopTime: own, updatedAt: own }))).toBe(RECEIVED_AT);
    },
  );
});

it('the moment of receipt is an argument, so reading the same event again gives the same time', () => {
  const raw = runAt(null);
  expect(readEvent(raw, at('2026-06-01T00:00:00Z')).time).toBe('2026-06-01T00:00:00.000Z');
  expect(readEvent(raw, at('2026-06-01T00:00:00Z'))).toEqual(readEvent(raw, at('2026-06-01T00:00:00Z')));
});
