import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { SECRET } from '../support/identity/tokens.ts';
import { TestFolder } from '../support/processes/command-process.ts';
import { composeFile } from '../support/processes/compose-file.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { startTestRelay } from '../support/relay/test-relay.ts';
import { startTestService } from '../support/services/service.ts';
import { findFreePort } from '../support/sockets/free-port.ts';
import { waitUntil } from '../support/wait-until.ts';

const run = promisify(execFile);
const pathOf = (name: string) => new URL(`../../schema/operating/${name}`, import.meta.url);
const read = (name: string) => readFileSync(pathOf(name), 'utf8');
const { prometheus, grafana } = composeFile.services;
/** Where each file is in its container. */
const mounted = Object.fromEntries(
  [prometheus, grafana].flatMap((one) => (one?.volumes ?? []).map((mount) => mount.split(':').slice(0, 2))),
);

describeWithProgram('prometheus.yml', 'promtool', (promtool) => {
  test('is a file that Prometheus accepts, with the alert rules beside it', async () => {
    using folder = new TestFolder();
    cpSync(pathOf('alerts.yml'), join(folder.path, 'alerts.yml'));
    const token = folder.write('metrics_token', 'token');
    const file = folder.write(
      'prometheus.yml',
      read('prometheus.yml').replace('/run/secrets/metrics_token', token),
    );
    const { stdout } = await run(promtool, ['check', 'config', file]);
    expect(stdout).toMatch(/1 rule files found/);
    expect(stdout).toMatch(/SUCCESS: .*prometheus\.yml is valid/);
    writeFileSync(file, read('prometheus.yml').replace('scrape_interval', 'scrape_intervall'));
    await expect(run(promtool, ['check', 'config', file])).rejects.toThrow('scrape_intervall');
  });
});

describeWithProgram('Prometheus with prometheus.yml', 'prometheus', (path) => {
  test('reads the metrics of every server with METRICS_TOKEN, and those of the relay, and knows the alert rules', async () => {
    const token = 'token-of-prometheus-4714';
    const settings = { AUTH_JWT_SECRET: SECRET, METRICS_TOKEN: token };
    const services = [
      await startTestService('postgres', settings),
      await startTestService('postgres', settings),
    ];
    onTestFinished(async () => void (await Promise.all(services.map((service) => service.close()))));
    const relay = await startTestRelay();
    using folder = new TestFolder();
    cpSync(pathOf('alerts.yml'), join(folder.path, 'alerts.yml'));
    // Loopback has no name service: addresses take the place of names, and nothing else changes.
    const config = parse(read('prometheus.yml'));
    config.global.scrape_interval = '1s';
    const targets = [services.map(({ url }) => new URL(url).host), [new URL(relay.url).host]];
    for (const [index, job] of config.scrape_configs.entries()) {
      delete job.dns_sd_configs;
      job.static_configs = [{ targets: targets[index] }];
      if (job.authorization) job.authorization.credentials_file = folder.write('metrics_token', token);
    }
    const port = await findFreePort();
    await using prometheus = new ServerProcess({}, [
      path,
      `--config.file=${folder.write('prometheus.yml', stringify(config))}`,
      `--storage.tsdb.path=${join(folder.path, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    const ask = async (name: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${name}`).catch(() => undefined);
      return answer?.ok === true ? ((await answer.json()) as Answer).data : undefined;
    };
    const readUp = async () => (await ask('query?query=up'))?.result ?? [];
    await waitUntil(
      async () => (await readUp()).length === 3,
      20_000,
      () => prometheus.stderr,
    );
    const up = (await readUp()).map(({ metric, value: [, value] }) => `${metric.job} ${value}`);
    expect(up.toSorted()).toEqual(['qlik-event-graph 1', 'qlik-event-graph 1', 'qlik-event-graph-relay 1']);
    const rules = (await ask('rules'))?.groups.flatMap((group) => group.rules);
    expect(rules?.length).toBeGreaterThan(5);
  });
});

/** An answer of Prometheus' API, as far as it is read. */
interface Answer {
  data: {
    result: { metric: { job: string }; value: [number, string] }[];
    groups: { rules: unknown[] }[];
  };
}

describe('the profile `watch` of docker-compose.yml', () => {
  test('has the jobs that the alert rules and the dashboard name', () => {
    const jobs: string[] = parse(read('prometheus.yml')).scrape_configs.map(
      ({ job_name }: { job_name: string }) => job_name,
    );
    const named = `${read('alerts.yml')}${read('dashboard.json')}`.matchAll(/job=~?\\?"([^"\\]+)/g);
    for (const [, name = ''] of named) expect(jobs).toContain(name);
    expect(jobs).toEqual(['qlik-event-graph', 'qlik-event-graph-relay']);
  });

  test('mounts each file where its program looks for it', () => {
    const config = mounted['./schema/operating/prometheus.yml'] ?? '';
    expect(prometheus?.command).toContain(`--config.file=${config}`);
    expect(parse(read('prometheus.yml')).rule_files).toEqual(['alerts.yml']);
    expect(mounted['./schema/operating/alerts.yml']).toBe(config.replace('prometheus.yml', 'alerts.yml'));
    expect(read('prometheus.yml')).toContain(`credentials_file: /run/secrets/${prometheus?.secrets?.[0]}`);
    const dashboard = mounted['./schema/operating/dashboard.json'] ?? '';
    const { providers } = parse(read('grafana/dashboards.yml'));
    expect(dashboard).toBe(`${providers[0].options.path}/dashboard.json`);
    expect(grafana?.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(dashboard);
  });

  test('gives Grafana the data source that the dashboard chooses by default, at the scrape interval', () => {
    const [source, ...more] = parse(read('grafana/data-sources.yml')).datasources;
    expect(more).toEqual([]);
    expect(source).toMatchObject({ type: 'prometheus', isDefault: true });
    expect(source.jsonData.timeInterval).toBe(parse(read('prometheus.yml')).global.scrape_interval);
    const [variable] = JSON.parse(read('dashboard.json')).templating.list;
    expect(variable).toMatchObject({ type: 'datasource', query: source.type });
  });
});
