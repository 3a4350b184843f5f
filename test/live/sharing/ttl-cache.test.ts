import { describe, expect, test } from 'vitest';
import { TtlCache } from '../../../src/graphql/live/ttl-cache.ts';

describe('what was made lately', () => {
  /** A clock that is set by hand, and makes that are counted. */
  const open = (keepMs: number, most: number) => {
    const clock = { now: 0 };
    const made: string[] = [];
    const recent = new TtlCache<string>(keepMs, most, () => clock.now);
    const get = (key: string) =>
      recent.get(key, () => {
        made.push(key);
        return `${key}${made.length}`;
      });
    return { clock, made, recent, get };
  };

  test('is shared by all who ask for it until its time is over, counted from when it was made', () => {
    const { clock, get } = open(100, 10);
    expect(get('a')).toBe('a1');
    clock.now = 60;
    expect(get('a')).toBe('a1');
    clock.now = 100;
    expect(get('a')).toBe('a1');
    clock.now = 101;
    expect(get('a')).toBe('a2');
    clock.now = 201;
    expect(get('a')).toBe('a2');
  });

  test('is never more than so many: the oldest goes first', () => {
    const { made, get } = open(100, 3);
    for (const key of ['a', 'b', 'c', 'd']) get(key);
    for (const key of ['d', 'c', 'b']) get(key);
    expect(made).toEqual(['a', 'b', 'c', 'd']);
    get('a');
    expect(made).toEqual(['a', 'b', 'c', 'd', 'a']);
    expect(get('c')).toBe('c3');
    expect(get('b')).toBe('b6');
  });

  test('counts as young again when it was made again', () => {
    const { clock, made, get } = open(100, 2);
    get('a');
    clock.now = 90;
    get('b');
    clock.now = 150;
    get('a');
    get('c');
    expect(get('a'), 'b was the oldest by then').toBe('a3');
    expect(made).toEqual(['a', 'b', 'a', 'c']);
  });

  test('is made anew once it is forgotten, unless somebody has made another one already', () => {
    const { clock, recent, get } = open(100, 10);
    const first = get('a');
    recent.delete('a', first);
    const second = get('a');
    expect(second).toBe('a2');
    recent.delete('a', first);
    expect(get('a')).toBe('a2');
    recent.delete('b', second);
    clock.now = 1;
    expect(get('a')).toBe('a2');
  });
});
