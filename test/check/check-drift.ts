import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { printSchema } from 'graphql';
import { schema } from '../../src/graphql/schema.ts';
import * as logTables from '../../src/store/tables/log-tables.ts';
import * as projectionTables from '../../src/store/tables/projection-tables.ts';

const { generateDrizzleJson, generateMigration } = createRequire(import.meta.url)(
  'drizzle-kit/api',
) as typeof import('drizzle-kit/api');

const tables = { ...logTables, ...projectionTables };
const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

if (read('schema/schema.graphql') !== `${printSchema(schema)}\n`) {
  process.stdout.write('schema/schema.graphql is not what the code says: run npm run schema\n');
  process.exitCode = 1;
}

const { entries } = JSON.parse(read('drizzle/meta/_journal.json')) as { entries: { idx: number }[] };
const newest = String(entries.at(-1)?.idx).padStart(4, '0');
const snapshot = JSON.parse(read(`drizzle/meta/${newest}_snapshot.json`));
const missing = await generateMigration(snapshot, generateDrizzleJson(tables, snapshot.id));
if (missing.length > 0) {
  process.stdout.write(
    `the tables are ahead of the migrations: run npm run migration\n${missing.join('\n')}\n`,
  );
  process.exitCode = 1;
}
process.stdout.write(`drift: schema and ${entries.length} migration(s) compared\n`);
