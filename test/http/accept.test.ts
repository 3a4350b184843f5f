import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runEvent } from '../support/events/events.ts';
import { newTenant } from '../support/events/tenants.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const INGEST = 'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored } }';

describe('an Accept header', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres');
  });
  afterAll(() => service.close());

  const ingest = (tenantId: string, accept: string) =>
    fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query: INGEST, variables: { events: [runEvent(tenantId)] } }),
    });

  test.each(['text/html', 'application/xml', 'image/*', 'application/json; charset=latin1', 'x'])(
    'that admits no answer is refused with 406 and a code before anything is executed: %s',
    async (accept) => {
      const tenantId = newTenant();
      const response = await ingest(tenantId, accept);
      expect(response.status).toBe(406);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
      const { events } = await service.client.as(tenantId).data('{ events { totalCount } }');
      expect(events.totalCount).toBe(0);
      const byGet = await fetch(`${service.url}/graphql?query={__typename}`, { headers: { accept } });
      const isPage = accept === 'text/html';
      expect(byGet.status).toBe(isPage ? 200 : 406);
      expect(await byGet.text()).toContain(isPage ? '<html' : 'BAD_REQUEST');
    },
  );

  test.each(['', '*/*', 'application/*', 'application/json; charset=UTF-8', 'text/html, */*;q=0.1'])(
    'that admits one is served: "%s"',
    async (accept) => {
      const response = await ingest(newTenant(), accept);
      expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('"stored":1')]);
    },
  );
});
