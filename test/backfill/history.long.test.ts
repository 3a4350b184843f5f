import { expect, onTestFinished, test } from 'vitest';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { startBackfill, TestFolder } from '../support/processes/command-process.ts';
import { History, listDaysUntilNow, listWebhooks, toWebhookBody } from '../support/qlik/history.ts';
import { SimulatedTenant } from '../support/qlik/simulated-tenant.ts';
import { toOutcomes } from '../support/qlik/summary.ts';
import { toDose } from '../support/run/dose.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const SEED = Number(process.env.FAULT_SEED ?? 11);
const BATCH = 1_000;
const INGEST =
  'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events, origin: RELAY }) { stored } }';
const COVERAGE = `query ($from: Date!, $to: Date!) {
  coverage(from: $from, to: $to) { date upstreamCount recoveredCount isComplete } }`;

describeOnEachDatabase('a backfill after webhooks were lost', (kind) => {
  // PGlite stores the full history slowly; its rules are the same.
  const modelled =
    kind === 'postgres' ? toDose({ short: 3_000, full: 500_000 }) : toDose({ short: 1_000, full: 20_000 });

  test(`brings what is missing of ${modelled} events, once each, and nothing the second time`, async () => {
    const service = await startTestService(kind);
    onTestFinished(() => service.close());
    using folder = new TestFolder();
    const tenantId = 'backfilled-tenant';
    // The short dose is days of the archive and of the audit log, on both sides of the border.
    const days = listDaysUntilNow(toDose({ short: 95, full: 1_095 })).slice(
      0,
      toDose({ short: 20, full: 1_095 }),
    );
    const history = new History({ tenantId, seed: SEED, days, modelled });
    const disorderedDay = days[7];
    const webhooks = { seed: SEED, lost: 0.01, repeated: 0.02, disorderedDay };
    await deliver(service, history, webhooks);
    const client = service.client.as(tenantId);
    const before = await countEvents(client);
    expect(before).toBeLessThan(modelled);
    expect(before).toBeGreaterThan(modelled * 0.97);

    await using tenant = await SimulatedTenant.start({
      ...{ history, seed: SEED, apiKey: 'api-key', overlap: 3 },
      ...{ limited: 0.01, broken: 0.01, cutOff: 0.01 },
    });
    const urls = { tenant: tenant.url, service: service.url };
    const args = ['--from', days[0] ?? '', '--to', days.at(-1) ?? ''];
    await using first = startBackfill(urls, folder.path, args);
    const { status, stdout, stderr } = await first.result(1_800_000);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(toOutcomes(stdout)).toEqual({ STORED: modelled - before, DUPLICATE: before });
    expect(await countEvents(client)).toBe(modelled);
    const lost = countLost(history, webhooks);
    expect(await readCoverage(client, days)).toEqual(lost);

    await using second = startBackfill(urls, folder.path, [...args, '--restart']);
    const again = await second.result(1_800_000);
    expect({ status: again.status, ...toOutcomes(again.stdout) }).toEqual({ status: 0, DUPLICATE: modelled });
    expect(await countEvents(client)).toBe(modelled);
    expect(await readCoverage(client, days)).toEqual(lost);
  }, 3_600_000);
});

/** Sends the webhooks that arrive to the service, as a relay does. */
async function deliver(
  { client }: TestService,
  history: History,
  faults: Parameters<typeof listWebhooks>[2],
): Promise<void> {
  let batch: unknown[] = [];
  const send = async () => {
    if (batch.length > 0) await client.data(INGEST, { events: batch });
    batch = [];
  };
  for (const day of history.days) {
    for (const event of listWebhooks(history, day, faults)) {
      batch.push(toWebhookBody(event));
      if (batch.length === BATCH) await send();
    }
  }
  await send();
}

/** What `coverage` must list: the modelled events of each day, and those without a webhook. */
function countLost(history: History, faults: Parameters<typeof listWebhooks>[2]): unknown[] {
  return history.days.map((date) => {
    const arrived = new Set(listWebhooks(history, date, faults).map(({ parts }) => parts.id));
    const upstreamCount = history.countModelled(date);
    return { date, upstreamCount, recoveredCount: upstreamCount - arrived.size, isComplete: true };
  });
}

async function readCoverage(client: TestService['client'], days: readonly string[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let at = 0; at < days.length; at += 400) {
    const some = days.slice(at, at + 400);
    const { coverage } = await client.data(COVERAGE, { from: some[0], to: some.at(-1) });
    found.push(...coverage);
  }
  return found;
}

async function countEvents(client: TestService['client']): Promise<number> {
  const { eventLog, events } = await client.data('{ eventLog { headPosition } events { totalCount } }');
  expect(events.totalCount).toBe(eventLog.headPosition);
  return events.totalCount;
}
