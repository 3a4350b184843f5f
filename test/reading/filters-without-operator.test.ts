import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { subscribeOver, TRANSPORTS } from '../support/clients/transports.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { APPS, AUTOMATIONS, BLOCKS, EVENTS, RELOADS, RUNS, type Subject } from './oracle/subjects.ts';

/** Everything that takes a filter: the fields around it, and what is asked of its own field. */
const ASKED: [field: string, subject: Subject, toQuery: (filtered: string) => string][] = [
  ['automationRuns', RUNS, (field) => `${field} { nodes { id } }`],
  ['automationRuns', RUNS, (field) => `${field} { totalCount }`],
  ['blocks', BLOCKS, (field) => `${field} { totalCount }`],
  ['automations', AUTOMATIONS, (field) => `${field} { totalCount }`],
  ['apps', APPS, (field) => `${field} { totalCount }`],
  ['appReloads', RELOADS, (field) => `${field} { totalCount }`],
  ['events', EVENTS, (field) => `${field} { totalCount }`],
  ['runs', RUNS, (field) => `automation(automationId: "automation-1") { ${field} { totalCount } }`],
  ['runs', RUNS, (field) => `automations { nodes { ${field} { nodes { id } } } }`],
  ['blocks', BLOCKS, (field) => `automationRuns { nodes { ${field} { nodes { id } } } }`],
  ['reloads', RELOADS, (field) => `apps { nodes { ${field} { totalCount } } }`],
  ['automationRunStats', RUNS, (field) => `${field} { count }`],
  ['blockStats', BLOCKS, (field) => `${field} { count }`],
  ['appReloadStats', RELOADS, (field) => `${field} { count }`],
  ['runStats', RUNS, (field) => `automations { nodes { ${field} { count } } }`],
];

const SUBSCRIPTIONS: [field: string, subject: Subject][] = [
  ['eventStored', EVENTS],
  ['automationRunEnded', RUNS],
  ['appChanged', APPS],
  ['appReloadFinished', RELOADS],
];

/** Filters with a field's filter that has no operator, and the place that the message names. */
const NESTED: [where: unknown, place: string][] = [
  [{ and: [{}, { title: {} }] }, 'where.and[1].title'],
  [{ or: [{ title: { eq: 'a' } }, { runId: {} }] }, 'where.or[1].runId'],
  [{ not: { status: {} } }, 'where.not.status'],
  [{ someBlock: { connectorId: {} } }, 'where.someBlock.connectorId'],
  [{ someBlock: { run: { automationId: {} } } }, 'where.someBlock.run.automationId'],
  [{ title: { eq: 'a' }, billable: {} }, 'where.billable'],
  [{ not: { or: [{ someBlock: { not: { apiCalls: {} } } }] } }, 'where.not.or[0].someBlock.not.apiCalls'],
];

describeOnEachDatabase("a field's filter without an operator", (kind) => {
  let service: TestService;
  let client: GraphqlClient;
  beforeAll(async () => {
    service = await startTestService(kind);
    client = service.client.as('tenant');
    const blocks = [{ connectorId: 'connector-1' }, { connectorId: 'connector-2' }];
    await client.ingest(
      runEvent('tenant', { title: 'a', blocks }, { toplevelresourceid: 'automation-1' }),
      runEvent('tenant', { title: 'b' }, { toplevelresourceid: 'automation-2' }),
      appEvent('tenant', 'app.created', { attributes: { id: 'app-1', name: 'App' } }),
      appEvent('tenant', 'app.reload.finished', { duration: 1 }),
    );
  });
  afterAll(() => service.close());

  const refusalOf = async (query: string, variables?: Record<string, unknown>) => {
    const { errors = [] } = await client.request(query, variables);
    return errors.map(({ message, extensions }) => `${extensions.code} ${message}`).join('\n');
  };

  describe.each(ASKED)('%s', (field, subject, toQuery) => {
    const query = `query ($where: ${subject.filterType}) { ${toQuery(`${field}(where: $where)`)} }`;

    test.each(Object.keys(subject.fields))('is refused where %s has none', async (name) => {
      const refusal = await refusalOf(query, { where: { [name]: {} } });
      expect(refusal).toMatch(new RegExp(`^BAD_USER_INPUT where\\.${name}: the filter has no operator`));
    });

    test('is answered without any condition', async () => {
      for (const where of [undefined, null, {}, { and: [{}] }, { or: [{}] }]) {
        expect(await refusalOf(query, { where })).toBe('');
      }
    });
  });

  test.each(NESTED)('%j is refused at its place', async (where, place) => {
    for (const field of [
      'automationRuns(where: $where) { totalCount }',
      'automationRunStats(where: $where) { count }',
    ]) {
      const refusal = await refusalOf(`query ($where: AutomationRunFilter) { ${field} }`, { where });
      expect(refusal).toContain(`BAD_USER_INPUT ${place}: `);
    }
  });

  test('an unset variable is named as the likely cause, and one with a default is no unset one', async () => {
    const toQuery = (variable: string) =>
      `query (${variable}) { automationRuns(where: { automationId: { eq: $id } }) { totalCount } }`;
    expect(await refusalOf(toQuery('$id: ID'))).toContain('an unset variable');
    expect(await refusalOf(toQuery('$id: ID'), { id: null })).toContain('where.automationId.eq: null');
    expect(await refusalOf(toQuery('$id: ID = null'))).toContain('where.automationId.eq: null');
    const { automationRuns } = await client.data(toQuery('$id: ID = "automation-1"'));
    expect(automationRuns.totalCount).toBe(1);
  });

  test('operators that are unset beside one that is set leave that one', async () => {
    const query = `query ($from: DateTime, $to: DateTime) {
      automationRuns(where: { occurredAt: { gte: $from, lt: $to } }) { totalCount } }`;
    expect((await client.data(query, { from: '2000-01-01T00:00:00Z' })).automationRuns.totalCount).toBe(2);
    expect((await client.data(query, { to: '2000-01-01T00:00:00Z' })).automationRuns.totalCount).toBe(0);
    expect(await refusalOf(query)).toContain('BAD_USER_INPUT where.occurredAt: ');
  });

  test('`someBlock: {}` matches the runs that have a block, and `run: {}` is no condition', async () => {
    const data = await client.data(`{ runs: automationRuns(where: { someBlock: {} }) { nodes { title } }
      others: automationRuns(where: { not: { someBlock: {} } }) { nodes { title } }
      blocks(where: { run: {} }) { totalCount } }`);
    expect(data).toEqual({
      runs: { nodes: [{ title: 'a' }] },
      others: { nodes: [{ title: 'b' }] },
      blocks: { totalCount: 2 },
    });
  });

  test('other lists that a caller may leave empty or unfinished', async () => {
    expect(await refusalOf('{ automationRuns(orderBy: [{}]) { totalCount } }')).toContain('field');
    expect(await refusalOf('{ automationRuns(orderBy: [], where: {}) { totalCount } }')).toBe('');
    expect(await refusalOf('{ automationRunStats(groupBy: []) { count } }')).toBe('');
    const nodes = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    expect(await refusalOf(nodes)).toContain('BAD_USER_INPUT');
    expect(await refusalOf(nodes, { ids: [null] })).toContain('BAD_USER_INPUT');
    expect(await refusalOf(nodes, { ids: null })).toContain('BAD_USER_INPUT');
    expect(await client.data(nodes, { ids: [] })).toEqual({ nodes: [] });
  });

  describe.each(TRANSPORTS)('over %s', (transport) => {
    test.each(SUBSCRIPTIONS)('%s is refused', async (field, subject) => {
      for (const name of Object.keys(subject.fields)) {
        for (const where of [{ [name]: {} }, { not: { or: [{ [name]: {} }] } }]) {
          const subscription = subscribeOver(
            transport,
            client,
            `subscription ($where: ${subject.filterType}) { ${field}(where: $where) { cursor } }`,
            { where },
          );
          await subscription.until(({ error, received }) => error !== undefined || received.length > 0);
          const answer = JSON.stringify([subscription.error, subscription.received]);
          expect(answer).toContain('BAD_USER_INPUT');
          expect(answer).toContain(`${name}: the filter has no operator`);
          await subscription.close();
        }
      }
    });
  });
});
