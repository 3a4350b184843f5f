import { describe, expect, test } from 'vitest';
import { parseBackfillOptions } from '../../src/commands/backfill/backfill-options.ts';

const KEY = 'the-secret-api-key';
const ENVIRONMENT = { QLIK_TENANT_URL: 'https://tenant.eu.qlikcloud.com', QLIK_API_KEY: KEY };

/** The problems of a command line. */
function parse(args: string[], environment: Record<string, string> = {}): readonly string[] {
  try {
    parseBackfillOptions(args, { ...ENVIRONMENT, ...environment });
    return [];
  } catch (failure) {
    expect(String(failure)).not.toContain('secret');
    return (failure as { problems: string[] }).problems;
  }
}

describe('the options of npm run backfill', () => {
  test('need a first day that has begun', () => {
    const problems = [[], ['--from', '2026-02-30'], ['--from', '9999-01-01'], ['--from', '1.1.2024']].map(
      (args) => parse(args).length,
    );
    expect(problems).toEqual([1, 1, 1, 1]);
    expect(parse(['--from', '2024-01-02', '--to', '2024-01-01'])).toEqual([
      '--to: 2024-01-01 is before 2024-01-02.',
    ]);
    expect(parse(['--from', '2024-01-01', '--to', '9999-12-31'])).toEqual([]);
  });

  test('need no day if they set names only', () => {
    expect(parse(['--names'])).toEqual([]);
    expect(parse(['--names', '--dry-run'])).toEqual([]);
    expect(parse(['--names', '--from', '2024-01-01'])).toEqual([]);
    expect(parse(['--names', '--to', '2024-01-01'])).toEqual(['--to needs --from.']);
    expect(parse(['--names', '--from', '2026-02-30'])).toHaveLength(1);
  });

  test('need an https URL without path and password, or http on a loopback address', () => {
    const isRefused = (QLIK_TENANT_URL: string) =>
      parse(['--from', '2024-01-01'], { QLIK_TENANT_URL }).length > 0;
    for (const url of [
      'http://127.0.0.1:4100',
      'http://localhost',
      'http://[::1]:1',
      'https://a.b.qlikcloud.com/',
    ]) {
      expect(isRefused(url), url).toBe(false);
    }
    for (const url of [
      ...['', 'tenant', 'http://tenant.eu.qlikcloud.com', 'https://u:secret@tenant', 'https://tenant/api'],
      ...['https://tenant/?key=secret', 'ftp://127.0.0.1', 'http://127.0.0.1.example.com'],
    ]) {
      expect(isRefused(url), url).toBe(true);
    }
  });

  test('need one kind of credentials, whose secret is in no message', () => {
    const from = ['--from', '2024-01-01'];
    expect(parse(from, { QLIK_CLIENT_ID: 'id', QLIK_CLIENT_SECRET: 'secret' })).toHaveLength(1);
    expect(parse(from, { QLIK_API_KEY: '' })).toHaveLength(1);
    expect(parse(from, { QLIK_API_KEY: '', QLIK_CLIENT_ID: 'id' })).toEqual([
      'QLIK_CLIENT_SECRET is missing.',
    ]);
    expect(parse(from, { QLIK_API_KEY: 'secret\nline' })).toHaveLength(1);
    expect(parse(from, { INGEST_TOKEN: 'secret token' })).toHaveLength(1);
  });

  test('name types in any spelling, or all', () => {
    const from = ['--from', '2024-01-01'];
    for (const types of ['all', 'app.deleted', 'com.qlik.v1.report.finished', 'APP_DELETED,app.created']) {
      expect(parse([...from, '--types', types]), types).toEqual([]);
    }
    for (const types of ['', 'all,app.created', 'app created', 'app.created,']) {
      expect(parse([...from, '--types', types]), types).toHaveLength(1);
    }
  });
});
