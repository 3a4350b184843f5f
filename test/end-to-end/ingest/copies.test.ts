import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnEachDatabase } from '../../support/databases/databases.ts';
import { ENVELOPES, type EventParts } from '../../support/events/envelopes.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

type Json = Record<string, unknown>;
type Change = (event: Json) => Json;

const PARTS: EventParts = {
  id: 'event-1',
  source: 'com.qlik/engine',
  type: 'app.published',
  time: '2026-01-01T00:00:00Z',
  tenantId: 'tenant',
  userId: 'user-1',
  ownerId: 'owner-1',
  spaceId: 'space-1',
  resourceId: 'app-1',
  data: { id: 'app-1', name: 'Sales', size: { file: 5 }, list: [1, null, 2] },
};
const ENVELOPE_NAMES = Object.keys(ENVELOPES) as (keyof typeof ENVELOPES)[];

/** Sets members of an event; undefined removes one. */
const set =
  (members: Json): Change =>
  (event) => ({ ...event, ...members });
const withData =
  (members: Json): Change =>
  (event) => ({ ...event, data: { ...(event.data as Json), ...members } });
const withExtensions =
  (members: Json): Change =>
  (event) => ({ ...event, extensions: { ...(event.extensions as Json), ...members } });

/** In every envelope: what belongs to a delivery, and the same data in other words. */
const SAME: [string, Change][] = [
  ['another traceparent', set({ traceparent: '00-2-2-01' })],
  [
    'members of the delivery',
    set({
      tracestate: 'a=1',
      sequence: '7',
      recordedtime: '2026-01-02T00:00:00Z',
      knativearrivaltime: 'later',
      links: { self: 'x' },
      eventTypeVersion: '2.0.0',
    }),
  ],
  ['members that are null', (event) => ({ surprise: null, ...withData({ surprise: null })(event) })],
  ['another order of keys', (event) => Object.fromEntries(Object.entries(event).reverse())],
  ['data as JSON text', (event) => ({ ...event, data: JSON.stringify(event.data) })],
  [
    'data in Base64',
    ({ data, ...event }) => ({ ...event, data_base64: Buffer.from(JSON.stringify(data)).toString('base64') }),
  ],
  ['no data', set({ data: undefined })],
  ['data that is null', set({ data: null })],
];

/** In every envelope: another event under the same name. */
const OTHER: [string, Change][] = [
  ['another value in data', withData({ name: 'Costs' })],
  ['a key less in data', withData({ name: undefined })],
  ['a key more in data', withData({ more: false })],
  ['another value deep in data', withData({ size: { file: 6 } })],
  ['a list in another order', withData({ list: [2, null, 1] })],
  ['a list without its null', withData({ list: [1, 2] })],
  ['empty data', set({ data: {} })],
  ['data that is a list', set({ data: [] })],
  ['data that is another text', set({ data: 'text' })],
];

/** Of one envelope each. */
const SAME_IN: [keyof typeof ENVELOPES, string, Change][] = [
  ['AUDIT', 'no id and no links', set({ id: undefined, links: undefined })],
  ['AUDIT', 'no extensions', set({ extensions: undefined })],
  ['AUDIT', 'extensions that are null', set({ extensions: null })],
  ['AUDIT', 'extensions that are a text', set({ extensions: 'text' })],
  ['AUDIT', 'no user', set({ userId: undefined })],
  ['AUDIT', 'one extension less', withExtensions({ ownerId: undefined })],
  ['LEGACY_0_1', 'one extension that is empty', withExtensions({ spaceId: '' })],
  ['CLOUDEVENTS_1_0', 'another form of the time', set({ time: '2026-01-01T01:00:00.000+01:00' })],
  ['CLOUDEVENTS_1_0', 'no time', set({ time: undefined })],
  [
    'CLOUDEVENTS_1_0',
    'a content type with a parameter',
    set({ datacontenttype: 'application/json; charset=utf-8' }),
  ],
  ['CLOUDEVENTS_1_0', 'another namespace', set({ type: 'com.qlik.analytics.app.published' })],
  ['CLOUDEVENTS_1_0', 'another version', set({ specversion: '1.0.2' })],
  ['CLOUDEVENTS_1_0', 'an owner that is empty', set({ ownerid: '' })],
  ['HYBRID', 'other words in the keys that lose', set({ eventTime: '2026-02-02T00:00:00Z', extensions: {} })],
];
const OTHER_IN: [keyof typeof ENVELOPES, string, Change][] = [
  ['CLOUDEVENTS_1_0', 'another instant', set({ time: '2026-01-01T00:00:00.001Z' })],
  ['CLOUDEVENTS_1_0', 'a time that is none', set({ time: 'yesterday' })],
  ['CLOUDEVENTS_1_0', 'another user', set({ userid: 'user-2' })],
  ['CLOUDEVENTS_1_0', 'an unreadable user', set({ userid: 5 })],
  ['CLOUDEVENTS_1_0', 'another owner', set({ ownerid: 'owner-2' })],
  ['CLOUDEVENTS_1_0', 'another space', set({ spaceid: 'space-2' })],
  ['CLOUDEVENTS_1_0', 'another resource', set({ toplevelresourceid: 'app-2' })],
  ['AUDIT', 'another owner', withExtensions({ ownerId: 'owner-2' })],
  ['HYBRID', 'another instant in the keys that win', set({ time: '2026-02-02T00:00:00Z' })],
  ['LEGACY_0_1', 'another instant', set({ eventTime: '2026-02-02T00:00:00Z' })],
];

const inEach = (changes: [string, Change][]) =>
  ENVELOPE_NAMES.flatMap((name) =>
    changes.map(([what, change]): [keyof typeof ENVELOPES, string, Change] => [name, what, change]),
  );

const CASES = [
  ...[...inEach(SAME), ...SAME_IN].map((one) => ({ outcome: 'DUPLICATE', one })),
  ...[...inEach(OTHER), ...OTHER_IN].map((one) => ({ outcome: 'CONFLICT', one })),
].map(({ outcome, one: [name, what, change] }, index) => ({ outcome, name, what, change, index }));

/** An event of one case, and its copy. `order` makes events of different identities of one case. */
function toCopy({ name, change, index }: (typeof CASES)[number], order: string) {
  const event = ENVELOPES[name]({ ...PARTS, id: `event-${index} ${order}` });
  return { event, copy: change(event) };
}

describeOnEachDatabase('two copies of an event', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  const outcomesOf = async (...events: object[]): Promise<[outcome: string, position: number][]> => {
    const { receipts } = await service.client.ingest(...events);
    return receipts.map(({ outcome, position }: { outcome: string; position: number }) => [
      outcome,
      position,
    ]);
  };
  const stored = ['STORED', 1];

  // The events of all cases travel together, which costs a fraction of a request for each.
  let inOneBatch: Awaited<ReturnType<typeof outcomesOf>>;
  let copiesFirst: typeof inOneBatch;
  let eventsAfterwards: typeof inOneBatch;
  beforeAll(async () => {
    const pairs = CASES.map((one) => toCopy(one, 'before its copy'));
    inOneBatch = await outcomesOf(...pairs.flatMap(({ event, copy }) => [event, copy]));
    const others = CASES.map((one) => toCopy(one, 'after its copy'));
    copiesFirst = await outcomesOf(...others.map(({ copy }) => copy));
    eventsAfterwards = await outcomesOf(...others.map(({ event }) => event));
  });

  describe.each(['DUPLICATE', 'CONFLICT'] as const)('are a %s', (outcome) => {
    const cases = CASES.filter((one) => one.outcome === outcome);
    test.each(cases)('$name: with $what', ({ index }) => {
      // Whichever comes first, in one batch and in two.
      const position = index + 1;
      expect(inOneBatch.slice(2 * index, 2 * index + 2)).toEqual([
        ['STORED', position],
        [outcome, position],
      ]);
      const later = CASES.length + position;
      expect(copiesFirst[index]).toEqual(['STORED', later]);
      expect(eventsAfterwards[index]).toEqual([outcome, later]);
    });
  });

  test('in different envelopes are never in conflict, and a third is compared with the first', async () => {
    const parts = { ...PARTS, tenantId: newTenant() };
    const [audit, webhook] = [ENVELOPES.AUDIT(parts), ENVELOPES.CLOUDEVENTS_1_0(parts)];
    expect(
      await outcomesOf(
        audit,
        withData({ name: 'Costs' })(webhook),
        webhook,
        withData({ name: 'Costs' })(audit),
        audit,
      ),
    ).toEqual([stored, ['DUPLICATE', 1], ['DUPLICATE', 1], ['CONFLICT', 1], ['DUPLICATE', 1]]);
  });

  test('with an unbelievable time agree on the time that they name', async () => {
    const event = ENVELOPES.CLOUDEVENTS_1_0({
      ...PARTS,
      tenantId: newTenant(),
      time: '2999-01-01T00:00:00Z',
    });
    expect(
      await outcomesOf(
        event,
        set({ time: '2999-01-01T00:00:00.000Z' })(event),
        set({ time: '2998-01-01T00:00:00Z' })(event),
      ),
    ).toEqual([stored, ['DUPLICATE', 1], ['CONFLICT', 1]]);
  });

  test('of a type that is not modelled follow the same rules', async () => {
    const event = ENVELOPES.CLOUDEVENTS_1_0({ ...PARTS, tenantId: newTenant(), type: 'space.created' });
    expect(
      await outcomesOf(
        event,
        { ...event, sequence: 2, data: JSON.stringify(event.data) },
        withData({ name: 'Costs' })(event),
      ),
    ).toEqual([stored, ['DUPLICATE', 1], ['CONFLICT', 1]]);
  });

  test('with data that nests too deep inside a text are compared by that text', async () => {
    const event = ENVELOPES.CLOUDEVENTS_1_0({ ...PARTS, tenantId: newTenant() });
    const deep = (end: string) => `{"a":${'['.repeat(100_000)}${end}${']'.repeat(100_000)}}`;
    expect(
      await outcomesOf(
        { ...event, data: deep('1') },
        { ...event, data: deep('1') },
        { ...event, data: deep('2') },
      ),
    ).toEqual([stored, ['DUPLICATE', 1], ['CONFLICT', 1]]);
  });
});
