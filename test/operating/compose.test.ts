import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DCLinter } from 'dclint';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { parseRelaySettings } from '../../src/relay/relay-settings.ts';
import { dockerfile, listInstructions } from '../support/processes/build-image.ts';
import { TestFolder } from '../support/processes/command-process.ts';
import { composeFile, composeText, toEnvironment } from '../support/processes/compose-file.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const readme = read('README.md');
const { services, volumes, secrets } = composeFile;
const { server, relay, postgres, prometheus } = services;
const balancer = services['load-balancer'];
if (!server || !relay || !postgres || !prometheus || !balancer) throw new Error('A container is missing.');

/** The rules of the linter about the order and quotes of keys, and about images with a name. */
const LAYOUT = [
  ...['service-keys-order', 'services-alphabetical-order', 'top-level-properties-order'],
  ...['no-build-and-image'],
];

/** The variables that the image sets. */
const imageEnvironment = parseValues(listInstructions('ENV').join(' ').replaceAll(' ', '\n'));

/** The lines of a file of variables. */
function parseValues(text: string): Record<string, string> {
  const lines = text.trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.split('=')[0] ?? '', line.split('=')[1] ?? '']));
}

/** The number of seconds of a time such as `12s` and `2m`. */
function toSeconds(text = ''): number {
  return Number.parseInt(text, 10) * (text.endsWith('m') ? 60 : 1);
}

describe('docker-compose.yml', () => {
  const [, command = ''] = /^(printf .* > \.env)$/m.exec(readme) ?? [];
  const values = () =>
    parseValues(execFileSync('sh', ['-ec', command.replace('> .env', '')], { encoding: 'utf8' }));

  test('fits the schema of compose files, and has no mistake that its linter finds', () => {
    const linter = new DCLinter({
      rules: Object.fromEntries(LAYOUT.map((rule) => [rule, 0])),
      ...{ quiet: false, debug: false, exclude: [] },
    });
    const lint = (file: string): unknown[] =>
      linter.lintFiles([file], false).flatMap(({ messages }: { messages: unknown[] }) => messages);
    expect(lint(join(ROOT, 'docker-compose.yml'))).toEqual([]);
    using folder = new TestFolder();
    const misspelt = folder.write(
      'docker-compose.yml',
      composeText.replace('start_interval', 'start_intervall'),
    );
    expect(JSON.stringify(lint(misspelt))).toContain('must NOT have additional properties');
  });

  test('takes its secrets from a file that the command of the README creates', () => {
    expect(composeText).toContain(
      '# It needs two secrets in the file .env; the README ("In containers") has the command for it.',
    );
    expect(readme).toMatch(/^#+ In containers$/m);
    const given = values();
    expect(given).toEqual({
      AUTH_JWT_SECRET: expect.stringMatching(/^[0-9a-f]{64}$/),
      POSTGRES_PASSWORD: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const config = parseConfig({ ...imageEnvironment, ...toEnvironment(server, given) });
    expect(config).toMatchObject({ host: '0.0.0.0', port: 4000, graphiql: false, introspection: 'admin' });
    expect(config.auth?.key.kind).toBe('key');
    expect(config.databaseUrl).toBe(`postgres://events:${given.POSTGRES_PASSWORD}@postgres:5432/events`);
    expect(read('.gitignore').split('\n')).toContain('.env');
  });

  test('passes further settings of .env on to the servers, and none that .env lacks', () => {
    const more = {
      AUTH_ISSUER: 'https://issuer.example',
      RATE_LIMIT_EVENTS: '500',
      METRICS_TOKEN: 'm'.repeat(32),
    };
    const environment = toEnvironment(server, { ...values(), ...more });
    expect(environment).toMatchObject(more);
    expect(parseConfig({ ...imageEnvironment, ...environment })).toMatchObject({ rateLimitEvents: 500 });
    expect(toEnvironment(server, values())).not.toHaveProperty('AUTH_ISSUER');
    const settings = new Set(readme.match(/`[A-Z][A-Z_]+`/g));
    const unknown = Object.keys(server.environment ?? {}).filter((name) => !settings.has(`\`${name}\``));
    expect(unknown, 'the README describes each').toEqual([]);
  });

  test('stops with a message where a secret is missing', () => {
    for (const name of ['AUTH_JWT_SECRET', 'POSTGRES_PASSWORD']) {
      const message = `${name} is not in .env, see the top of docker-compose.yml`;
      const filled = () => [server, postgres].map((one) => toEnvironment(one, { ...values(), [name]: '' }));
      expect(filled).toThrow(message);
    }
  });

  test('publishes ports on loopback only, and the servers only through the load balancer', () => {
    const ports = Object.entries(services).flatMap(([name, one]) =>
      (one.ports ?? []).map((port) => [name, port]),
    );
    expect(ports).toEqual([
      ['load-balancer', '127.0.0.1:4000:8080'],
      ['relay', '127.0.0.1:4010:4010'],
      ['prometheus', '127.0.0.1:9090:9090'],
      ['grafana', '127.0.0.1:3000:3000'],
    ]);
    expect(composeText).not.toContain('network_mode');
  });

  test('starts two servers behind the load balancer, and nothing else without a profile', () => {
    const started = Object.keys(services).filter((name) => services[name]?.profiles === undefined);
    expect(started).toEqual(['load-balancer', 'server', 'postgres']);
    expect(server.deploy?.replicas).toBe(2);
    expect(balancer.depends_on).toEqual({ server: { condition: 'service_healthy' } });
    expect(server.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
  });

  test('names only images of a version, files and volumes that exist', () => {
    const { version } = JSON.parse(read('package.json'));
    for (const { image, volumes: mounts = [] } of Object.values(services)) {
      expect(image).toMatch(/:v?\d[\w.-]*$/);
      if (image.startsWith('qlik-event-graph')) expect(image).toBe(`qlik-event-graph:${version}`);
      for (const mount of mounts) {
        const [source = ''] = mount.split(':');
        const exists = source.startsWith('./') ? existsSync(join(ROOT, source)) : source in volumes;
        expect(exists, mount).toBe(true);
      }
    }
    for (const name of prometheus.secrets ?? []) expect(secrets).toHaveProperty(name);
  });

  test('lets containers write to their volumes only, and waits until they have stopped', () => {
    for (const one of [balancer, server, relay]) {
      expect(one).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      expect(toSeconds(one.stop_grace_period)).toBeGreaterThan(10);
    }
    expect(toSeconds(postgres.stop_grace_period)).toBeGreaterThanOrEqual(60);
    const inside = relay.volumes?.map((mount) => mount.split(':')[1]);
    expect(inside).toEqual([imageEnvironment.SPOOL_DIR]);
    expect(dockerfile).toContain(`install -d -o node -g node /data ${imageEnvironment.SPOOL_DIR}`);
  });

  test('has a relay whose secret and token come from the commands of the README', () => {
    const [, commands = ''] =
      /(echo "QLIK_WEBHOOK_SECRETS[\s\S]*?)docker compose --profile relay/.exec(readme) ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-compose-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const script = commands.replaceAll('docker compose exec -T server node dist', `node ${ROOT}dist`);
    const { PATH } = process.env;
    execFileSync('sh', ['-ec', script], { cwd: folder, env: { PATH, AUTH_JWT_SECRET: 'x'.repeat(64) } });
    const given = parseValues(readFileSync(join(folder, '.env'), 'utf8'));
    const settings = { ...imageEnvironment, ...toEnvironment(relay, given) };
    expect(parseRelaySettings(settings)).toMatchObject({
      ...{ host: '0.0.0.0', port: 4010, secrets: [expect.stringMatching(/^[0-9a-f]{64}$/)] },
      ...{ token: expect.stringMatching(/^eyJ[\w.-]+$/), spoolDir: '/spool' },
    });
    expect(() => parseRelaySettings({ ...imageEnvironment, ...toEnvironment(relay, {}) })).toThrow(
      'QLIK_WEBHOOK_SECRETS',
    );
  });

  test('names its containers and their ports correctly, also in the files that it mounts', () => {
    const listening: Record<string, number> = {
      'load-balancer': Number(/listen (\d+);/.exec(read('schema/operating/nginx.conf'))?.[1]),
      ...{ server: 4000, relay: 4010, postgres: 5432, prometheus: 9090 },
    };
    const places = [
      ...composeText.matchAll(/(?:\/\/|@)([\w-]+):(\d+)\b/g),
      ...read('schema/operating/nginx.conf').matchAll(/^ *server ([\w-]+):(\d+) /gm),
      ...read('schema/operating/prometheus.yml').matchAll(/names: \[([\w-]+)\]\n.*\n *port: (\d+)/g),
      ...read('schema/operating/grafana/data-sources.yml').matchAll(/http:\/\/([\w-]+):(\d+)/g),
    ].filter(([, host = '']) => !host.startsWith('127'));
    expect(places.length).toBeGreaterThan(5);
    for (const [text, host = '', port] of places) expect(listening[host], text).toBe(Number(port));
    for (const mapping of balancer.ports ?? []) {
      expect(mapping.endsWith(`:${listening['load-balancer']}`)).toBe(true);
    }
  });
});
