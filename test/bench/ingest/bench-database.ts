import postgres from 'postgres';
import type { JsonValue } from '../../../src/domain/values/json.ts';
import { ingestEvents } from '../../../src/ingest/ingest-events.ts';
import { openIngestQueue } from '../../../src/ingest/open-ingest-queue.ts';
import { openDatabase } from '../../../src/store/database/open-database.ts';
import { makeRunEventTemplates, toEventText } from './run-events.ts';

const NAMES = ['service', 'before', 'bare', 'source'] as const;
const LIMITS = { maxBatch: 1_000, maxEventBytes: 1_048_576, mayWrite: () => true };

/**
 * The databases of the benchmark on one server: the service's, the bare program's, and the source
 * of its rows.
 */
export class BenchDatabase {
  readonly serviceUrl: string;
  /** Of another build of the service, which makes its own tables. */
  readonly beforeUrl: string;
  readonly bareUrl: string;
  readonly sourceUrl: string;
  readonly #admin: postgres.Sql;

  private constructor(url: string, admin: postgres.Sql) {
    const toUrl = (name: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href;
    this.serviceUrl = toUrl('service');
    this.beforeUrl = toUrl('before');
    this.bareUrl = toUrl('bare');
    this.sourceUrl = toUrl('source');
    this.#admin = admin;
  }

  static async open(url: string): Promise<BenchDatabase> {
    const admin = connect(url);
    const database = new BenchDatabase(url, admin);
    for (const name of NAMES) {
      // One may be left over from a benchmark that was cut off.
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.unsafe(`create database ${name}`);
      if (name === 'before') continue;
      await using migrated = await openDatabase({ databaseUrl: database[`${name}Url`], dataDir: '' });
      await migrated.ping(5_000);
    }
    return database;
  }

  /** Has the rows of so many events written by the code of the service, spread over tenants. */
  async fillSource(tenants: string[], count: number): Promise<void> {
    await using source = await openDatabase({ databaseUrl: this.sourceUrl, dataDir: '' });
    await using queue = openIngestQueue(source, { maxQueueBytes: 1 });
    const templates = makeRunEventTemplates(1, 1_000);
    for (let first = 0; first < count; first += LIMITS.maxBatch) {
      const events = Array.from({ length: LIMITS.maxBatch }, (_, index): JsonValue => {
        const number = first + index;
        const template = templates[number % templates.length] ?? [];
        return JSON.parse(toEventText(template, tenants[number % tenants.length] ?? '', number));
      });
      await ingestEvents(queue, events, LIMITS);
    }
  }

  /** Empties all tables of a database, and leaves the server nothing to do from before. */
  async empty(name: 'service' | 'before' | 'bare'): Promise<void> {
    const sql = connect(this[`${name}Url`]);
    await sql`truncate tenants, events, quarantine, automations, automation_runs, blocks, apps, app_reloads`;
    await sql.end();
    await this.#admin`checkpoint`;
  }

  /** Drops the databases: their size would slow down what is measured next. */
  async close(): Promise<void> {
    for (const name of NAMES) await this.#admin.unsafe(`drop database ${name} with (force)`);
    await this.#admin.end();
  }
}

function connect(url: string): postgres.Sql {
  return postgres(url, { max: 1, fetch_types: false, onnotice: () => undefined });
}
