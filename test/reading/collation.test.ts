import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createCollatedDatabase,
  createTestDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

/**
 * Texts that a language orders otherwise than their code points, once of each so that groups tie.
 */
const NAMES = ['a', 'B', 'b', 'A', '_', '-', 'a b', 'ab', 'É', 'e', 'z', 'Z', '1', '😀', '\uffee', null];
const STATUSES = ['finished', 'finished with warnings', 'failed', 'queued', 'stopped', 'must stop', 'odd'];

const toEvents = () =>
  NAMES.map((name, index) => {
    const [letter, status] = [name ?? undefined, STATUSES[index % STATUSES.length]];
    const data = {
      id: `run-${letter}`,
      title: letter,
      ownerId: letter,
      status,
      blocks: [{ blockName: letter }],
    };
    return runEvent('tenant', data, { toplevelresourceid: letter ?? '' });
  });

const QUERY = `{
  byName: blockStats(groupBy: [BLOCK_NAME]) { blockName }
  byOwner: automationRunStats(groupBy: [OWNER], interval: DAY) { ownerId }
  byStatus: automationRunStats(groupBy: [STATUS]) { count status }
  byTwo: automationRunStats(groupBy: [BILLABLE, STATUS, OWNER], where: { title: { isNull: false } }) { status ownerId }
  titles: automationRuns(first: 100, orderBy: [{ field: TITLE, direction: ASC }]) { nodes { title } }
  automations(first: 100) { nodes { automationId runStats(groupBy: [STATUS]) { status } } }
  runs: automationRuns(first: 100) { nodes { runId } }
  some: automationRuns(first: 100, where: { title: { startsWith: "E" } }) { nodes { runId } }
}`;

describe('a database that orders texts as a language does', () => {
  let collated: TestDatabase | undefined;
  const services: TestService[] = [];
  beforeAll(async () => {
    collated = await createCollatedDatabase('en-US');
    if (collated === undefined) return;
    const events = toEvents();
    for (const database of [collated, await createTestDatabase('postgres')]) {
      const service = await startTestService('postgres', {}, database);
      services.push(service);
      await service.client.ingest(...events);
    }
  });
  afterAll(async () => {
    for (const service of services) await service.close();
    for (const { database } of services) await database.drop();
  });

  test('gives the groups and rows in the order of any other', async ({ skip }) => {
    if (collated === undefined) return skip('this server has no languages');
    const [answer, plain] = await Promise.all(services.map(({ client }) => client.as('tenant').data(QUERY)));
    expect(answer).toEqual(plain);
    const inOrder = NAMES.toSorted((a, b) => {
      if (a === null || b === null) return Number(a === null) - Number(b === null);
      return Buffer.compare(Buffer.from(a), Buffer.from(b));
    });
    const names = answer.byName.map(({ blockName }: { blockName: string | null }) => blockName);
    expect(names).toEqual(inOrder);
  });
});
