import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { Misconfiguration } from '../../src/domain/misconfiguration.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { findFreePort } from '../support/sockets/free-port.ts';

/** The lines on stderr of a start that is refused. */
async function refusedStart(settings: Record<string, string>): Promise<string[]> {
  await using server = new ServerProcess(settings);
  expect(await server.end()).toBe(1);
  expect(server.stderr, 'no stack trace').not.toMatch(/^\s+at /m);
  expect(server.stdout).not.toContain('ready');
  const lines = server.stderr.trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(/^qlik-event-graph cannot start: /);
  return lines;
}

describe('a server that cannot start says why in a line for each reason, and exits with 1', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-refused-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const lines = await refusedStart({ PORT: String(port), DATA_DIR: join(folder, 'unused') });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('PORT');
    expect(lines[0]).toContain(`127.0.0.1:${port}`);
    other.close();
  });

  test('a PostgreSQL that cannot be reached, without the password', async () => {
    const port = await findFreePort();
    const lines = await refusedStart({ DATABASE_URL: `postgres://user:s3cret@127.0.0.1:${port}/none` });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('DATABASE_URL');
    expect(lines[0]).toContain('ECONNREFUSED');
    expect(lines[0]).not.toContain('s3cret');
  });

  test('a data directory of another PostgreSQL', async () => {
    const dataDir = join(folder, 'old');
    mkdirSync(join(dataDir, 'pg'), { recursive: true });
    writeFileSync(join(dataDir, 'pg', 'PG_VERSION'), '17\n');
    const lines = await refusedStart({ DATA_DIR: dataDir });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/DATA_DIR: .* PostgreSQL 17; this version embeds PostgreSQL 18/);
  });

  test('a data directory that is none', async () => {
    const dataDir = join(folder, 'file');
    writeFileSync(dataDir, '');
    const lines = await refusedStart({ DATA_DIR: dataDir });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`DATA_DIR: ${dataDir}`);
  });

  test('row-level security on the embedded database, which is not created', async () => {
    const dataDir = join(folder, 'walled');
    const lines = await refusedStart({ ROW_LEVEL_SECURITY: 'on', DATA_DIR: dataDir });
    expect(lines).toEqual([
      'qlik-event-graph cannot start: ROW_LEVEL_SECURITY: on needs PostgreSQL (DATABASE_URL); the embedded database has one role',
    ]);
    expect(existsSync(dataDir)).toBe(false);
  });

  test('several wrong settings, all at once, each by its name', async () => {
    const wrong = {
      PORT: '70000',
      DATABASE_URL: 'mysql://localhost/x',
      CORS_ORIGINS: 'https://example.com/path',
      MAX_BATCH: '0',
      MAX_EVENT_BYTES: 'many',
      MAX_BODY_BYTES: '-1',
      LOG_LEVEL: 'loud',
      ROW_LEVEL_SECURITY: 'yes',
    };
    // An open server has a wrong HOST; a server with tokens may have any.
    for (const last of [{ HOST: '0.0.0.0' }, { AUTH_JWT_SECRET: 'x' }]) {
      const lines = await refusedStart({ ...wrong, ...last });
      const named = lines.map((line) => /: ([A-Z_]+): /.exec(line)?.[1]);
      expect(named.sort()).toEqual(Object.keys({ ...wrong, ...last }).sort());
    }
  });
});

describe('an open server is never what somebody did not ask for', () => {
  const problemsOf = (settings: Record<string, string>) => {
    try {
      parseConfig(settings);
    } catch (failure) {
      if (failure instanceof Misconfiguration) return failure.problems;
    }
    return [];
  };

  test.each([
    ['*', 'list each origin'],
    ['null', 'sandboxed'],
    ['https://a.example.com,', 'an entry is empty'],
    ['https://a.example.com/', 'browsers send "https://a.example.com"'],
    ['https://a.example.com/path', 'browsers send "https://a.example.com"'],
    ['https://A.example.com', 'browsers send "https://a.example.com"'],
    ['https://a.example.com:443', 'browsers send "https://a.example.com"'],
    ['ftp://a.example.com', 'is not an origin'],
    ['a.example.com', 'is not an origin'],
    ['https://a.example.com *', 'is not an origin'],
  ])('CORS_ORIGINS=%s is a misconfiguration that says why', (list, reason) => {
    const problems = problemsOf({ CORS_ORIGINS: `https://good.example.com, ${list}` });
    expect(problems).toEqual([expect.stringContaining(reason)]);
    expect(problems[0]).toMatch(/^CORS_ORIGINS: /);
  });

  test('it listens on loopback addresses only', () => {
    for (const host of [
      '0.0.0.0',
      '::',
      '[::]',
      '192.0.2.1',
      'example.com',
      'localhost.example.com',
      '127.0.0.1.example.com',
    ]) {
      expect(problemsOf({ HOST: host }), host).toHaveLength(1);
    }
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost']) {
      expect(problemsOf({ HOST: host }), host).toEqual([]);
    }
  });
});
