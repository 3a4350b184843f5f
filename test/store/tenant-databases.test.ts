import { expect, test } from 'vitest';
import type { GraphContext } from '../../src/graphql/context.ts';
import type { Database, TenantDatabase } from '../../src/store/database/database.ts';
import { findApps } from '../../src/store/read/apps.ts';
import { toAutomationRunListing } from '../../src/store/read/automation-runs.ts';
import { toBlockListing } from '../../src/store/read/blocks.ts';
import { listFirstTenants, readHeads, readLogEnds } from '../../src/store/read/log.ts';
import { countRows, type ListingRequest, listPage } from '../../src/store/read/pages/list-page.ts';
import { readStats } from '../../src/store/read/statistics/stats.ts';
import type { StatsRequest } from '../../src/store/read/statistics/stats-request.ts';
import { toBlockStats } from '../../src/store/read/statistics/stats-subjects.ts';

type Parts = [Database, TenantDatabase, GraphContext, ListingRequest, StatsRequest];

test('a reader without a tenant does not compile', () => {
  // Never called: the compiler checks that each marked line is an error.
  const readWithoutTenant = (...[database, one, context, page, statistics]: Parts) => [
    // @ts-expect-error a database that is not of a tenant runs no statement
    database.read((queries) => queries.execute('select 1')),
    // @ts-expect-error nor does it write
    database.write(async (transaction) => transaction.execute('select 1')),
    // @ts-expect-error the log of which tenant
    readLogEnds(database),
    // @ts-expect-error the log of one tenant is not read with access to all
    readLogEnds(database.acrossTenants),
    // @ts-expect-error rows are found within a tenant
    findApps(database, ['app']),
    // @ts-expect-error a listing is of a tenant
    toBlockListing(),
    // @ts-expect-error the id of a tenant is not access to its rows
    toBlockListing('one'),
    // @ts-expect-error statistics are of a tenant
    toBlockStats(database, undefined),
    // @ts-expect-error the code of a request cannot read the rows of all tenants
    context.database.acrossTenants,
    // @ts-expect-error nor those of no tenant
    context.database.read,
    // @ts-expect-error what spans tenants is not read with access to one
    readHeads(one, ['one', 'two']),
    // @ts-expect-error likewise the list of tenants
    listFirstTenants(one, 10),
    readLogEnds(one),
    countRows(toBlockListing(one)),
    listPage(toAutomationRunListing('Query.automationRuns', one, {}, new Set()), page),
    readStats(toBlockStats(one, undefined), statistics),
  ];
  expect(readWithoutTenant).toBeTypeOf('function');
});

test('a condition of one tenant and a statement of another do not fit together', () => {
  const readMixed = (...[database, one, , page, statistics]: Parts) => {
    const two = database.forTenant('two');
    return [
      // @ts-expect-error a page is read for the tenant of its listing
      listPage(two, toBlockListing(one), page),
      // @ts-expect-error rows are counted for the tenant of their listing
      countRows(two, toBlockListing(one)),
      // @ts-expect-error statistics are computed for the tenant of their subject
      readStats(two, toBlockStats(one, undefined), statistics),
    ];
  };
  expect(readMixed).toBeTypeOf('function');
});
