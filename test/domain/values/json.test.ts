import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isDeeperThan,
  isJsonObject,
  type JsonValue,
  MAX_LEVELS,
  toCanonicalJson,
  toPointer,
} from '../../../src/domain/values/json.ts';

const anyJson = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;

/** The same content with the keys of every object the other way round. */
function turned(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(turned);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, child]) => [key, turned(child)]),
  );
}

/** The same content without members that are null. */
function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).filter(([, child]) => child !== null);
  return Object.fromEntries(members.map(([key, child]) => [key, withoutNulls(child)]));
}

/** `levels` lists or objects inside one another. */
function nested(levels: number, wrap: (inner: JsonValue) => JsonValue): JsonValue {
  let value: JsonValue = 'core';
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

describe('canonical JSON', () => {
  it('does not depend on the order of keys, at any depth', () => {
    expect(toCanonicalJson({ b: [{ y: 1, x: 2 }], a: null })).toBe(
      toCanonicalJson({ a: null, b: [{ x: 2, y: 1 }] }),
    );
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(toCanonicalJson(turned(value))).toBe(toCanonicalJson(value));
      }),
    );
  });

  it('is the text that every version has stored, of any number of keys and of any characters', () => {
    const key = fc.oneof(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 30 }).map(String));
    const object = fc.dictionary(key, anyJson, { maxKeys: 40, size: 'max' }) as fc.Arbitrary<JsonValue>;
    const expected = (value: JsonValue): string => {
      if (Array.isArray(value)) return `[${value.map(expected).join(',')}]`;
      if (!isJsonObject(value)) return JSON.stringify(value);
      const members = Object.keys(value)
        .sort()
        .map((name) => [JSON.stringify(name), expected(value[name] ?? null)])
        .filter(([, member]) => member !== 'null');
      return `{${members.map((pair) => pair.join(':')).join(',')}}`;
    };
    fc.assert(
      fc.property(object, (value) => {
        expect(toCanonicalJson(value)).toBe(expected(value));
      }),
    );
    const texts = ['"', '\\', '\n', '\u0000', '\u007f', '\ud800', '\udfff', '\ud83d\ude00', 'ü'];
    for (const text of texts) expect(toCanonicalJson({ [text]: text })).toBe(expected({ [text]: text }));
    expect(toCanonicalJson({ a: Number.POSITIVE_INFINITY, b: -0, c: 1e21 })).toBe('{"b":0,"c":1e+21}');
  });

  it('can be read back, so that different content never looks the same', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(JSON.parse(toCanonicalJson(value))).toEqual(withoutNulls(JSON.parse(JSON.stringify(value))));
      }),
    );
  });

  it('has no members that are null, at any depth, and keeps null elements of a list', () => {
    expect(toCanonicalJson({ a: null, b: { c: null }, d: [null, { e: null }] })).toBe(
      '{"b":{},"d":[null,{}]}',
    );
  });

  it('differs where the content differs', () => {
    const contents: JsonValue[] = [
      null,
      '',
      'null',
      0,
      '0',
      1,
      true,
      'true',
      [],
      {},
      [[]],
      [{}],
      [1, 2],
      [2, 1],
      ['1,2'],
      { a: 1 },
      { a: '1' },
      [null],
      { b: 1 },
      { a: 1, b: 2 },
      { a: 2, b: 1 },
      { a: { b: 2 } },
      { 'a":1,"b': 2 },
      { é: 1 },
      { 'e\u0301': 1 },
    ];
    expect(new Set(contents.map(toCanonicalJson)).size).toBe(contents.length);
  });

  it('keeps the key "__proto__" as a key like any other', () => {
    const hostile = JSON.parse('{"__proto__": {"x": 1}, "a": 1}') as JsonValue;
    expect(toCanonicalJson(hostile)).toBe('{"__proto__":{"x":1},"a":1}');
  });
});

describe('the depth of a value', () => {
  it.each([
    ['lists', (inner: JsonValue): JsonValue => [1, inner]],
    ['objects', (inner: JsonValue): JsonValue => ({ before: 1, inner })],
  ])('of %s is their number: 64 levels are not deeper than 64, 65 are', (_name, wrap) => {
    expect(isDeeperThan(nested(64, wrap), MAX_LEVELS)).toBe(false);
    expect(isDeeperThan(nested(65, wrap), MAX_LEVELS)).toBe(true);
  });

  it('counts no level for a text, a number or null', () => {
    expect(isDeeperThan('text', 0)).toBe(false);
    expect(isDeeperThan(null, 0)).toBe(false);
    expect(isDeeperThan([], 0)).toBe(true);
    expect(isDeeperThan([null, 1], 1)).toBe(false);
  });

  it('is told of a million levels without exhausting the stack', () => {
    expect(
      isDeeperThan(
        nested(1_000_000, (inner) => [inner]),
        MAX_LEVELS,
      ),
    ).toBe(true);
  });
});

describe('a JSON Pointer', () => {
  it('escapes ~ and / in keys (RFC 6901)', () => {
    expect(toPointer('/data', 'a/b~c')).toBe('/data/a~1b~0c');
    expect(toPointer('', '~1')).toBe('/~01');
    expect(toPointer('/data/blocks', 0)).toBe('/data/blocks/0');
  });
});
