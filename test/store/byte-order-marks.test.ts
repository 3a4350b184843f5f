import { afterAll, beforeAll, expect, test } from 'vitest';
import { Subscription } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { startAfter } from '../support/events/log-cursor.ts';
import { newTenant } from '../support/events/tenants.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const MARK = '\ufeff';

interface Page {
  automationRuns: { nodes: { runId: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
}

describeOnEachDatabase('texts that begin with a byte order mark', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  /** Ids as they begin, hold and end with a mark, and as they are nothing else. */
  const IDS = [`${MARK}a`, `${MARK}${MARK}a`, 'a', `a${MARK}`, `a${MARK}b`, MARK, `${MARK}${MARK}`];

  test('come back as stored in every field of an event, and are different ids', async () => {
    const tenantId = `${MARK}${newTenant()}`;
    const sent = IDS.map((id) =>
      runEvent(
        tenantId,
        { id },
        { id, source: id, userid: id, ownerid: id, spaceid: id, datacontenttype: id },
      ),
    );
    const { receipts } = await service.client.ingest(...sent);
    expect(receipts.map((receipt: { outcome: string }) => receipt.outcome)).toEqual(IDS.map(() => 'STORED'));
    const { events } = await service.client
      .as(encodeURIComponent(tenantId))
      .data('{ events { totalCount } }');
    expect(events.totalCount).toBe(0);
    const { all } = await follow(tenantId);
    const fields = ({ event }: { event: Record<string, string> }) => [
      ...[event.eventId, event.source, event.userId, event.ownerId, event.spaceId, event.contentType],
      event.tenantId,
    ];
    expect(all.map(fields)).toEqual(IDS.map((id) => [id, id, id, id, id, id, tenantId]));
    expect(all.map((delivery) => delivery.event.raw)).toEqual(sent);
  });

  test('are found by what they are', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    for (const id of IDS) {
      const event = { id, source: id, toplevelresourceid: id };
      await service.client.ingest(runEvent(tenantId, { id, title: id, blocks: [{ blockName: id }] }, event));
      await service.client.ingest(appEvent(tenantId, 'app.created', { id, name: id, more: { [id]: id } }));
    }
    for (const id of IDS) {
      const data = await client.data(
        `query ($id: ID!, $source: String!) {
          event(eventId: $id, source: $source) { eventId source }
          automation(automationId: $id) { automationId runs { nodes { runId } } }
          automationRun(runId: $id) { runId title automation { automationId } blocks { nodes { blockName } } }
          app(appId: $id) { appId name extraAttributes events { nodes { id } } }
          automationRuns(where: { runId: { eq: $id } }) { nodes { runId } }
        }`,
        { id, source: id },
      );
      expect(data).toMatchObject({
        event: { eventId: id, source: id },
        automation: { automationId: id, runs: { nodes: [{ runId: id }] } },
        automationRun: {
          title: id,
          automation: { automationId: id },
          blocks: { nodes: [{ blockName: id }] },
        },
        app: { appId: id, name: id, extraAttributes: { more: { [id]: id } } },
        automationRuns: { nodes: [{ runId: id }] },
      });
      expect(data.app.events.nodes).toHaveLength(1);
    }
  });

  test('are pages, in one order, and duplicates when they come again', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    const runs = IDS.map((id) => runEvent(tenantId, { id, title: id }, { id }));
    await service.client.ingest(...runs);
    const { receipts } = await service.client.ingest(...runs);
    expect(receipts.map(({ outcome }: { outcome: string }) => outcome)).toEqual(IDS.map(() => 'DUPLICATE'));
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const { automationRuns }: Page = await client.data(
        `query ($after: String) { automationRuns(first: 2, after: $after, orderBy: { field: TITLE, direction: ASC }) {
          nodes { runId } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      seen.push(...automationRuns.nodes.map(({ runId }: { runId: string }) => runId));
      if (!automationRuns.pageInfo.hasNextPage) break;
      after = automationRuns.pageInfo.endCursor;
    }
    expect(seen.toSorted()).toEqual(IDS.toSorted());
  });

  /** All events of a log as a subscription delivers them. */
  async function follow(tenantId: string) {
    const query = `subscription ($after: String) { eventStored(after: $after) { event {
      eventId source userId ownerId spaceId contentType tenantId raw } } }`;
    const live = new Subscription(service.url, tenantId, query, startAfter(tenantId));
    await live.until(({ received }) => received.length === IDS.length);
    await live.close();
    return { all: live.received.map(({ eventStored }) => eventStored) };
  }
});
