import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { parseRelaySettings } from '../../src/relay/relay-settings.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const compose = read('docker-compose.yml');
const readme = read('README.md');

/** The variables of a service, as the file has them. */
function readEnvironment(service: string): Record<string, string> {
  const pattern = new RegExp(`\\n {2}${service}:\\n[\\s\\S]*? {4}environment:\\n((?: {6}.+\\n)+)`);
  const [, block = ''] = pattern.exec(compose) ?? [];
  const lines = [...block.matchAll(/^ {6}(\w+): (.+)$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
}

/** Fills in the values of `.env`. */
function fill(environment: Record<string, string>, values: ReadonlyMap<string, string>) {
  return Object.fromEntries(
    Object.entries(environment).map(([name, text]) => [
      name,
      text.replace(/\$\{(\w+)[^}]*\}/g, (_all, variable: string) => values.get(variable) ?? ''),
    ]),
  );
}

/** The lines of a file of variables. */
function parseValues(text: string): Map<string, string> {
  const lines = text.trim().split('\n');
  return new Map(lines.map((line): [string, string] => [line.split('=')[0] ?? '', line.split('=')[1] ?? '']));
}

describe('docker-compose.yml', () => {
  const [, command = ''] = /^(printf .* > \.env)$/m.exec(readme) ?? [];

  test('takes its secrets from a file that the command of the README creates', () => {
    expect(compose).toContain(
      '# It needs two secrets in the file .env; the README ("In containers") has the command for it.',
    );
    expect(readme).toMatch(/^#+ In containers$/m);
    const secrets = execFileSync('sh', ['-ec', command.replace('> .env', '')], { encoding: 'utf8' });
    expect(secrets).toMatch(/^AUTH_JWT_SECRET=[0-9a-f]{64}\nPOSTGRES_PASSWORD=[0-9a-f]{64}\n$/);
    const settings = fill(readEnvironment('server'), parseValues(secrets));
    const config = parseConfig(settings);
    expect(config).toMatchObject({ host: '0.0.0.0', port: 4000, graphiql: false, introspection: 'admin' });
    expect(config.auth?.key.kind).toBe('key');
    expect(config.databaseUrl).toMatch(/^postgres:\/\/events:[0-9a-f]{64}@postgres:5432\/events$/);
    expect(read('.gitignore').split('\n')).toContain('.env');
  });

  test('stops with a message where a secret is missing, and publishes ports on loopback only', () => {
    for (const name of ['AUTH_JWT_SECRET', 'POSTGRES_PASSWORD']) expect(compose).toContain(`\${${name}:?`);
    expect(compose).not.toContain('network_mode');
    expect(compose.match(/^ {6}- .*:\d+$/gm)).toEqual([
      '      - 127.0.0.1:4000:4000',
      '      - 127.0.0.1:4010:4010',
    ]);
  });

  test('has a relay whose secret and token come from the commands of the README', () => {
    const [, commands = ''] =
      /(echo "QLIK_WEBHOOK_SECRETS[\s\S]*?)docker compose --profile relay/.exec(readme) ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-compose-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const script = commands.replaceAll('docker compose exec -T server node dist', `node ${root}dist`);
    const { PATH } = process.env;
    const env = { PATH, AUTH_JWT_SECRET: 'x'.repeat(64) };
    execFileSync('sh', ['-ec', script], { cwd: folder, env });
    const values = parseValues(readFileSync(join(folder, '.env'), 'utf8'));
    const relay = readEnvironment('relay');
    expect(parseRelaySettings(fill(relay, values))).toMatchObject({
      ...{ host: '0.0.0.0', port: 4010, secrets: [expect.stringMatching(/^[0-9a-f]{64}$/)] },
      ...{ token: expect.stringMatching(/^eyJ[\w.-]+$/), spoolDir: '/spool' },
    });
    expect(() => parseRelaySettings(fill(relay, new Map()))).toThrow('QLIK_WEBHOOK_SECRETS');
    expect(compose).toContain('      - spool:/spool\n');
    expect(read('Dockerfile')).toContain('mkdir /data /spool && chown node:node /data /spool');
  });
});
