import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import { Misconfiguration } from '../../../domain/misconfiguration.ts';
import type { Queries } from '../database.ts';
import { run } from '../statements.ts';
import { checkMayMigrate, checkMayWork } from './privileges.ts';
import type { SchemaChoice } from './schema-choice.ts';
import { BOOKKEEPING, findMovedSchema, readSchemaState, type SchemaState } from './schema-state.ts';

/** The folder that `npm run migration` writes; the same path from src/store and dist/store. */
const migrationsFolder = fileURLToPath(new URL('../../../../drizzle', import.meta.url));

/** An arbitrary constant that no other program on the same database uses. */
const ADVISORY_LOCK = 7_235_019_284;

/**
 * Applies the missing migrations to a schema, in one transaction under an advisory lock. If
 * none is missing, nothing is written, so a role without CREATE suffices. Throws a
 * Misconfiguration with the statement that grants what the role lacks.
 *
 * Drizzle's own migrator takes no lock, and always creates a schema for its bookkeeping, which
 * needs CREATE.
 */
export async function applyMigrations(queries: Queries, choice: SchemaChoice): Promise<void> {
  const migrations = readMigrationFiles({ migrationsFolder });
  const state = await readSchemaState(queries, choice.schema);
  if (!choice.isChosen) await refuseMovedTables(queries, state, migrations);
  if (listPending(state, migrations).length === 0) return checkMayWork(queries, choice.schema);
  await queries.transaction(async (transaction) => {
    await run(transaction, sql`select pg_advisory_xact_lock(${ADVISORY_LOCK}::bigint)`);
    await migrate(transaction, await readSchemaState(transaction, choice.schema), migrations);
  });
}

async function migrate(
  transaction: Queries,
  state: SchemaState,
  migrations: readonly MigrationMeta[],
): Promise<void> {
  const pending = listPending(state, migrations);
  if (pending.length === 0) return checkMayWork(transaction, state.schema);
  await checkMayMigrate(transaction, state.schema, state.exists);
  const { schema } = state;
  if (!state.exists) await run(transaction, sql`create schema ${sql.identifier(schema)}`);
  const bookkeeping = sql`${sql.identifier(schema)}.${sql.identifier(BOOKKEEPING)}`;
  const record = ({ hash, folderMillis }: MigrationMeta) =>
    run(
      transaction,
      sql`insert into ${bookkeeping} (hash, created_at) values (${hash}, ${String(folderMillis)}::bigint)`,
    );
  if (!state.hasBookkeeping) {
    await run(
      transaction,
      sql`create table ${bookkeeping} (id serial primary key, hash text not null, created_at bigint)`,
    );
    for (const migration of migrations.filter((each) => !pending.includes(each))) await record(migration);
  }
  for (const migration of pending) {
    for (const statement of migration.sql) await run(transaction, sql.raw(statement));
    await record(migration);
  }
}

/** Lists the migrations that are newer than the newest applied one, as Drizzle does. */
function listPending({ applied }: SchemaState, migrations: readonly MigrationMeta[]): MigrationMeta[] {
  const known = applied.filter((createdAt) =>
    migrations.some(({ folderMillis }) => folderMillis === createdAt),
  );
  const newest = Math.max(...known, 0);
  return migrations.filter(({ folderMillis }) => folderMillis > newest);
}

/**
 * Throws a Misconfiguration if the tables are in another schema. Versions without
 * DATABASE_SCHEMA created the tables in the schema of the role's `search_path`.
 */
async function refuseMovedTables(
  queries: Queries,
  state: SchemaState,
  migrations: readonly MigrationMeta[],
): Promise<void> {
  if (state.hasTables) return;
  const moved = await findMovedSchema(
    queries,
    migrations.map(({ folderMillis }) => folderMillis),
  );
  if (moved === undefined) return;
  throw new Misconfiguration([
    `DATABASE_SCHEMA: the tables of this service are in the schema "${moved}": set DATABASE_SCHEMA=${moved}`,
  ]);
}
