import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import {
  ALPHA,
  BRAVO,
  SHARED,
  toCanaryEvents,
  toCanaryItems,
  toCanaryNames,
} from '../support/events/canaries.ts';
import { ENVELOPES } from '../support/events/envelopes.ts';
import { discardQuarantined, listQuarantined, retryQuarantined } from '../support/events/quarantine.ts';
import { type CanaryService, openCanaryService } from '../support/schema-walk/open-canary-service.ts';

describeOnEachDatabase('a writer of one of two tenants', (kind) => {
  let canaries: CanaryService;
  let alpha: GraphqlClient;
  let bravo: GraphqlClient;
  beforeAll(async () => {
    canaries = await openCanaryService(kind);
    alpha = canaries.service.client.with(canaries.alphaToken);
    bravo = canaries.service.client.with(canaries.bravoToken);
  });
  afterAll(() => canaries.close());

  const LOG = '{ eventLog { headPosition } events(first: 100) { totalCount nodes { raw } } }';

  test('changes no quarantined item of the other tenant, and its ids answer like unknown ones', async () => {
    const before = await listQuarantined(bravo);
    const ids = before.nodes.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(0);
    const unknown = ids.map((id) => toUnknownId(id));
    expect(await discardQuarantined(alpha, ids)).toBe(0);
    for (const all of [ids, unknown]) {
      const retried = await retryQuarantined(alpha, { ids: all });
      expect(JSON.stringify(retried).replaceAll(JSON.stringify(all).slice(1, -1), '')).toBe(
        JSON.stringify(await retryQuarantined(alpha, { ids: ['unknown'] })),
      );
    }
    expect(await listQuarantined(bravo)).toEqual(before);
  });

  test.each(Object.entries(ENVELOPES))(
    'stores nothing for the other tenant in the envelope %s',
    async (_name, toEvent) => {
      const [log, items] = [await bravo.data(LOG), await listQuarantined(bravo)];
      const event = toEvent({
        ...{ id: 'forbidden', source: 'x', type: 'app.created', time: '2026-01-01T00:00:00Z', userId: 'x' },
        ...{
          tenantId: BRAVO.tenantId,
          data: { attributes: { id: `${BRAVO.mark}-app`, name: 'taken over' } },
        },
      });
      // The one without an id would be quarantined where the caller may write.
      const withoutId = { ...event, id: undefined, eventId: undefined };
      const payload = await alpha.ingest(
        event,
        withoutId,
        toEvent({ ...own('mine'), tenantId: ALPHA.tenantId }),
      );
      expect(payload.receipts).toMatchObject([
        { outcome: 'REJECTED', position: null, errors: [{ code: 'FORBIDDEN_TENANT' }] },
        { outcome: 'REJECTED', position: null, errors: [{ code: 'FORBIDDEN_TENANT' }] },
        { errors: [] },
      ]);
      expect([await bravo.data(LOG), await listQuarantined(bravo)]).toEqual([log, items]);
    },
  );

  const own = (id: string) => ({
    ...{ id, source: 'own', type: 'app.created', time: '2026-01-01T00:00:00Z', userId: 'x' },
    data: { attributes: { id: 'own-app' } },
  });

  test('stores an event with the identity of one of the other tenant as new, whatever it holds', async () => {
    const head = (await alpha.data('{ eventLog { headPosition } }')).eventLog.headPosition;
    const copies = toCanaryEvents({ ...BRAVO, tenantId: ALPHA.tenantId }).filter(
      (event) => !JSON.stringify(event).includes(`"${SHARED}-event`),
    );
    const { receipts } = await alpha.ingest(...copies);
    expect(receipts).toMatchObject(
      copies.map((_event, index) => ({
        outcome: 'STORED',
        position: head + index + 1,
        tenantId: ALPHA.tenantId,
      })),
    );
    // Nothing of the other log has been merged into the rows of this one.
    const { apps } = await alpha.data('{ apps(first: 100) { nodes { events { totalCount } } } }');
    const counts = apps.nodes.map(({ events }: { events: { totalCount: number } }) => events.totalCount);
    expect(Math.max(...counts)).toBeLessThan(12);
  });

  test('names nothing of the other tenant, and removes none of its names', async () => {
    const SET = 'mutation ($names: [NameInput!]!) { setNames(input: { names: $names }) { changed } }';
    const NAMES = `{ automations { nodes { automationId name } }
      automationRuns { nodes { executedByName ownerName spaceName blocks { nodes { connectorName } } } } }`;
    const before = [await alpha.data(NAMES), await bravo.data(NAMES)];
    expect(JSON.stringify(before[1])).toContain(`${BRAVO.mark} USER`);
    const own = { ...toCanaryNames(ALPHA)[0], name: 'another' };
    for (const name of ['taken over', null]) {
      for (const foreign of toCanaryNames(BRAVO).map((one) => ({ ...one, name }))) {
        const { errors } = await alpha.request(SET, { names: [own, foreign] });
        expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
      }
    }
    expect([await alpha.data(NAMES), await bravo.data(NAMES)]).toEqual(before);
  });

  test('keeps its own quarantined copy of an item apart from that of the other tenant', async () => {
    const before = await listQuarantined(bravo);
    const [item = {}] = toCanaryItems(BRAVO);
    await alpha.ingest({ ...item, tenantid: ALPHA.tenantId });
    const mine = (await listQuarantined(alpha)).nodes.filter(({ raw }) =>
      JSON.stringify(raw).includes(BRAVO.mark),
    );
    expect(
      await discardQuarantined(
        alpha,
        mine.map(({ id }) => id),
      ),
    ).toBe(1);
    expect(await listQuarantined(bravo)).toEqual(before);
  });
});

/** A global id of the same tenant and type that no row has. */
function toUnknownId(id: string): string {
  const parts: unknown[] = JSON.parse(Buffer.from(id, 'base64url').toString());
  return Buffer.from(JSON.stringify([...parts.slice(0, -1), 'no such row'])).toString('base64url');
}
