import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, print } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { runEvent } from '../support/events/events.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const require = createRequire(import.meta.url);
/** The path of the program, which the package brings for each platform; null where it has none. */
const compiler: string | null = require('relay-compiler');

const read = (path: string) => readFileSync(new URL(`../../schema/${path}`, import.meta.url), 'utf8');
const schema = read('schema.graphql');
const documents = read('relay/run-list.graphql');

interface Compilation {
  status: number | null;
  output: string;
  /** The operations that the service is to be sent, by name. */
  operations: Record<string, string>;
  artifacts: string[];
}

/** Compiles the definitions as those of a component, in a folder of its own. */
function compile(source: { schema: string; documents: string }): Compilation {
  const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-relay-'));
  const relay = join(folder, 'relay');
  mkdirSync(relay);
  const tags = parse(source.documents).definitions.map((definition) => `graphql\`${print(definition)}\`;`);
  writeFileSync(join(folder, 'schema.graphql'), source.schema);
  writeFileSync(join(relay, 'relay.config.json'), read('relay/relay.config.json'));
  writeFileSync(join(relay, 'RunList.ts'), `import { graphql } from 'react-relay';\n${tags.join('\n')}\n`);
  const { status, stdout, stderr } = spawnSync(compiler ?? '', [], { cwd: relay, encoding: 'utf8' });
  const artifacts = readArtifacts(join(relay, '__generated__'));
  rmSync(folder, { recursive: true });
  const operations = [...artifacts].flatMap(([name, text]) => {
    const [, operation] = /"text": (".*")/.exec(text) ?? [];
    return operation === undefined ? [] : [[name, JSON.parse(operation)]];
  });
  return {
    status,
    output: stdout + stderr,
    operations: Object.fromEntries(operations),
    artifacts: [...artifacts.keys()].sort(),
  };
}

function readArtifacts(folder: string): Map<string, string> {
  try {
    const names = readdirSync(folder);
    return new Map(
      names.map((name) => [name.replace('.graphql.ts', ''), readFileSync(join(folder, name), 'utf8')]),
    );
  } catch {
    return new Map();
  }
}

describe.skipIf(compiler === null)('relay-compiler', () => {
  it('takes the schema with the example of a paginated, refetchable list', () => {
    const { status, output, artifacts } = compile({ schema, documents });
    expect({ status, output }).toEqual({
      status: 0,
      output: expect.stringContaining('Compilation completed'),
    });
    expect(artifacts).toEqual([
      'RunListAutomationPaginationQuery',
      'RunListAutomationQuery',
      'RunListEndedSubscription',
      'RunListPaginationQuery',
      'RunListQuery',
      'RunList_automation',
      'RunList_run',
      'RunList_runs',
    ]);
  });

  it.each([
    ['a field that is not there', 'durationMs', 'seconds', 'has no field `seconds`'],
    ['a connection without a size', '(first: $count, after: $cursor)', '', "a 'first' or 'last' argument"],
    [
      'a filter of something else',
      '"AutomationRunFilter"',
      '"BlockFilter"',
      "where 'BlockFilter' is expected",
    ],
    ['an edge of something else', '"AutomationRunEdge"', '"RunEdge"', "'RunEdge' does not refer"],
    [
      'a fragment of another type',
      'RunList_automation on Automation',
      'RunList_automation on Block',
      'never occur',
    ],
  ])('refuses %s', (_what, right, wrong, complaint) => {
    expect(documents).toContain(right);
    const { status, output } = compile({ schema, documents: documents.replaceAll(right, wrong) });
    expect(status).not.toBe(0);
    expect(output).toContain(complaint);
  });

  it.each([
    ['without `node`', '  node(', '  knot(', 'Invalid use of @refetchable'],
    [
      'whose automations are no nodes',
      'Automation implements Node ',
      'Automation ',
      'Invalid use of @refetchable',
    ],
    ['whose pages have no end', '  endCursor: String', '  lastCursor: String', 'pageInfo { endCursor }'],
    ['whose edges have no nodes', '  node: AutomationRun!', '  run: AutomationRun!', 'has no field `node`'],
  ])('refuses a schema %s', (_what, right, wrong, complaint) => {
    expect(schema).toContain(right);
    const { status, output } = compile({ schema: schema.replace(right, wrong), documents });
    expect(status).not.toBe(0);
    expect(output).toContain(complaint);
  });

  describe('and the service', () => {
    let service: TestService;
    let client: GraphqlClient;
    let operations: Record<string, string> = {};
    beforeAll(async () => {
      service = await startTestService('postgres');
      client = service.client.as('tenant');
      operations = compile({ schema, documents }).operations;
      const times = [...Array(5).keys()].map((index) => `2026-01-0${index + 1}T00:00:00Z`);
      await client.ingest(
        ...times.map((startTime, index) => runEvent('tenant', { startTime, title: `run ${index}` })),
      );
    });
    afterAll(() => service.close());

    interface Page {
      edges: { node: { title: string } }[];
      pageInfo: { endCursor: string; hasNextPage: boolean };
    }
    const toTitles = ({ edges }: Page) => edges.map(({ node }) => node.title);

    it('agree on the pages of a list, one after the other', async () => {
      const where = { title: { startsWith: 'run' } };
      const first = (await client.data(operations.RunListQuery ?? '', { where })).automationRuns;
      expect(toTitles(first)).toEqual(['run 4', 'run 3', 'run 2', 'run 1', 'run 0']);
      const titles: string[] = [];
      for (let cursor: string | null = null, more = true; more; ) {
        const variables = { where, count: 2, cursor };
        const { automationRuns } = await client.data(operations.RunListPaginationQuery ?? '', variables);
        titles.push(...toTitles(automationRuns));
        cursor = automationRuns.pageInfo.endCursor;
        more = automationRuns.pageInfo.hasNextPage;
      }
      expect(titles).toEqual(toTitles(first));
    });

    it('agree on the pages of a nested list, fetched through `node`', async () => {
      const query = operations.RunListAutomationQuery ?? '';
      const { automation } = await client.data(query, { automationId: 'automation-1' });
      expect(automation.runStats).toHaveLength(5);
      const variables = { id: automation.id, count: 3, cursor: automation.runs.edges[1].cursor };
      const { node } = await client.data(operations.RunListAutomationPaginationQuery ?? '', variables);
      expect(node.__typename).toBe('Automation');
      expect(toTitles(node.runs)).toEqual(['run 2', 'run 1', 'run 0']);
      expect(node.runs.pageInfo.hasNextPage).toBe(false);
    });

    it('agree on what is delivered live', async () => {
      const { eventLog } = await client.data('{ eventLog { startCursor } }');
      const query = operations.RunListEndedSubscription ?? '';
      const subscription = client.subscribe(query, { after: eventLog.startCursor });
      await subscription.until(({ received }) => received.length === 5);
      expect(subscription.received[4].automationRunEnded.run.title).toBe('run 4');
      await subscription.close();
    });
  });
});
