import fc from 'fast-check';

/**
 * JSON as a text is written: objects may repeat a key, and a leaf is any text, so numbers beyond
 * doubles and lone surrogates are kept.
 */
export type JsonNode =
  | { kind: 'object'; entries: [key: string, node: JsonNode][] }
  | { kind: 'list'; items: JsonNode[] }
  | { kind: 'leaf'; text: string };

export function toNode(value: unknown): JsonNode {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(toNode) };
  if (typeof value !== 'object' || value === null) return leaf(JSON.stringify(value) ?? 'null');
  const entries = Object.entries(value).map(([key, child]): [string, JsonNode] => [key, toNode(child)]);
  return { kind: 'object', entries };
}

export function toText(node: JsonNode): string {
  if (node.kind === 'leaf') return node.text;
  if (node.kind === 'list') return `[${node.items.map(toText).join()}]`;
  return `{${node.entries.map(([key, child]) => `${JSON.stringify(key)}:${toText(child)}`).join()}}`;
}

const leaf = (text: string): JsonNode => ({ kind: 'leaf', text });

/** Leaves at the edges of what readers expect, as JSON texts. */
const ODD_LEAVES = [
  ...['null', 'true', 'false', '""', '" "', '0', '-0', '-1', '1.5', '1e400', '-1e400', '1e-400', '2e21'],
  ...['9007199254740993', '-9007199254740993', '1'.repeat(400), '2147483648', '0.1e1'],
  ...['"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"', '"\\uffff"', '"\\ufeff"', '"\\u001f"'],
  ...['"__proto__"', '"constructor"', '"true"', '"NaN"', '"Infinity"', '"9007199254740993"', '"-5"'],
  ...['"now"', '"infinity"', '"2026-02-30T00:00:00Z"', '"0001-01-01T00:00:00+23:59"', '"24:00"'],
  ...['"9999-12-31T23:59:59.999999999-23:59"', '"2026-06-30T23:59:60Z"', '"2026-01-01"', '"+020000-01-01"'],
  ...['"2026-03-29T02:30[Europe/Berlin]"', `"${'x'.repeat(257)}"`, `"${'\u4e00'.repeat(256)}"`],
  ...[`"${'y'.repeat(5_000)}"`, '"%"', '"\\\\"', `"'; drop table events; --"`, '"$1"', '"\\u202e"'],
  ...['[]', '{}', '[null]', '[[]]', '[{}]', '{"":null}', '{"__proto__":{"id":"x"}}', '{"toString":1}'],
  ...['"eyJpZCI6IngifQ=="', '"{\\"id\\":\\"x\\"}"', `${'['.repeat(100)}${']'.repeat(100)}`],
  ...[`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`, '{"id":"x","type":"y","source":"z"}'],
];

/** Keys that are read, or that objects of JavaScript have. */
const ODD_KEYS = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', ' ', '\u0000', '\ud800'],
  ...['id', 'eventId', 'eventID', 'type', 'eventType', 'specversion', 'cloudEventsVersion', 'source', 'time'],
  ...['data', 'data_base64', 'extensions', 'tenantid', 'tenantId', 'attributes', 'blocks', 'metrics', 'size'],
  ...['k'.repeat(3_000), '\u{1f600}'],
];

const oddLeaf = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD_LEAVES) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify(text)) },
);

/** One change to a JSON text; `at` chooses the place. */
const change = fc.record({
  at: fc.nat(10_000),
  what: fc.constantFrom('replace', 'remove', 'repeat key', 'add key', 'rename', 'wrap', 'move'),
  leaf: oddLeaf,
  key: fc.oneof(fc.constantFrom(...ODD_KEYS), fc.string({ unit: 'binary', maxLength: 6 })),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** Texts of some values, each with a few changes to its structure. */
export function changed(values: readonly unknown[], maxChanges = 4): fc.Arbitrary<string> {
  const changes = fc.array(change, { minLength: 1, maxLength: maxChanges });
  return fc.tuple(fc.constantFrom(...values), changes).map(([value, list]) => {
    const root: JsonNode = { kind: 'list', items: [toNode(value)] };
    for (const one of list) apply(root, one);
    const [node = leaf('null')] = root.items;
    return toText(node);
  });
}

/** A place: a list or an object, and the index of a child. */
interface Place {
  parent: Exclude<JsonNode, { kind: 'leaf' }>;
  index: number;
}

function listPlaces(parent: JsonNode): Place[] {
  if (parent.kind === 'leaf') return [];
  const children = parent.kind === 'list' ? parent.items : parent.entries.map(([, child]) => child);
  return children.flatMap((child, index) => [{ parent, index }, ...listPlaces(child)]);
}

function apply(root: JsonNode, { at, what, leaf: text, key }: Change): void {
  const places = listPlaces(root);
  const place = places[at % places.length];
  if (place === undefined) return;
  const { parent, index } = place;
  const child = get(place);
  const other = places[(at * 7 + 3) % places.length];
  if (what === 'replace') set(place, leaf(text));
  if (what === 'wrap')
    set(place, at % 2 ? { kind: 'list', items: [child] } : { kind: 'object', entries: [[key, child]] });
  if (what === 'move' && other !== undefined) set(place, toNode(JSON.parse(toText(get(other)))));
  if (parent.kind !== 'object') return;
  const [name = ''] = parent.entries[index] ?? [];
  if (what === 'remove') parent.entries.splice(index, 1);
  if (what === 'repeat key') parent.entries.push([name, leaf(text)]);
  if (what === 'add key') parent.entries.push([key, leaf(text)]);
  if (what === 'rename') parent.entries[index] = [key, child];
}

function get({ parent, index }: Place): JsonNode {
  const found = parent.kind === 'list' ? parent.items[index] : parent.entries[index]?.[1];
  return found ?? leaf('null');
}

function set({ parent, index }: Place, node: JsonNode): void {
  if (parent.kind === 'list') parent.items[index] = node;
  else parent.entries[index] = [parent.entries[index]?.[0] ?? '', node];
}
