import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LiveSubscription, subscribeOver, TRANSPORTS } from '../../support/clients/transports.ts';
import { describeOnEachDatabase } from '../../support/databases/databases.ts';
import { runEvent } from '../../support/events/events.ts';
import { positionOf, startAfter } from '../../support/events/log-cursor.ts';
import { startCountedService } from '../../support/services/counted-service.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

const EVENTS = 40;
const TITLES = ['alpha', 'beta', 'gamma'];

/**
 * The run of the event at a position; every event has a run of its own, so its state is the same
 * whenever it is delivered.
 */
interface Run {
  tenantId: string;
  position: number;
  id: string;
  title: string;
  blocks: number;
}

const toRuns = (tenantId: string): Run[] =>
  Array.from({ length: EVENTS }, (_, index) => ({
    tenantId,
    position: index + 1,
    id: `${tenantId}-run-${index + 1}`,
    title: index === EVENTS - 1 ? 'end' : `${TITLES[index % TITLES.length]}`,
    blocks: index % 4,
  }));

/** What is selected of a delivery, what that is for a run, and the values of its variables. */
interface Selection {
  text: string;
  fragments?: string;
  n?: number;
  toResult: (run: Run) => object;
}

const ordinalsOf = ({ blocks }: Run, first: number) => ({
  nodes: Array.from({ length: Math.min(blocks, first) }, (_, ordinal) => ({ ordinal })),
});
const BLOCKS = 'run { runId blocks(first: $n) { nodes { ordinal } } }';
const toSized = (text: string, n: number, fragments = ''): Selection => ({
  text,
  fragments,
  n,
  toResult: (run) => ({ run: { runId: run.id, blocks: ordinalsOf(run, n) } }),
});
const SELECTIONS: Selection[] = [
  {
    text: 'cursor event { position } run { runId title }',
    toResult: ({ tenantId, position, id, title }) => ({
      cursor: expect.toSatisfy((cursor: string) => positionOf(tenantId, cursor) === position),
      event: { position },
      run: { runId: id, title },
    }),
  },
  { text: 'event { position }', toResult: ({ position }) => ({ event: { position } }) },
  { text: 'event { at: position }', toResult: ({ position }) => ({ event: { at: position } }) },
  toSized(BLOCKS, 1),
  toSized(BLOCKS, 2),
  toSized('...Blocks', 1, `fragment Blocks on AutomationRunEnded { ${BLOCKS} }`),
  toSized('...Blocks', 3, `fragment Blocks on AutomationRunEnded { ${BLOCKS} }`),
];

/** One subscriber: whom it acts for, what it chooses, and what it is shown of that. */
interface Spec {
  tenantId: string;
  /** The titles chosen; undefined without a filter. */
  titles: string[] | undefined;
  isLiteral: boolean;
  selection: Selection;
}

function toOperation({ tenantId, titles, isLiteral, selection }: Spec) {
  const { text, fragments = '', n } = selection;
  const definitions = ['$after: String'];
  const choices = ['after: $after'];
  if (n !== undefined) definitions.push('$n: Int');
  if (titles !== undefined && isLiteral) choices.push(`where: { title: { in: ${JSON.stringify(titles)} } }`);
  if (titles !== undefined && !isLiteral) {
    definitions.push('$where: AutomationRunFilter');
    choices.push('where: $where');
  }
  const where = titles !== undefined && !isLiteral ? { where: { title: { in: titles } } } : {};
  return {
    query: `subscription (${definitions.join(', ')}) {
      automationRunEnded(${choices.join(', ')}) { ${text} } } ${fragments}`,
    variables: { ...startAfter(tenantId), ...(n !== undefined && { n }), ...where },
  };
}

describeOnEachDatabase('subscribers who share', (kind) => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  test('get exactly what each would get alone, whatever the others ask for, of whichever tenant', async () => {
    const tenants = ['one', 'two'];
    const choices = [undefined, ['alpha', 'end'], ['beta', 'gamma', 'end'], ['end']];
    const specs: Spec[] = tenants.flatMap((tenantId) =>
      SELECTIONS.flatMap((selection) =>
        choices.map((titles, index) => ({
          ...{ tenantId, titles, selection },
          isLiteral: (index + SELECTIONS.indexOf(selection)) % 2 === 0,
        })),
      ),
    );
    const begin = () =>
      specs.map((spec, index): [Spec, LiveSubscription] => {
        const { query, variables } = toOperation(spec);
        const transport = TRANSPORTS[index % 2] ?? 'SSE';
        return [spec, subscribeOver(transport, service.client.as(spec.tenantId), query, variables)];
      });
    const runs = new Map(tenants.map((tenantId) => [tenantId, toRuns(tenantId)]));
    const send = (from: number, to: number) =>
      Promise.all(
        tenants.map((tenantId) => {
          const some = runs.get(tenantId)?.slice(from, to) ?? [];
          const events = some.map(({ id, title, blocks }) =>
            runEvent(tenantId, { id, title, blocks: Array.from({ length: blocks }, () => ({})) }),
          );
          return service.client.ingest(...events);
        }),
      );

    const following = begin();
    for (let from = 0; from < EVENTS / 2; from += 10) await send(from, from + 10);
    for (let from = EVENTS / 2; from < EVENTS - 10; from += 1) await send(from, from + 1);
    // Who comes later shares with who was there.
    following.push(...begin());
    await send(EVENTS - 10, EVENTS);

    for (const [spec, live] of following) {
      const { tenantId, titles, selection } = spec;
      const chosen = (runs.get(tenantId) ?? []).filter(({ title }) => titles?.includes(title) ?? true);
      await live.until(({ received }) => received.length >= chosen.length, 30_000);
      const expected = chosen.map((run) => ({ automationRunEnded: selection.toResult(run) }));
      expect(live.received, JSON.stringify(toOperation(spec))).toEqual(expected);
    }
    await Promise.all(following.map(([, live]) => live.close()));
  }, 60_000);
});

describe('what 50 subscribers with 10 different filters cost', () => {
  test('is a statement or two for each event, not one for each of them', async () => {
    const service = await startCountedService('pglite');
    const client = service.client.as('one');
    const query = `subscription ($where: AutomationRunFilter) {
      automationRunEnded(where: $where, after: "${startAfter('one').after}") { event { position } run { title } } }`;
    const live = Array.from({ length: 50 }, (_, index) =>
      client.subscribe(query, { where: { not: { totalApiCalls: { eq: index % 10 } } } }),
    );
    const send = async (count: number, head: number) => {
      await client.ingest(...Array.from({ length: count }, () => runEvent('one', { title: 'x' })));
      for (const one of live) await one.until(({ received }) => received.length === head);
    };
    await send(1, 1);
    service.statements.length = 0;
    for (let head = 2; head <= 21; head += 1) await send(1, head);
    const oneByOne = service.statements.length;
    service.statements.length = 0;
    await send(50, 71);
    const together = service.statements.length;
    console.info(
      `50 subscribers, 10 filters: ${oneByOne} statements for 20 events one by one, ${together} for 50 together`,
    );
    expect(oneByOne).toBeLessThanOrEqual(2 * 20);
    expect(together).toBeLessThanOrEqual(4);
    await Promise.all(live.map((one) => one.close()));
    await service.close();
  });
});
