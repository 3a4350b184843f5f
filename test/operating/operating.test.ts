import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { readMetrics } from '../support/metrics/read-metrics.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const run = promisify(execFile);
const pathOf = (file: string) => fileURLToPath(new URL(`../../schema/operating/${file}`, import.meta.url));
const read = (file: string) => readFileSync(pathOf(file), 'utf8');

interface Panel {
  title: string;
  targets: { expr: string }[];
  gridPos: { x: number; y: number; w: number; h: number };
}
const { panels } = JSON.parse(read('dashboard.json')) as { panels: Panel[] };
const panelExpressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

let service: TestService;
let names: Set<string>;
beforeAll(async () => {
  service = await startTestService('postgres');
  await service.client.as('one').request('{ __typename }');
  const relay = readFileSync(new URL('../../src/relay/metrics.ts', import.meta.url), 'utf8');
  names = new Set([
    ...[...(await readMetrics(service.url)).keys()].map((series) => series.replace(/\{.*/, '')),
    ...(relay.match(/qeg_relay_\w+/g) ?? []),
  ]);
});
afterAll(() => service.close());

test('the alert rules and the dashboard name only metrics that exist', () => {
  const rules = read('alerts.yml').replace(/^ *(?:#|summary|description).*$/gm, '');
  for (const [file, text] of [
    ['alerts.yml', rules],
    ['dashboard.json', panelExpressions.join('\n')],
  ]) {
    const named = new Set(text?.match(/\b(?:qeg|process|nodejs)_\w+/g));
    expect(named.size, file).toBeGreaterThan(8);
    expect(
      [...named].filter((name) => !names.has(name)),
      file,
    ).toEqual([]);
  }
});

test('every metric of the service is on the dashboard', () => {
  const own = [...names].filter((name) => /^qeg_(?!relay)/.test(name));
  const families = new Set(own.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')));
  const text = panelExpressions.join('\n');
  expect([...families].filter((family) => !text.includes(family))).toEqual([]);
});

test('panels do not overlap', () => {
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});

describeWithProgram('promtool', 'promtool', (promtool) => {
  test('accepts the alert rules', async () => {
    const { stdout } = await run(promtool, ['check', 'rules', pathOf('alerts.yml')]);
    expect(stdout).toMatch(/SUCCESS: 11 rules found/);
  });

  test('accepts the expressions of the dashboard', async () => {
    const rules = panelExpressions.map((expr, index) => ({
      record: `panel_${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    const file = join(inject('dataFolder'), 'dashboard-rules.json');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { stdout } = await run(promtool, ['check', 'rules', file]);
    expect(stdout).toMatch(/SUCCESS/);
  });

  test('accepts what the service answers', async () => {
    const child = run(promtool, ['check', 'metrics']);
    const text = await (await fetch(`${service.url}/metrics`)).text();
    child.child.stdin?.end(text);
    await child.catch(({ stderr }: { stderr: string }) => {
      // Names that prom-client chose for Node, and no other ones, differ from the conventions.
      const others = stderr.split('\n').filter((line) => line !== '' && !/^(nodejs|process)_/.test(line));
      expect(others).toEqual([]);
    });
  });
});
