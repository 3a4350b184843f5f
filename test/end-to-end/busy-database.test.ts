import { expect, it } from 'vitest';
import { asAdmin } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { startOpenService } from '../support/services/open-service.ts';

/** Shorter than those of a service, which are long enough for a busy database. */
const DEADLINES = { readMs: 3_000, writeMs: 4_000 };

it('reads and writes that waited too long for others are refused with TIMEOUT, as the database is there', async () => {
  const service = await startOpenService('postgres', {}, undefined, { deadlines: DEADLINES });
  try {
    const query = '{ automations { nodes { name } } }';
    await asAdmin(async (sql) => {
      await sql.begin(async (transaction) => {
        await transaction`lock table automations, tenants in access exclusive mode`;
        const event = runEvent('tenant');
        const mutation = 'mutation ($event: JSON!) { ingestEvents(input: { events: [$event] }) { stored } }';
        const storing = service.client.as('tenant').request(mutation, { event });
        // More than there are connections.
        const asked = Array.from({ length: 8 }, () => service.client.as('tenant').request(query));
        for (const { errors } of await Promise.all(asked)) {
          expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['TIMEOUT']);
        }
        const { errors } = await storing;
        expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['TIMEOUT']);
      });
    }, service.location.databaseUrl);
    expect((await service.client.as('tenant').request(query)).errors).toBeUndefined();
  } finally {
    await service.close();
  }
}, 60_000);
