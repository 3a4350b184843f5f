import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantDatabase } from '../../src/store/database/database.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { reloadReader } from '../../src/store/read/app-reloads.ts';
import { toAppListing } from '../../src/store/read/apps.ts';
import { toAutomationRunListing } from '../../src/store/read/automation-runs.ts';
import { toAutomationListing } from '../../src/store/read/automations.ts';
import { toBlockListing } from '../../src/store/read/blocks.ts';
import { toEventListing } from '../../src/store/read/events.ts';
import { type Listing, listPage, parseListingRequest } from '../../src/store/read/pages/list-page.ts';
import type { OrderInput } from '../../src/store/read/pages/order.ts';
import { toQuarantineListing } from '../../src/store/read/quarantine.ts';
import { APP_RELOADS } from '../../src/store/read/subjects/app-reloads.ts';
import { RUNS } from '../../src/store/read/subjects/runs.ts';
import { listFieldsWith, type Subject } from '../../src/store/read/subjects/subject.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';

const listOrders = (subject: Subject): OrderInput[][] =>
  listFieldsWith(subject, 'order').flatMap(([, , [field]]): OrderInput[][] => [
    [{ field, direction: 'ASC' }],
    [{ field, direction: 'DESC' }],
  ]);

/** A database that only writes down the statements that it is sent. */
const statements: { text: string; values: unknown[] }[] = [];
const prepareQuery = ({ sql, params }: { sql: string; params: unknown[] }) => {
  statements.push({ text: sql, values: params });
  return { execute: async () => [] };
};
const database = {
  tenantId: 'tenant',
  read: async (work) => work({ _: { session: { prepareQuery } } } as never),
} as TenantDatabase;

const listings: Listing<never>[] = [
  toAutomationRunListing('Query.automationRuns', database, {}, new Set()),
  ...listOrders(RUNS).map((orderBy) =>
    toAutomationRunListing('Query.automationRuns', database, { orderBy }, new Set()),
  ),
  ...listOrders(APP_RELOADS).map((orderBy) =>
    reloadReader.toListing('Query.appReloads', database, { orderBy }),
  ),
  toAutomationListing(database, {}),
  toBlockListing(database),
  toAppListing(database, true),
  reloadReader.toListing('Query.appReloads', database),
  toEventListing('Query.events', database),
  toQuarantineListing(database, undefined, new Set()),
];

describe('the default order of every connection, and every order of runs and reloads', () => {
  let place: TestDatabase;
  let sql: postgres.Sql;
  beforeAll(async () => {
    place = await createTestDatabase('postgres');
    const opened = await openDatabase(place);
    await opened[Symbol.asyncDispose]();
    sql = postgres(place.databaseUrl ?? '', { max: 1 });
    // Where an index holds the order there is no sort left to forbid.
    await sql`set enable_sort = off`;
    await sql`set enable_seqscan = off`;
    await sql`set enable_bitmapscan = off`;
  });
  afterAll(async () => {
    await sql.end();
    await place.drop();
  });

  for (const listing of listings) {
    for (const args of [{ first: 20 }, { last: 20 }]) {
      it(`${listing.connection} by ${listing.order} ${Object.keys(args)}: comes from an index, without a sort`, async () => {
        statements.length = 0;
        await listPage(listing, parseListingRequest(listing, args));
        expect(statements.length).toBeGreaterThan(0);
        for (const { text, values } of statements) {
          const plan = await sql.unsafe(`explain (costs off) ${text}`, values as never[]);
          const lines = plan.map((row) => String(row['QUERY PLAN'])).join('\n');
          expect(lines).toContain('Index');
          expect(lines).not.toContain('Sort');
        }
      });
    }
  }
});
