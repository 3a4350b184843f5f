import { describe, expect, test } from 'vitest';
import { TokenBucket } from '../../../src/domain/token-bucket.ts';
import { SubscriptionSlots } from '../../../src/execution/live/subscription-slots.ts';

describe('subscription slots', () => {
  test('are limited per tenant, and a released slot can be taken again', () => {
    const slots = new SubscriptionSlots(2);
    const releaseFirst = slots.take('a');
    const releaseSecond = slots.take('a');
    expect(slots.take('a')).toBeUndefined();
    expect(slots.take('b')).toBeDefined();
    expect(slots.taken).toBe(3);
    releaseFirst?.();
    expect(slots.taken).toBe(2);
    expect(slots.take('a')).toBeDefined();
    expect(slots.take('a')).toBeUndefined();
    releaseSecond?.();
    expect(slots.take('a')).toBeDefined();
  });

  test('are released once, however often release is called', () => {
    const slots = new SubscriptionSlots(2);
    const release = slots.take('a');
    slots.take('a');
    release?.();
    release?.();
    release?.();
    expect(slots.taken).toBe(1);
    expect(slots.take('a')).toBeDefined();
    release?.();
    expect(slots.take('a')).toBeUndefined();
    expect(slots.taken).toBe(2);
  });
});

describe('a token bucket', () => {
  const countPassing = (bucket: TokenBucket, now: number, tries: number) =>
    Array.from({ length: tries }, () => bucket.take(now)).filter(Boolean).length;

  test('lets its burst pass at once, then its rate, and never saves more than a burst', () => {
    const bucket = new TokenBucket({ burst: 10, perSecond: 4 }, 1_000);
    expect(countPassing(bucket, 1_000, 20)).toBe(10);
    expect(countPassing(bucket, 1_249, 5)).toBe(0);
    expect(countPassing(bucket, 1_250, 5)).toBe(1);
    expect(countPassing(bucket, 2_250, 20)).toBe(4);
    expect(countPassing(bucket, 1_000_000, 50)).toBe(10);
  });

  test('lets a steady stream at its rate pass, whenever it is asked', () => {
    const bucket = new TokenBucket({ burst: 1, perSecond: 100 }, 0);
    let passed = 0;
    for (let now = 0; now <= 10_000; now += 2.5) passed += Number(bucket.take(now));
    expect(passed).toBe(1_001);
  });
});
