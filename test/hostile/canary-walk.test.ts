import { isObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { WAYS, type Way, type WireAnswer } from '../support/clients/wire-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { eraseTenant } from '../support/databases/tenant-columns.ts';
import { ALPHA, BRAVO } from '../support/events/canaries.ts';
import { IS_FULL, toDose } from '../support/run/dose.ts';
import type { Knowledge } from '../support/schema-walk/arguments.ts';
import {
  type CanaryService,
  gather,
  openCanaryService,
  readSecrets,
} from '../support/schema-walk/open-canary-service.ts';
import {
  listForeignOperations,
  listOwnOperations,
  type Operation,
} from '../support/schema-walk/operations.ts';
import { keepDistinct, listPaths } from '../support/schema-walk/paths.ts';

/** The longest way down from a root. */
const LEVELS = toDose({ short: 5, full: 8 });
/** A thousand operations take seconds, and minutes on a busy machine. */
const TIMEOUT_MS = toDose({ short: 300_000, full: 1_800_000 });

/** Fields that only a delivery or a receipt has. The suites of both read them. */
const NOT_IN_QUERIES =
  /^(?:Query|Mutation|Subscription)$|Payload$|^IngestReceipt$|^EventStored$|^AppChanged$|^AutomationRunEnded$|^AppReloadFinished$/;
/** Fields that are null for everything that the events of these tenants are about. */
const NEVER_SET = ['Viewer.subject'];

describeOnEachDatabase('a caller of one of two tenants', (kind) => {
  let canaries: CanaryService;
  let knowledge: Knowledge;
  let secrets: Record<'alpha' | 'bravo', Awaited<ReturnType<typeof readSecrets>>>;
  let operations: Operation[];
  const answers = new Map<Operation, WireAnswer[]>();

  beforeAll(async () => {
    canaries = await openCanaryService(kind);
    const [own, foreign] = await Promise.all([
      gather(canaries, canaries.alphaToken),
      gather(canaries, canaries.bravoToken),
    ]);
    secrets = { alpha: await readSecrets(canaries, ALPHA), bravo: await readSecrets(canaries, BRAVO) };
    knowledge = { own, foreign, pageSize: 3 };
    const listed = (['query', 'mutation'] as const).flatMap((root) => {
      const all = listPaths(schema, root, LEVELS);
      const paths = IS_FULL ? all : keepDistinct(all);
      return [
        ...listOwnOperations(schema, root, paths, knowledge),
        ...listForeignOperations(schema, root, paths, knowledge),
      ];
    });
    // In the short dose each query is sent on one of the databases, and each mutation on both.
    const half = kind === 'pglite' ? 0 : 1;
    operations = listed.filter((one, index) => IS_FULL || one.kind === 'mutation' || index % 2 === half);
  });
  afterAll(() => canaries.close());

  /** A retry writes the problems of an item again, so the own mutations run once before. */
  const settle = async () => {
    for (const { kind: root, document, variables } of operations) {
      if (root === 'mutation') await canaries.alpha.ask('WebSocket', document, variables);
    }
  };

  test('has a mark, a hash or a word of a closed list in every column with text', () => {
    for (const { missing, marked } of Object.values(secrets)) {
      expect(missing).toEqual([]);
      expect(marked.length).toBeGreaterThan(50);
    }
  });

  test.each(['own', 'foreign'] as const)('every field of every type has a value somewhere (%s)', (whose) => {
    const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type) && !type.name.startsWith('__') && !NOT_IN_QUERIES.test(type.name)
        ? Object.keys(type.getFields()).map((name) => `${type.name}.${name}`)
        : [],
    );
    const seen = new Set(knowledge[whose].coordinates);
    expect(fields.filter((field) => !seen.has(field) && !NEVER_SET.includes(field))).toEqual([]);
  });

  test(
    'reads no mark of the other tenant, by any argument, over any transport',
    async () => {
      const own = new Set(secrets.alpha.hashes);
      const hashes = secrets.bravo.hashes.filter((hash) => !own.has(hash));
      const texts = [BRAVO.mark, ...hashes].map((text) => text.toLowerCase());
      const leaks: string[] = [];
      await settle();
      for (const [index, operation] of operations.entries()) {
        const ways = IS_FULL ? WAYS : [WAYS[index % WAYS.length] ?? 'HTTP'];
        const received: WireAnswer[] = [];
        for (const way of ways) {
          const answer = await canaries.alpha.ask(way, operation.document, operation.variables);
          received.push(answer);
          const text = withoutEchoes(`${answer.head}${answer.body}`, operation.variables).toLowerCase();
          const leaked = texts.filter((secret) => text.includes(secret));
          if (leaked.length > 0) leaks.push(describeLeak(operation, way, leaked, text));
        }
        answers.set(operation, received);
      }
      expect(leaks).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'gets the same bytes once the other tenant is erased, so its things answer like none',
    async () => {
      await eraseTenant(canaries.service.database, BRAVO.tenantId);
      for (const [operation, before] of answers) {
        const after = await canaries.alpha.ask('WebSocket', operation.document, operation.variables);
        for (const { body } of before) {
          expect(toResultText(body), `${operation.name} ${operation.document}`).toBe(
            toResultText(after.body),
          );
        }
      }
    },
    TIMEOUT_MS,
  );
});

function describeLeak({ document, variables }: Operation, way: Way, leaked: string[], text: string): string {
  const sent = JSON.stringify(variables).slice(0, 300);
  return `Over ${way} ${leaked.join()} is in the answer to ${document} with ${sent}: ${text.slice(0, 300)}`;
}

/** A result with its parts in one order, and without the time at which a day is recorded. */
function toResultText(body: string): string {
  const { data, errors, ...others } = JSON.parse(body);
  const text = JSON.stringify({ data, errors, ...others });
  return text.replaceAll(/"checkedAt":"[^"]+"/g, '"checkedAt":""');
}

/** An answer without the texts that the caller sent itself. */
function withoutEchoes(text: string, variables: Record<string, unknown>): string {
  let rest = text;
  for (const sent of new Set(listTexts(variables))) {
    if (sent.length > 3) rest = rest.replaceAll(JSON.stringify(sent).slice(1, -1), '');
  }
  return rest;
}

function listTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [key, ...listTexts(child)]);
}
