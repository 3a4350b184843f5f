import { describe, expect, test } from 'vitest';
import { SubscriptionSlots, TokenBucket } from '../../src/execution/live/live-limits.ts';

describe('seats', () => {
  test('are so many for each tenant, and one that is left is free for somebody else', () => {
    const seats = new SubscriptionSlots(2);
    const leaveFirst = seats.take('a');
    const leaveSecond = seats.take('a');
    expect(seats.take('a')).toBeUndefined();
    expect(seats.take('b')).toBeDefined();
    expect(seats.taken).toBe(3);
    leaveFirst?.();
    expect(seats.taken).toBe(2);
    expect(seats.take('a')).toBeDefined();
    expect(seats.take('a')).toBeUndefined();
    leaveSecond?.();
    expect(seats.take('a')).toBeDefined();
  });

  test('are left once, however often that is said', () => {
    const seats = new SubscriptionSlots(2);
    const leave = seats.take('a');
    seats.take('a');
    leave?.();
    leave?.();
    leave?.();
    expect(seats.taken).toBe(1);
    expect(seats.take('a')).toBeDefined();
    leave?.();
    expect(seats.take('a')).toBeUndefined();
    expect(seats.taken).toBe(2);
  });
});

describe('a bucket of tokens', () => {
  const countPassing = (bucket: TokenBucket, now: number, tries: number) =>
    Array.from({ length: tries }, () => bucket.take(now)).filter(Boolean).length;

  test('lets so many pass at once, so many more each second, and saves up no more than at the start', () => {
    const bucket = new TokenBucket({ atOnce: 10, perSecond: 4 }, 1_000);
    expect(countPassing(bucket, 1_000, 20)).toBe(10);
    expect(countPassing(bucket, 1_249, 5)).toBe(0);
    expect(countPassing(bucket, 1_250, 5)).toBe(1);
    expect(countPassing(bucket, 2_250, 20)).toBe(4);
    expect(countPassing(bucket, 1_000_000, 50)).toBe(10);
  });

  test('lets a steady stream of its rate pass for ever, asked at any times', () => {
    const bucket = new TokenBucket({ atOnce: 1, perSecond: 100 }, 0);
    let passed = 0;
    for (let now = 0; now <= 10_000; now += 2.5) passed += Number(bucket.take(now));
    expect(passed).toBe(1_001);
  });
});
