import type { GraphqlClient } from '../../support/clients/graphql-client.ts';
import { type Filter, matches, type OrderBy, order, type Row } from './oracle.ts';
import { APPS, AUTOMATIONS, BLOCKS, EVENTS, RELOADS, RUNS, type Subject } from './subjects.ts';
import type { World } from './world.ts';

/** A connection that can be filtered, and the rows that it lists without a filter. */
export interface Listed {
  name: string;
  subject: Subject;
  /** Fields around the connection, with their arguments. */
  around: string[];
  field: string;
  more?: string;
  hasOrder: boolean;
  rows: (world: World) => Row[];
}

const root = (field: string, subject: Subject, rows: Listed['rows'], more = ''): Listed => ({
  name: `${field}${more}`,
  subject,
  around: [],
  field,
  more,
  hasOrder: true,
  rows,
});

export const LISTED: Listed[] = [
  root('automationRuns', RUNS, (world) => world.runs),
  root('blocks', BLOCKS, (world) => world.blocks),
  root('automations', AUTOMATIONS, (world) => world.automations),
  root('apps', APPS, (world) => world.apps.filter((app) => app.values.isDeleted === false)),
  root('apps', APPS, (world) => world.apps, ', includeDeleted: true'),
  root('appReloads', RELOADS, (world) => world.reloads),
  root('events', EVENTS, (world) => world.events),
  {
    ...root('runs', RUNS, (world) => world.runs.filter((run) => run.values.automationId === 'automation-1')),
    name: 'Automation.runs',
    around: ['automation(automationId: "automation-1")'],
  },
  {
    ...root('reloads', RELOADS, (world) => world.reloads.filter((row) => row.values.appId === 'app-1')),
    name: 'App.reloads',
    around: ['app(appId: "app-1")'],
  },
  {
    ...root('blocks', BLOCKS, (world) => world.runs.find((run) => run.related.length > 2)?.related ?? []),
    name: 'AutomationRun.blocks',
    around: ['automationRun(runId: $runId)'],
    hasOrder: false,
  },
];

/** A question to a connection; a page is read from the start or from the end. */
export interface Question {
  where?: Filter | null | undefined;
  orderBy?: OrderBy[] | null | undefined;
  size: number;
  forward: boolean;
}

/** What the oracle answers: the ids of all rows in order. */
export function expectIds(
  { subject, rows, hasOrder }: Listed,
  world: World,
  { where, orderBy }: Question,
): string[] {
  const matching = rows(world).filter((row) => matches(row, where, subject));
  const sorted = hasOrder
    ? order(matching, orderBy, subject)
    : matching.toSorted((a, b) => a.ordinal - b.ordinal);
  return sorted.map(({ id }) => id);
}

export interface Answer {
  ids: string[];
  totalCount: number;
  hasMore: boolean;
  /** Where the next page in this direction begins. */
  cursor: string | null;
}

type Asked = Question & { cursor: string | null };

/** Fields that an operation may have at its root. */
const MOST_AT_ONCE = 15;

/** Asks several questions with as few requests as may be, each from a cursor on. */
export async function ask(
  client: GraphqlClient,
  listed: Listed,
  world: World,
  questions: readonly Asked[],
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let start = 0; start < questions.length; start += MOST_AT_ONCE) {
    answers.push(...(await askAtOnce(client, listed, world, questions.slice(start, start + MOST_AT_ONCE))));
  }
  return answers;
}

async function askAtOnce(
  client: GraphqlClient,
  listed: Listed,
  world: World,
  questions: readonly Asked[],
): Promise<Answer[]> {
  const { subject, around, field, more = '', hasOrder } = listed;
  const variables: Record<string, unknown> = { runId: listed.rows(world)[0]?.values.runId };
  const declared = around.some((outer) => outer.includes('$runId')) ? ['$runId: ID!'] : [];
  const fields = questions.map(({ where, orderBy, size, forward, cursor }, n) => {
    Object.assign(variables, { [`s${n}`]: size, [`c${n}`]: cursor, [`w${n}`]: where, [`o${n}`]: orderBy });
    declared.push(`$s${n}: Int, $c${n}: String, $w${n}: ${subject.filterType}`);
    if (hasOrder) declared.push(`$o${n}: [${subject.orderType}!]`);
    const page = forward ? `first: $s${n}, after: $c${n}` : `last: $s${n}, before: $c${n}`;
    const args = `${page}, where: $w${n}${hasOrder ? `, orderBy: $o${n}` : ''}${more}`;
    const selection = `{ totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;
    const inner = around.length > 0 ? `{ ${field}(${args}) ${selection} }` : selection;
    return `q${n}: ${around.length > 0 ? around[0] : `${field}(${args})`} ${inner}`;
  });
  const data = await client.data(`query (${declared.join(' ')}) { ${fields.join('\n')} }`, variables);
  return questions.map(({ forward }, n) => {
    const { totalCount, nodes, pageInfo } = around.length > 0 ? data[`q${n}`][field] : data[`q${n}`];
    return {
      ids: nodes.map((node: { id: string }) => node.id),
      totalCount,
      hasMore: forward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage,
      cursor: forward ? pageInfo.endCursor : pageInfo.startCursor,
    };
  });
}
