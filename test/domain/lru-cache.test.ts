import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LruCache } from '../../src/domain/lru-cache.ts';

const MOST = 3;

/** The same cache as a list, the oldest entry first. */
class ListedCache {
  #entries: [number, number][] = [];

  get(key: number): number | undefined {
    const found = this.#entries.find(([other]) => other === key);
    if (found !== undefined) this.set(...found);
    return found?.[1];
  }

  set(key: number, value: number): void {
    const others = this.#entries.filter(([other]) => other !== key);
    this.#entries = [...others, [key, value] satisfies [number, number]].slice(-MOST);
  }
}

test('the least recently used entry is evicted, whatever was read and written before', () => {
  const step = fc.record({ key: fc.nat(5), value: fc.option(fc.nat(9), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const cache = new LruCache<number, number>(MOST);
      const listed = new ListedCache();
      for (const { key, value } of steps) {
        if (value === undefined) expect(cache.get(key)).toBe(listed.get(key));
        else {
          cache.set(key, value);
          listed.set(key, value);
        }
      }
      for (let key = 0; key <= 5; key += 1) expect(cache.get(key)).toBe(listed.get(key));
    }),
    { numRuns: 500 },
  );
});
