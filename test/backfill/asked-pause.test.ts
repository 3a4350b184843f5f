import { toAskedPauseMs } from 'qlik-event-graph-ingest';
import { expect, test } from 'vitest';

const HOUR_MS = 3_600_000;

test.each([
  ['0', 0],
  ['2', 2_000],
  ['3600', HOUR_MS],
  ['3601', HOUR_MS],
  ['9'.repeat(400), HOUR_MS],
  ['Fri, 31 Dec 9999 23:59:59 GMT', HOUR_MS],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['', 0],
  ['-5', 0],
  ['1.5', 0],
  ['soon', 0],
  [['2', '3'], 0],
  [null, 0],
  [undefined, 0],
])('Retry-After %j asks for a pause of %i ms', (header, pauseMs) => {
  expect(toAskedPauseMs(header)).toBe(pauseMs);
});

test('a date in Retry-After asks for the time until then', () => {
  const pauseMs = toAskedPauseMs(new Date(Date.now() + 10_000).toUTCString());
  expect(pauseMs).toBeGreaterThan(8_000);
  expect(pauseMs).toBeLessThanOrEqual(10_000);
});

test.each([
  [250, 250],
  [0, 0],
  [-1, 0],
  [Number.NaN, 0],
  [1e300, HOUR_MS],
  [Number.POSITIVE_INFINITY, HOUR_MS],
  ['250', 2_000],
  [null, 2_000],
])('retryAfterMs %j takes precedence over Retry-After: 2, if it is a number', (retryAfterMs, pauseMs) => {
  expect(toAskedPauseMs('2', retryAfterMs)).toBe(pauseMs);
});
