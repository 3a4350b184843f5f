import { describe, expect, it } from 'vitest';
import { EXAMPLES, readExample } from '../../support/events/events.ts';
import { readEvent } from '../reading.ts';

const EVENT_TIME = '2018-10-30T07:06:22.000Z';
const ATTRIBUTE_TIME = '2018-10-30T07:06:22.123Z';

/**
 * Every text, number and boolean that an event carries below one of its members, lists and objects
 * opened.
 */
function leavesOf(value: unknown): unknown[] {
  if (value instanceof Map) return leavesOf([...value.values()]);
  if (typeof value !== 'object' || value === null)
    return value === undefined || value === null ? [] : [value];
  return Object.values(value).flatMap(leavesOf);
}

describe.each(EXAMPLES)("Qlik's own example of %s", (name) => {
  it('is read without a warning', () => {
    expect(readEvent(readExample(name)).warnings).toEqual([]);
  });

  it('keeps its envelope', () => {
    const isRun = name === 'automation.run.ended';
    expect(readEvent(readExample(name))).toMatchObject({
      typeName: `com.qlik.v1.${name}`,
      typeKey: name,
      envelope: isRun ? 'CLOUDEVENTS_1_0' : 'LEGACY_0_1',
      specVersion: isRun ? '1.0.2' : '0.1',
      eventTypeVersion: isRun ? undefined : '1.0.0',
      contentType: 'application/json',
      source: isRun ? 'com.qlik/automations' : 'com.qlik/engine',
      eventId: isRun ? 'A234-1234-1234' : 'id123',
      time: '2018-10-30T07:06:22.000Z',
    });
  });

  it('loses no value of its data', () => {
    const raw = readExample(name);
    const told = new Set(leavesOf(readEvent(raw).facts).map(String));
    const sent = leavesOf(raw.data).map((value) =>
      String(value).replace('.000000Z', '.000Z').replace(/:22Z$/, ':22.000Z'),
    );
    expect(sent.filter((value) => !told.has(value))).toEqual([]);
  });
});

const ID = '00000000-0000-0000-0000-000000000000';
const PART_ID = 'c35f4b70-3ce4-4a30-b62b-2aef16943bc4';
const RUN_TIME = '2021-12-23T12:28:21.000Z';

it('the example run is read field by field', () => {
  const event = readEvent(readExample('automation.run.ended'));
  const counted = {
    type: 'ENDPOINT_BLOCK',
    typeName: 'endpointBlock',
    rxBytes: 18329921,
    txBytes: 18329921,
    apiCalls: 40,
  };
  const block = { ...counted, ordinal: 0, snippetId: PART_ID, endpointId: PART_ID, connectorId: PART_ID };
  expect(event).toMatchObject({
    tenantId: ID,
    userId: ID,
    topLevelResourceId: ID,
    type: 'AUTOMATION_RUN_ENDED',
  });
  expect(event.facts.automation).toEqual({ automationId: ID, name: undefined });
  expect(event.facts.run).toEqual({
    runId: 'd452d100-9b0b-11ec-b199-8323e1031c3e',
    facts: {
      automationId: ID,
      title: 'string',
      status: { word: 'EXCEEDED_LIMIT', name: 'exceeded limit' },
      context: { word: 'TEST_RUN', name: 'test_run' },
      billable: false,
      isTestRun: true,
      isArchived: true,
      executedById: ID,
      createdAt: RUN_TIME,
      scheduledStartTime: RUN_TIME,
      startTime: RUN_TIME,
      stopTime: RUN_TIME,
      updatedAt: RUN_TIME,
      rxBytes: 0,
      txBytes: 0,
      totalApiCalls: 42,
      metrics: { hasNetwork: true, rxBytes: 0, txBytes: 0, totalApiCalls: 0, blocks: [block] },
      blocks: [{ ...block, params: [], durationMs: 1000, blockName: 'SleepBlock' }],
      lastEventAt: EVENT_TIME,
    },
  });
});

it('the example app is read field by field', () => {
  const { app } = readEvent(readExample('app.created')).facts;
  expect(app).toEqual({
    appId: 'id123',
    facts: {
      name: 'My app',
      description: 'My app with data',
      owner: 'Owner',
      ownerId: 'id123',
      spaceId: 'id123',
      dynamicColor: 'Color',
      published: true,
      publishTime: ATTRIBUTE_TIME,
      hasSectionAccess: false,
      originAppId: 'id123',
      createdDate: ATTRIBUTE_TIME,
      modifiedDate: ATTRIBUTE_TIME,
      lastReloadTime: ATTRIBUTE_TIME,
      createdEventAt: EVENT_TIME,
      lastEventAt: EVENT_TIME,
      extraAttributes: new Map(),
    },
  });
});

it('the example reload is read field by field, and tells of its app', () => {
  const { reload, app } = readEvent(readExample('app.reload.finished')).facts;
  expect(reload).toEqual({
    reloadId: 'id1234',
    appName: 'My app',
    status: { word: 'SUCCEEDED', name: 'ok' },
    endTime: EVENT_TIME,
    occurredAt: EVENT_TIME,
    duration: 425,
    durationMs: 425_000,
    peakMemoryBytes: 42,
    memoryBytes: 3000,
    errors: [],
    warnings: [],
    statements: [],
  });
  expect(app?.appId).toBe('id123');
  expect(app?.facts).toMatchObject({ name: 'My app', lastReloadTime: EVENT_TIME, memoryBytes: 3000 });
});

it.each([
  ['app.deleted', { deletedAt: EVENT_TIME, spaceId: 'id123', name: 'My app' }],
  ['app.exported', { lastExportedAt: EVENT_TIME, ownerId: 'id123', owner: 'Owner' }],
  ['app.published', { publishedEventAt: EVENT_TIME, originAppId: 'id123', owner: 'Owner' }],
  ['app.data.updated', { lastReloadTime: EVENT_TIME, fileBytes: 0, memoryBytes: 3000, spaceId: 'id123' }],
] as const)('the example of %s tells what only it can tell', (name, facts) => {
  const { app } = readEvent(readExample(name)).facts;
  expect(app?.appId).toBe('id123');
  expect(app?.facts).toMatchObject({ name: 'My app', lastEventAt: EVENT_TIME, ...facts });
});
