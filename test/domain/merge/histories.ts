import fc from 'fast-check';
import { toTypeKey } from '../../../src/domain/events/event-types.ts';
import type { Merged } from '../../../src/domain/merge/merge.ts';

type Json = Record<string, unknown>;
type Merge<Facts> = (a: Merged<Facts>, b: Merged<Facts>) => Merged<Facts>;

/** Few values, so that events often say the same, contradict one another, or say nothing. */
const maybe = <T>(...values: T[]) =>
  fc.constantFrom<T | null | '' | undefined>(...values, null, '', undefined);
const time = fc.constantFrom(
  '2026-01-01T00:00:00Z',
  '2026-01-01T01:00:00+01:00',
  '2026-01-02T00:00:00Z',
  '2026-01-03T00:00:00.5Z',
  '2026-01-02T01:00+01:00[Europe/Berlin]',
  '2026-01-03',
);
/** By UTF-16 the last two stand the other way round than by code point. */
const name = fc.constantFrom('a', 'b', '\uffee', '😀');
const envelope = fc.record({
  id: name,
  source: name,
  time,
  userid: maybe('u', 'v'),
  ownerid: maybe('o', 'p'),
});

const block = fc.record({ type: maybe('baseBlock', 'odd'), rxBytes: maybe(1, -1) });
const network = maybe<Json>({ rxBytes: 1 }, { rxBytes: 2, txBytes: 3 }, { txBytes: '' }, {});
const runData = fc.record({
  title: maybe('x', 'y'),
  status: maybe('running', 'queued', 'Finished', 'failed', 'stopped', 'odd'),
  context: maybe('api', 'odd'),
  billable: maybe<unknown>(true, 'false'),
  totalApiCalls: maybe<unknown>(1, '2'),
  startTime: maybe('2025-01-01T00:00:00Z', '2025-01-02T00:00:00Z', '0001-01-01T00:00:00Z'),
  stopTime: maybe('2025-01-01T12:00:00Z'),
  network,
  blocks: fc.oneof(maybe<unknown[]>([], [5]), fc.array(block, { maxLength: 2 })),
  metrics: fc.option(
    fc.record({ network, totalApiCalls: maybe(7), blocks: fc.array(block, { maxLength: 1 }) }),
  ),
  automation: maybe<unknown>({ name: 'n' }, { name: 'm' }, 'automation'),
});

const appType = fc.constantFrom(
  'created',
  'deleted',
  'softdeleted',
  'data.updated',
  'exported',
  'published',
  'reload.finished',
  'reload.ended',
);
const appData = fc.record({
  name: maybe('x', 'y'),
  ownerId: maybe('o', 'p'),
  published: maybe<unknown>('true', false),
  publishTime: maybe('2025-01-01T00:00:00Z', '2025-01-02T00:00:00Z'),
  lastReloadTime: maybe('2025-02-01T00:00:00Z', '2025-02-02T00:00:00Z', '2025-02-03T00:00:00Z'),
  endTime: maybe('2025-02-02T00:00:00Z', '2025-02-04T00:00:00Z'),
  size: maybe<Json>({ file: 1 }, { memory: '2' }, { file: 3, memory: 4 }),
  deletedAt: maybe('an attribute like the name of a field'),
});

/** How an event carries its payload. */
const carrier = fc.constantFrom<(data: Json) => Json>(
  (data) => ({ data }),
  (data) => ({ data: JSON.stringify(data) }),
  (data) => ({ data_base64: Buffer.from(JSON.stringify(data)).toString('base64') }),
);
const namespace = fc.constantFrom('com.qlik.v1.', 'com.qlik.', 'com.qlik.workflows.', 'com.qlik.analytics.');

/** Distinct events about one run: any statuses, any order of times, many of them equal. */
export const runHistory = distinct(
  fc
    .record({ envelope, data: runData, carry: carrier, prefix: namespace })
    .map(({ envelope: outer, data, carry, prefix }) => ({
      ...outer,
      specversion: null,
      type: `${prefix}automation.run.ended`,
      tenantid: 'tenant-1',
      toplevelresourceid: 'automation',
      ...carry({ ...data, id: 'run' }),
    })),
);

/** Distinct events about one app: creations, deletions and whatever else, many at equal times. */
export const appHistory = distinct(
  fc
    .record({ envelope, data: appData, type: appType, proto: maybe<unknown>(1, [2], false) })
    .map(({ envelope: outer, data, type, proto }) => ({
      ...outer,
      specversion: '1.0',
      type: `com.qlik.app.${type}`,
      tenantid: 'tenant-1',
      data: Object.fromEntries([...Object.entries({ ...data, id: 'app' }), ['__proto__', proto]]),
    })),
);

interface Sent extends Json {
  type: string;
  source: string;
  id: string;
}

/** Events of which no two are the same one: type, source and id. */
function distinct<Event extends Sent>(event: fc.Arbitrary<Event>): fc.Arbitrary<Event[]> {
  const selector = ({ type, source, id }: Event) => JSON.stringify([toTypeKey(type), source, id]);
  return fc.uniqueArray(event, { minLength: 1, maxLength: 8, selector });
}

/**
 * Joins parts two at a time, in the order and grouping that the picks say; some parts are joined
 * twice.
 */
export function mergeInGroups<Facts>(
  parts: Merged<Facts>[],
  merge: Merge<Facts>,
  picks: Iterator<number>,
): Merged<Facts> {
  const left = [...parts];
  const pick = () => Number(picks.next().value) % left.length;
  const again = left[pick()];
  if (again !== undefined) left.push(again);
  while (left.length > 1) {
    const [a] = left.splice(pick(), 1);
    const [b] = left.splice(pick(), 1);
    if (a !== undefined && b !== undefined) left.push(merge(a, b));
  }
  const [merged] = left;
  if (merged === undefined) throw new Error('Nothing to merge.');
  return merged;
}

/** Joins parts one after another, as they stand. */
export function mergeInOrder<Facts>(parts: Merged<Facts>[], merge: Merge<Facts>): Merged<Facts> {
  return parts.reduce((merged, part) => merge(merged, part));
}

/** Numbers without end. */
export const endlessPicks = fc.infiniteStream(fc.nat({ max: 1000 }));
