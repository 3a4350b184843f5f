import fc from 'fast-check';

// Few values of each kind, so that events meet: the same things, equal times, values that come and
// go.
const time = fc.constantFrom(
  '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:01Z',
  '2026-01-01T00:00:00.999+00:00',
  '2025-12-31T19:00:00-05:00',
  '2026-01-01T00:00Z',
  '2026-01-01T01:00+01:00[Europe/Berlin]',
  '2026-01-01',
);
const text = fc.constantFrom('a', 'B', 'ß', '');
const id = (kind: string) => fc.constantFrom(`${kind}-1`, `${kind}-2`);
const flag = fc.constantFrom(true, false, 'TRUE', '');
const count = fc.constantFrom(0, 1, '2', -1, null);
const block = fc.record(
  { type: fc.constantFrom('baseBlock', 'odd', ''), blockName: text, rxBytes: count },
  { requiredKeys: [] },
);
const blocks = fc.array(fc.oneof(block, fc.constant(null)), { maxLength: 3 });
const network = fc.record({ rxBytes: count, txBytes: count }, { requiredKeys: [] });

const runData = fc.record(
  {
    id: id('run'),
    automation: fc.oneof(
      id('automation'),
      fc.record({ id: id('automation'), name: text }, { requiredKeys: [] }),
    ),
    title: text,
    status: fc.constantFrom('running', 'queued', 'failed', 'finished', 'stopped', 'no such status', ''),
    context: fc.constantFrom('webhook', 'api', 'no such context'),
    billable: flag,
    testRun: flag,
    isTestRun: flag,
    executedById: id('user'),
    createdAt: time,
    startTime: time,
    stopTime: time,
    network,
    totalApiCalls: count,
    blocks,
    metrics: fc.record({ network, totalApiCalls: count, blocks }, { requiredKeys: [] }),
  },
  { requiredKeys: ['id'] },
);

const attributes = fc.record(
  {
    id: id('app'),
    name: text,
    description: text,
    ownerId: id('owner'),
    published: flag,
    publishTime: time,
    originAppId: id('app'),
    lastReloadTime: time,
    size: fc.record({ file: count, memory: count }, { requiredKeys: [] }),
    __proto__x: text,
    10: count,
    custom: fc.oneof(text, fc.constant({ a: [1] })),
  },
  { requiredKeys: ['id'] },
);
const reloadData = fc.record(
  {
    reloadId: id('reload'),
    name: text,
    status: fc.constantFrom('ok', 'error', 'odd'),
    endTime: time,
    duration: count,
    peakMemoryBytes: count,
    errors: fc.constantFrom(['x', null], [{ b: 1, a: 2 }], []),
    size: fc.record({ memory: count }),
  },
  { requiredKeys: [] },
);

const envelope = fc.record(
  {
    time,
    source: fc.constantFrom('s-1', 's-2', '\uffff', '\u{10000}'),
    userid: id('user'),
    ownerid: id('owner'),
    spaceid: id('space'),
  },
  { requiredKeys: ['time'] },
);
/** Old, new and announced spellings of a type, and one that only looks alike. */
const prefix = fc.constantFrom(
  'com.qlik.v1.',
  'com.qlik.',
  'com.qlik.analytics.',
  'com.qlik.v1.workflows.',
  'com.qlik.v2.',
);
/** How an event carries its payload; the last two make it unreadable. */
const carrier = fc.constantFrom<(data: object) => object>(
  (data) => ({ data }),
  (data) => ({ data }),
  (data) => ({ data: JSON.stringify(data) }),
  (data) => ({ data_base64: Buffer.from(JSON.stringify(data)).toString('base64') }),
  (data) => ({ data: { data } }),
  () => ({ data: null }),
);
/** Any event of a few things. */
const event = fc
  .oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('automation.run.ended'),
        data: runData,
        toplevelresourceid: fc.option(id('automation'), { nil: '' }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constantFrom(
          'app.created',
          'app.deleted',
          'app.published',
          'app.exported',
          'app.data.updated',
          'app.softdeleted',
        ),
        data: fc.oneof(attributes, fc.record({ attributes })),
        toplevelresourceid: fc.option(id('app'), { nil: '' }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        // Old and new names of one type, under different ids.
        type: fc.constantFrom(
          'app.reload.finished',
          'com.qlik.v1.app.reload.finished',
          'com.qlik.app.reload.ended',
        ),
        // Beside specversion it makes the envelope another one.
        cloudEventsVersion: fc.option(fc.constant('0.1'), { nil: undefined }),
        data: reloadData,
        toplevelresourceid: id('app'),
      }),
    },
  )
  .chain(({ type, data, ...payload }) =>
    fc.tuple(envelope, prefix, carrier).map(([outer, start, carry]) => ({
      ...outer,
      ...payload,
      ...carry(data),
      type: type.startsWith('com.') ? type : start + type,
    })),
  );

/**
 * Distinct events about few things; equal ids with other content would be conflicts, where the
 * order does count.
 */
export function toHistories(maxLength: number) {
  return fc
    .array(event, { minLength: 2, maxLength })
    .map((events) =>
      events.map((one, index) => ({ specversion: '1.0', id: `event-${index % 7}-${index}`, ...one })),
    );
}
