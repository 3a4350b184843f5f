import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const compose = read('docker-compose.yml');
const readme = read('README.md');

/** The variables of the service `server`, as the file has them. */
const [, block = ''] = /\n {2}server:\n[\s\S]*? {4}environment:\n((?: {6}.+\n)+)/.exec(compose) ?? [];
const environment = Object.fromEntries(
  [...block.matchAll(/^ {6}(\w+): (.+)$/gm)].map(([, name = '', value = '']) => [name, value]),
);

describe('docker-compose.yml', () => {
  const [, command = ''] = /^(printf .* > \.env)$/m.exec(readme) ?? [];

  test('takes its secrets from a file that the command of the README creates', () => {
    expect(compose).toContain(
      '# It needs two secrets in the file .env; the README ("In containers") has the command for it.',
    );
    expect(readme).toMatch(/^#+ In containers$/m);
    const secrets = execFileSync('sh', ['-ec', command.replace('> .env', '')], { encoding: 'utf8' });
    expect(secrets).toMatch(/^AUTH_JWT_SECRET=[0-9a-f]{64}\nPOSTGRES_PASSWORD=[0-9a-f]{64}\n$/);
    const values = new Map(
      secrets
        .trim()
        .split('\n')
        .map((line): [string, string] => [line.split('=')[0] ?? '', line.split('=')[1] ?? '']),
    );
    const fill = (text: string) =>
      text.replace(/\$\{(\w+)[^}]*\}/g, (_all, name: string) => values.get(name) ?? '');
    const settings = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, fill(value)]),
    );
    const config = parseConfig(settings);
    expect(config).toMatchObject({ host: '0.0.0.0', port: 4000, graphiql: false, introspection: 'admin' });
    expect(config.auth?.key.kind).toBe('key');
    expect(config.databaseUrl).toMatch(/^postgres:\/\/events:[0-9a-f]{64}@postgres:5432\/events$/);
    expect(read('.gitignore').split('\n')).toContain('.env');
  });

  test('stops with a message where a secret is missing, and publishes one port, on loopback', () => {
    for (const name of ['AUTH_JWT_SECRET', 'POSTGRES_PASSWORD']) expect(compose).toContain(`\${${name}:?`);
    expect(compose).not.toContain('network_mode');
    expect(compose.match(/^ {6}- .*:\d+$/gm)).toEqual(['      - 127.0.0.1:4000:4000']);
  });
});
