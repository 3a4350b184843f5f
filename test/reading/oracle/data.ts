import fc from 'fast-check';
import { appEvent, runEvent } from '../../support/events/events.ts';

const maybe = <T>(values: readonly T[]) => fc.constantFrom<T | undefined>(...values, undefined);

/**
 * Times that tie, that lie around changes of the clock in several zones, and on both sides of
 * weeks, months and years.
 */
const TIMES = [
  '2025-01-01T10:00:00.001Z',
  '2025-01-01T10:00:00.002Z',
  '2024-12-31T23:30:00.000Z',
  '2025-03-30T00:59:59.999Z',
  '2025-03-30T01:00:00.000Z',
  '2025-04-05T14:10:00.000Z',
  '2025-04-05T14:45:00.000Z',
  '2025-04-05T15:15:00.000Z',
  '2025-04-06T14:59:00.000Z',
  '2025-06-29T22:15:00.000Z',
  '2025-10-25T23:30:00.000Z',
  '2025-10-26T00:30:00.000Z',
  '2025-10-26T01:30:00.000Z',
  '2025-10-26T01:30:00.500Z',
  '2025-11-02T04:30:00.000Z',
  '2025-11-02T05:30:00.000Z',
  '2025-11-02T06:30:00.000Z',
];
const time = fc.constantFrom(...TIMES);

/** Texts of which many are equal but for case, or look like patterns. */
export const TEXTS = [
  'Straße',
  'STRASSE',
  'ΣΊΣΥΦΟΣ',
  'σίσυφος',
  '100%',
  '100_',
  'a\\b',
  'A\\B',
  '%',
  '_',
  '😀 run',
  '\uffee run',
  'Éclair',
  'éclair',
  'zebra',
];
const text = maybe(TEXTS);
const count = maybe([0, 1, 2, 1000, 2 ** 40]);
const flag = maybe([true, false]);
const id = (prefix: string) => maybe([`${prefix}-1`, `${prefix}-2`, `${prefix.toUpperCase()}-1`]);

const block = fc.record({
  type: maybe(['snippetBlock', 'EndpointBlock', 'baseBlock', 'odd']),
  blockName: text,
  connectorId: id('connector'),
  endpointId: id('endpoint'),
  snippetId: id('snippet'),
  apiCalls: count,
  rxBytes: count,
  txBytes: count,
  duration: count,
});

const run = fc.record({
  automation: fc.constantFrom('automation-1', 'automation-2', 'automation-3', ''),
  time,
  userid: id('user'),
  data: fc.record({
    title: text,
    automation: fc.option(fc.record({ name: text }), { nil: undefined }),
    status: maybe([
      'queued',
      'finished',
      'finished with warnings',
      'failed',
      'exceeded limit',
      'must stop',
      'odd',
    ]),
    context: maybe(['api', 'webhook', 'test_run', 'odd']),
    billable: flag,
    isTestRun: flag,
    isArchived: flag,
    executedById: id('user'),
    ownerId: id('owner'),
    spaceId: id('space'),
    createdAt: maybe(TIMES),
    startTime: maybe(TIMES),
    stopTime: maybe(TIMES),
    totalApiCalls: count,
    network: fc.option(fc.record({ rxBytes: count, txBytes: count }), { nil: undefined }),
    blocks: fc.array(fc.oneof({ weight: 8, arbitrary: block }, { weight: 1, arbitrary: fc.constant(5) }), {
      maxLength: 4,
    }),
  }),
});

const app = fc.record({
  time,
  attributes: fc.record({
    name: text,
    ownerId: id('owner'),
    spaceId: id('space'),
    originAppId: id('app'),
    publishTime: maybe(TIMES),
    hasSectionAccess: flag,
    createdDate: maybe(TIMES),
    modifiedDate: maybe(TIMES),
    lastReloadTime: maybe(TIMES),
    size: fc.option(fc.record({ file: count, memory: count }), { nil: undefined }),
  }),
});

const reload = fc.record({
  app: fc.constantFrom('app-1', 'app-2', 'app-30', ''),
  source: fc.constantFrom('com.qlik/engine', 'com.qlik/Straße', 'COM.QLIK/ENGINE'),
  time,
  data: fc.record({
    endTime: maybe(TIMES),
    reloadId: id('reload'),
    name: text,
    status: maybe(['ok', 'error', 'canceled', 'odd']),
    duration: maybe([0, 1, 2, 77]),
    peakMemoryBytes: count,
  }),
});

/**
 * Runs of automations whose name is the title of their newest run, or the one of an event, or is
 * given by `setNames` (`toReadingNames`).
 */
function listNamedRuns(tenantId: string): object[] {
  return [...Array(12).keys()].flatMap((index) =>
    [0, 1].map((older) => {
      const title = older ? `Older ${index}` : TEXTS[index];
      const automation = index % 3 === 1 ? { name: TEXTS[(index + 5) % TEXTS.length] } : undefined;
      return runEvent(
        tenantId,
        { id: `named-run-${index}-${older}`, title, automation, startTime: TIMES[index + (older ? 0 : 1)] },
        { toplevelresourceid: `named-${index}`, time: TIMES[index] },
      );
    }),
  );
}

/** Names of some automations of `toReadingEvents`, and of one that has no event. */
export function toReadingNames(tenantId: string): object[] {
  const ids = ['automation-2', 'named-0', 'named-1', 'named-4', 'named-6', 'named-11', 'named-99'];
  return ids.map((id, index) => ({
    tenantId,
    kind: 'AUTOMATION',
    id,
    name: TEXTS[TEXTS.length - 1 - index],
  }));
}

const sample = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number, seed: number) =>
  fc.sample(arbitrary, { numRuns, seed });

/**
 * Events that fill every connection of a tenant with ties, missing values and texts that are hard
 * to compare.
 */
export function toReadingEvents(tenantId: string): object[] {
  const runs = sample(run, 90, 1).map(({ automation, time, userid, data }, index) =>
    runEvent(tenantId, { ...data, id: `run-${index}` }, { time, userid, toplevelresourceid: automation }),
  );
  const apps = sample(app, 30, 2).map(({ time: eventTime, attributes }, index) =>
    appEvent(tenantId, 'app.created', { attributes: { ...attributes, id: `app-${index}` } }, { eventTime }),
  );
  const changes = [...Array(12).keys()].map((index) =>
    appEvent(
      tenantId,
      index % 3 === 0 ? 'app.deleted' : index % 3 === 1 ? 'com.odd.opened' : 'app.published',
      { attributes: { id: `app-${index * 2}` } },
      { eventTime: '2025-12-01T00:00:00Z', source: index % 2 === 0 ? 'com.Ärger' : 'COM.ÄRGER' },
    ),
  );
  const reloads = sample(reload, 40, 3).map(({ app: topLevelResourceId, source, time: eventTime, data }) =>
    appEvent(tenantId, 'app.reload.finished', data, {
      source,
      eventTime,
      extensions: { topLevelResourceId },
    }),
  );
  return [...runs, ...apps, ...changes, ...reloads, ...listNamedRuns(tenantId)];
}
