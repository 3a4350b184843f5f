import { appEvent, runEvent } from '../../support/events/events.ts';
import { startService } from '../contender.ts';
import { type Dose, measure } from '../measure.ts';
import { post } from '../post.ts';
import type { BenchPostgres } from '../start-postgres.ts';
import { printTable, toText } from '../table.ts';

const DOSE: Dose = { rounds: 5, turnMs: 2_000, atOnce: 1 };
const INGEST = 'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored } }';

/**
 * The cost of one `GET /metrics` on a service that has stored and read, beside a health check: the
 * least that an answer costs.
 */
export async function benchScrape({ url, pid: postmaster }: BenchPostgres): Promise<void> {
  const service = await startService('service', url);
  try {
    const events = [runEvent('scraped'), appEvent('scraped', 'app.created', { attributes: { id: 'a' } })];
    await post(service.url, { query: INGEST, variables: { events } });
    const read = (path: string) => async () => {
      const response = await fetch(new URL(path, service.url));
      if (!response.ok) throw new Error(`${path} answers ${response.status}.`);
      await response.text();
    };
    const subjects = ['/metrics', '/health/live'].map((path) => ({
      ...{ name: `GET ${path}`, pid: service.pid },
      run: read(path),
    }));
    const figures = await measure(postmaster, subjects, DOSE);
    printTable(
      'A scrape of the metrics',
      ['what', 'CPU of server, ms', 'of database, ms', 'together, ms', 'per second'],
      figures.map(({ name, server, database, total, perSecond }) => [
        name,
        toText(server),
        toText(database),
        toText(total),
        toText(perSecond),
      ]),
    );
  } finally {
    await service.stop();
  }
}
