import { dropLostOutput } from 'qlik-event-graph-ingest/console/drop-lost-output';
import { parseConfig } from '../config.ts';
import { Misconfiguration } from '../domain/misconfiguration.ts';
import { openDatabase } from '../store/database/open-database.ts';

dropLostOutput();
try {
  const database = await openDatabase(parseConfig(process.env));
  await database[Symbol.asyncDispose]();
  process.stdout.write('The database is migrated.\n');
} catch (failure) {
  if (!(failure instanceof Misconfiguration)) throw failure;
  for (const problem of failure.problems)
    process.stderr.write(`qlik-event-graph cannot migrate: ${problem}\n`);
  process.exitCode = 1;
}
