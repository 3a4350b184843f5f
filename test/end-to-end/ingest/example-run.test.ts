import { afterAll, beforeAll, expect, test } from 'vitest';
import { BLOCK_FIELDS, EVENT_FIELDS, RUN_FIELDS } from '../../support/clients/selections.ts';
import { describeOnEachDatabase } from '../../support/databases/databases.ts';
import { readExample } from '../../support/events/events.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

const TENANT = '00000000-0000-0000-0000-000000000000';
const AUTOMATION = '00000000-0000-0000-0000-000000000000';
const RUN = 'd452d100-9b0b-11ec-b199-8323e1031c3e';
const CONNECTOR = 'c35f4b70-3ce4-4a30-b62b-2aef16943bc4';
const MOMENT = '2021-12-23T12:28:21.000Z';

describeOnEachDatabase('the example event of an ended automation run', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
    const { receipts } = await service.client.ingest(readExample('automation.run.ended'));
    expect(receipts).toEqual([
      {
        index: 0,
        outcome: 'STORED',
        eventId: 'A234-1234-1234',
        tenantId: TENANT,
        position: 1,
        errors: [],
        warnings: [],
      },
    ]);
  });
  afterAll(() => service.close());

  test('every value of the envelope is read into its field', async () => {
    const { event } = await service.client.data(
      `{ event(source: "com.qlik/automations", eventId: "A234-1234-1234") { ${EVENT_FIELDS}
        ... on AutomationRunEndedEvent { run { runId } } } }`,
    );
    expect(Math.abs(Date.parse(event.receivedAt) - Date.now())).toBeLessThan(60_000);
    expect(event).toEqual({
      __typename: 'AutomationRunEndedEvent',
      eventId: 'A234-1234-1234',
      source: 'com.qlik/automations',
      type: 'AUTOMATION_RUN_ENDED',
      typeName: 'com.qlik.v1.automation.run.ended',
      envelope: 'CLOUDEVENTS_1_0',
      specVersion: '1.0.2',
      time: '2018-10-30T07:06:22.000Z',
      receivedAt: event.receivedAt,
      tenantId: TENANT,
      userId: '00000000-0000-0000-0000-000000000000',
      ownerId: null,
      spaceId: null,
      topLevelResourceId: AUTOMATION,
      position: 1,
      cursor: expect.any(String),
      warnings: [],
      raw: readExample('automation.run.ended'),
      run: { runId: RUN },
    });
  });

  test('every value of the payload is read into its field', async () => {
    const { automationRun } = await service.client.data(
      `{ automationRun(runId: "${RUN}") { ${RUN_FIELDS} blocks { totalCount nodes { ${BLOCK_FIELDS} } }
        events { totalCount nodes { position } } } }`,
    );
    expect(automationRun).toEqual({
      runId: RUN,
      automationId: AUTOMATION,
      title: 'string',
      status: 'EXCEEDED_LIMIT',
      statusName: 'exceeded limit',
      outcome: 'FAILURE',
      context: 'TEST_RUN',
      contextName: 'test_run',
      billable: false,
      isTestRun: true,
      isArchived: true,
      executedById: '00000000-0000-0000-0000-000000000000',
      ownerId: null,
      spaceId: null,
      createdAt: MOMENT,
      scheduledStartTime: MOMENT,
      startTime: MOMENT,
      stopTime: MOMENT,
      updatedAt: MOMENT,
      occurredAt: MOMENT,
      durationMs: 0,
      queuedMs: 0,
      network: { rxBytes: 0, txBytes: 0 },
      totalApiCalls: 42,
      metrics: {
        network: { rxBytes: 0, txBytes: 0 },
        totalApiCalls: 0,
        blocks: [
          {
            type: 'ENDPOINT_BLOCK',
            typeName: 'endpointBlock',
            rxBytes: 18329921,
            txBytes: 18329921,
            apiCalls: 40,
            snippetId: CONNECTOR,
            endpointId: CONNECTOR,
            connectorId: CONNECTOR,
          },
        ],
      },
      blocks: {
        totalCount: 1,
        nodes: [
          {
            ordinal: 0,
            type: 'ENDPOINT_BLOCK',
            typeName: 'endpointBlock',
            blockName: 'SleepBlock',
            params: [],
            rxBytes: 18329921,
            txBytes: 18329921,
            apiCalls: 40,
            durationMs: 1000,
            snippetId: CONNECTOR,
            endpointId: CONNECTOR,
            connectorId: CONNECTOR,
          },
        ],
      },
      events: { totalCount: 1, nodes: [{ position: 1 }] },
    });
  });

  test('the automation is known by its id and its last run', async () => {
    const { automation } = await service.client.data(
      `{ automation(automationId: "${AUTOMATION}") { automationId name lastRunAt lastRun { runId }
        runs { totalCount nodes { runId } } } }`,
    );
    expect(automation).toEqual({
      automationId: AUTOMATION,
      name: 'string',
      lastRunAt: MOMENT,
      lastRun: { runId: RUN },
      runs: { totalCount: 1, nodes: [{ runId: RUN }] },
    });
  });

  test('the blocks of a run are found across runs too', async () => {
    const { blocks } = await service.client.data(
      '{ blocks { totalCount nodes { blockName run { runId } } } }',
    );
    expect(blocks).toEqual({ totalCount: 1, nodes: [{ blockName: 'SleepBlock', run: { runId: RUN } }] });
  });
});
