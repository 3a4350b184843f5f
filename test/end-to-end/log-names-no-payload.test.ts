import postgres from 'postgres';
import { expect, it } from 'vitest';
import { runEvent } from '../support/events/events.ts';
import { startTestService } from '../support/services/service.ts';

it('a fault is masked, and the log tells of it under its request id without naming the payload', async () => {
  const service = await startTestService('postgres');
  const sql = postgres(service.database.databaseUrl ?? '', { max: 1, onnotice: () => undefined });
  try {
    await sql`alter table events add constraint never check (false) not valid`;
    const { errors } = await service.client.request(
      'mutation ($e: [JSON!]!) { ingestEvents(input: { events: $e }) { stored } }',
      { e: [runEvent('tenant', { title: 'secret-payload' })] },
    );
    const { code, requestId } = errors?.[0].extensions ?? {};
    expect(code).toBe('INTERNAL_SERVER_ERROR');
    const lines = service.log.filter((line) => line.includes(requestId)).map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ err: { code: '23514' } }]);
    expect(lines[0].err.stack).toContain('record-events');
    expect(service.log.join('\n')).not.toContain('secret-payload');
  } finally {
    await sql.end();
    await service.close();
  }
});
