import { dropLostOutput } from 'qlik-event-graph-ingest/console/drop-lost-output';
import { parseOptions } from 'qlik-event-graph-ingest/console/parse-options';
import { UsageError } from 'qlik-event-graph-ingest/console/usage-error';
import { parseConfig } from '../config.ts';
import { Misconfiguration } from '../domain/misconfiguration.ts';
import { openDatabase } from '../store/database/open-database.ts';

const USAGE = `npm run migrate

Creates the tables of the database, or changes those of an older version. npm start does the same.
It has no options. The README lists its settings: DATABASE_URL, DATABASE_SCHEMA, ROW_LEVEL_SECURITY and DATA_DIR.
`;

dropLostOutput();
try {
  const { values } = parseOptions({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) process.stdout.write(USAGE);
  else await migrate();
} catch (failure) {
  if (!(failure instanceof Misconfiguration || failure instanceof UsageError)) throw failure;
  for (const problem of failure.problems)
    process.stderr.write(`qlik-event-graph cannot migrate: ${problem}\n`);
  process.exitCode = 1;
}

async function migrate(): Promise<void> {
  const database = await openDatabase(parseConfig(process.env));
  await database[Symbol.asyncDispose]();
  process.stdout.write('The database is migrated.\n');
}
