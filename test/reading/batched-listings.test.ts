import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { toDose } from '../support/run/dose.ts';
import type { TestService } from '../support/services/service.ts';
import { filterOf, orderByOf } from './oracle/arbitraries.ts';
import { matches, order, type Row } from './oracle/oracle.ts';
import { BLOCKS, RELOADS, RUNS, type Subject } from './oracle/subjects.ts';
import { startReadingService, type World } from './oracle/world.ts';

/** Connections of many parents at once, and what tells the parent of a row. */
const NESTED: {
  parents: string;
  key: string;
  field: string;
  subject: Subject;
  rows: (world: World) => Row[];
}[] = [
  { parents: 'automations', key: 'automationId', field: 'runs', subject: RUNS, rows: (world) => world.runs },
  { parents: 'apps', key: 'appId', field: 'reloads', subject: RELOADS, rows: (world) => world.reloads },
  {
    parents: 'automationRuns',
    key: 'runId',
    field: 'blocks',
    subject: BLOCKS,
    rows: (world) => world.blocks,
  },
];

describeOnEachDatabase('listings of many parents', (kind) => {
  let service: TestService;
  let client: GraphqlClient;
  let world: World;
  beforeAll(async () => {
    ({ service, client, world } = await startReadingService(kind));
  });
  afterAll(() => service.close());

  for (const { parents, key, field, subject, rows } of NESTED) {
    test(`${parents}.${field} are the rows of the oracle for each parent`, async () => {
      const question = fc.record({
        where: filterOf(subject, rows(world), 3),
        orderBy: orderByOf(subject),
        size: fc.integer({ min: 1, max: 8 }),
        forward: fc.boolean(),
      });
      const property = fc.asyncProperty(question, async ({ where, orderBy, size, forward }) => {
        const isOrdered = field !== 'blocks';
        const args = `${forward ? 'first' : 'last'}: $size, where: $where${isOrdered ? ', orderBy: $orderBy' : ''}`;
        const data = await client.data(
          `query ($size: Int, $where: ${subject.filterType}${isOrdered ? `, $orderBy: [${subject.orderType}!]` : ''}) {
            ${parents}(first: 100) { nodes { ${key} ${field}(${args}) { totalCount nodes { id } } } } }`,
          { size, where, orderBy },
        );
        for (const { [key]: parent, [field]: page } of data[parents].nodes) {
          const own = rows(world).filter((row) => row.values[key] === parent && matches(row, where, subject));
          const sorted = isOrdered
            ? order(own, orderBy, subject)
            : own.toSorted((a, b) => a.ordinal - b.ordinal);
          const expected = (forward ? sorted.slice(0, size) : sorted.slice(-size)).map(({ id }) => id);
          const ids = page.nodes.map(({ id }: { id: string }) => id);
          expect({ parent, where, orderBy, total: page.totalCount, ids }).toEqual({
            parent,
            where,
            orderBy,
            total: own.length,
            ids: expected,
          });
        }
      });
      await fc.assert(property, { numRuns: toDose({ short: 3, full: 15 }), endOnFailure: true });
    });
  }
});
