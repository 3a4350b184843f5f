import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Item, START } from '../../schema/ingest-client/items/item.ts';
import { readItems } from '../../schema/ingest-client/items/read-items.ts';
import type { Format } from '../../schema/ingest-client/items/scan-items.ts';
import { toDose } from '../support/run/dose.ts';

const MAX_ITEM_BYTES = 10_000;

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

/** Reads the items of a text that comes in pieces of these sizes. */
async function read(
  text: string | Buffer,
  {
    sizes = [65_536],
    format = 'auto',
    start = START,
  }: Partial<{ sizes: number[]; format: Format | 'auto'; start: Item['after'] }> = {},
): Promise<Item[]> {
  const bytes = Buffer.from(text as string).subarray(start.offset);
  const { items } = await readItems('a file', cut(bytes, sizes), {
    format,
    start,
    maxItemBytes: MAX_ITEM_BYTES,
  });
  const read: Item[] = [];
  for await (const some of items) read.push(...some);
  return read;
}

const toValue = ({ content }: Item) =>
  Buffer.isBuffer(content) ? JSON.parse(content.toString()) : content.code;
/** The value of each item, or the code of what is wrong with it. */
const valuesOf = async (...args: Parameters<typeof read>) => (await read(...args)).map(toValue);
const placesOf = async (...args: Parameters<typeof read>) =>
  (await read(...args)).map(({ number, line }) => [number, line]);

// An event has members by which it is told from a page.
const events = fc.array(
  fc
    .tuple(
      fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), fc.jsonValue({ maxDepth: 1 }), {
        maxKeys: 4,
      }),
    )
    .map(([data]) => ({
      specversion: '1.0',
      ...data,
    })),
  { maxLength: 6 },
);
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
const indents = fc.constantFrom(undefined, 1, 2, '\t');

/** Ways to write events into a file. */
const LAYOUTS: Record<string, (events: unknown[], indent: string | number | undefined) => string> = {
  'a list': (all, indent) => JSON.stringify(all, null, indent),
  'a page': (all, indent) => JSON.stringify({ data: all, links: { next: { href: '[{"' } } }, null, indent),
  'a page with its list last': (all, indent) =>
    JSON.stringify({ links: { data: ['"]'] }, data: all }, null, indent),
  'a page for each': (all, indent) =>
    all.map((event) => JSON.stringify({ data: [event] }, null, indent)).join('\n'),
  'a list for each': (all, indent) => all.map((event) => JSON.stringify([event], null, indent)).join(''),
  lines: (all) => all.map((event) => `${JSON.stringify(event)}\n`).join(''),
  'lines with blank ones and CRLF': (all) =>
    all.map((event) => `\r\n  ${JSON.stringify(event)} \r\n`).join('\n'),
};

describe('the items of a file', () => {
  test.each(Object.entries(LAYOUTS))(
    'as %s are what JSON parsing gives, wherever the pieces are cut',
    async (name, layout) => {
      await fc.assert(
        fc.asyncProperty(events, indents, sizes, async (all, indent, cuts) => {
          // Without any, nothing tells lines from something else.
          fc.pre(all.length > 0 || !name.startsWith('lines'));
          const text = layout(all, indent);
          const expected = JSON.parse(JSON.stringify(all));
          expect(await valuesOf(text, { sizes: cuts })).toEqual(expected);
          expect(await valuesOf(`\u{feff}${text}`, { sizes: cuts })).toEqual(expected);
        }),
        { numRuns: toDose({ short: 30, full: 100 }), endOnFailure: true },
      );
    },
  );

  test.each(Object.entries(LAYOUTS))('as %s: reading goes on after any of them', async (name, layout) => {
    await fc.assert(
      fc.asyncProperty(events, indents, sizes, async (all, indent, cuts) => {
        const text = layout(all, indent);
        const whole = await read(text, { sizes: cuts });
        const format = name.startsWith('lines') ? 'lines' : 'json';
        for (const [index, { after }] of whole.entries()) {
          const rest = await read(text, { sizes: cuts, format, start: after });
          expect(rest).toEqual(whole.slice(index + 1));
        }
      }),
      { numRuns: toDose({ short: 10, full: 30 }), endOnFailure: true },
    );
  });

  test('an event over several lines is one, and so are several of them', async () => {
    const event = { specversion: '1.0', data: [1, { data: [2] }] };
    const text = JSON.stringify(event, null, 2);
    expect(await valuesOf(text)).toEqual([event]);
    expect(await placesOf(`${text}\n\n${text}${text}`)).toEqual([
      [1, 1],
      [2, 13],
      [3, 23],
    ]);
  });

  test('values keep every character: escapes, astral and NUL characters, members of any name, long numbers', async () => {
    const line = String.raw`{"__proto__":{"a":1},"b":"\u0000\ud83d\ude00😀\"]}\\","c":12345678901234567890.10,"c":-0,"d":[[],{}]}`;
    for (const text of [line, `[${line}]`, `{"data":[${line}]}`]) {
      for (const cuts of [[1], [2, 3], [1_000]]) {
        const [item] = await read(text, { sizes: cuts });
        expect(String(item?.content)).toBe(line);
      }
    }
  });

  test('what is no event costs itself alone', async () => {
    const lines = '{"a":1}\n{oops\n"{"\n\n[1]\nnull\n{"b":2}\n{"c":\n{"d":4}';
    expect(await valuesOf(lines)).toEqual([
      { a: 1 },
      'NOT_JSON',
      'NOT_AN_OBJECT',
      'NOT_AN_OBJECT',
      'NOT_AN_OBJECT',
      { b: 2 },
      'NOT_JSON',
      { d: 4 },
    ]);
    expect(await placesOf(lines)).toEqual([1, 2, 3, 5, 6, 7, 8, 9].map((line, index) => [index + 1, line]));
    expect(await valuesOf('[{"a":1},\n {oops}, null, 12, "x", [{"b":1}], tru, {"c":3},]')).toEqual([
      { a: 1 },
      'NOT_JSON',
      'NOT_AN_OBJECT',
      'NOT_AN_OBJECT',
      'NOT_AN_OBJECT',
      'NOT_AN_OBJECT',
      'NOT_JSON',
      { c: 3 },
    ]);
    expect(await valuesOf('[{"a":1}]}\n]\n[{"b":2}]')).toEqual([{ a: 1 }, 'NOT_JSON', 'NOT_JSON', { b: 2 }]);
  });

  test('bytes that are no UTF-8 are no JSON', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}\n{"b":2}\n'),
    ]);
    expect(await valuesOf(bytes)).toEqual(['NOT_JSON', { b: 2 }]);
  });

  test('a byte order mark before an item is no part of it, in the middle of a file as well', async () => {
    const [first, second] = ['{"a":1}', '{"b":"\u{feff}"}'];
    const bom = '\u{feff}';
    for (const text of [
      `${bom}${first}\n${bom}${second}\n`,
      `${bom}${bom}${first}\n${bom}\n ${bom} ${second}\n${bom}`,
      `${bom}[${first},\n${bom}${second}]`,
      `${bom}[${first}]\n${bom}[${second}]${bom}`,
      `${bom}${bom}{"data":[${first}]}${bom}{"data":[${second}]}`,
    ]) {
      for (const cuts of [[1], [2, 3], [1_000]]) {
        const items = await read(text, { sizes: cuts });
        expect(items.map(({ content }) => String(content))).toEqual([first, second]);
        const [{ after: start } = { after: START }] = items;
        const format = text.includes('[') ? 'json' : 'lines';
        expect(await read(text, { sizes: cuts, format, start })).toEqual(items.slice(1));
      }
    }
  });

  test('a byte order mark inside of an item costs that one alone', async () => {
    const bom = '\u{feff}';
    const broken = ['{"a":1}', `{${bom}"b":2}`, `{"c":3}${bom}`, '{"d":4}'];
    expect(await valuesOf(broken.join('\n'))).toEqual([{ a: 1 }, 'NOT_JSON', 'NOT_JSON', { d: 4 }]);
    expect(await placesOf(broken.join('\n'))).toEqual([1, 2, 3, 4].map((line) => [line, line]));
    const list = `[{"a":1},\n{${bom}"b":2}, \u{fefd}{"c":3},\n{"d":4}]`;
    expect(await valuesOf(list)).toEqual([{ a: 1 }, 'NOT_JSON', 'NOT_JSON', { d: 4 }]);
  });

  test('a broken first line does not make lines something else', async () => {
    expect(await valuesOf('{"a": "cut o\n{"b":2}\n{"c":3}\n')).toEqual(['NOT_JSON', { b: 2 }, { c: 3 }]);
    expect(await valuesOf('oops\n{"b":2}\n')).toEqual(['NOT_JSON', { b: 2 }]);
  });

  test('a file that ends too early is told of, with all that is whole', async () => {
    for (const text of ['[{"a":1}', '[{"a":1},', '{"data":[{"a":1}', '{"data":[{"a":1}]', '[{"a":1},{"b"']) {
      expect(await valuesOf(text), text).toEqual([{ a: 1 }, 'INCOMPLETE']);
    }
    expect(await valuesOf('{\n"a"')).toEqual(['INCOMPLETE']);
    expect(await valuesOf('{"a":1}\n{"b"')).toEqual([{ a: 1 }, 'NOT_JSON']);
  });

  test('what is too large is told of and not kept, whatever its form', async () => {
    const large = JSON.stringify({ large: 'x'.repeat(MAX_ITEM_BYTES) });
    const fits = JSON.stringify({ fits: 'x'.repeat(MAX_ITEM_BYTES - 11) });
    expect(fits).toHaveLength(MAX_ITEM_BYTES);
    for (const text of [`${large}\n${fits}\n${large}`, `[${large},${fits},${large}]`]) {
      for (const cuts of [[7], [100_000]]) {
        expect(await valuesOf(text, { sizes: cuts })).toEqual(['TOO_LARGE', JSON.parse(fits), 'TOO_LARGE']);
      }
    }
  });

  test.each(['', ' \n\n', '[]', '{"data":[]}', '[ ]\n{"data":[],"links":{}}'])(
    'there are none in %j',
    async (text) => {
      expect(await read(text)).toEqual([]);
    },
  );
});
