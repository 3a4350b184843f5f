import { expect, test } from 'vitest';
import { formatInstant } from '../../src/web/format/times.ts';

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

test('an instant has its time of day, and the year instead where the day alone could mean another year', () => {
  expect(formatInstant(daysAgo(1), 'UTC')).toMatch(/^\d\d \w{3,4}, \d\d:\d\d:\d\d$/);
  expect(formatInstant(daysAgo(299), 'UTC')).toMatch(/^\d\d \w{3,4}, \d\d:\d\d:\d\d$/);
  expect(formatInstant('2021-12-31T23:30:00Z', 'UTC')).toBe('31 Dec 2021');
  expect(formatInstant('2021-12-31T23:30:00Z', 'Asia/Tokyo')).toBe('01 Jan 2022');
  expect(formatInstant(daysAgo(-400), 'UTC')).toMatch(/^\d\d \w{3,4} \d{4}$/);
  expect(formatInstant(null, 'UTC')).toBe('–');
});
