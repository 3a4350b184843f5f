import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const text = readFileSync(new URL('SECURITY.md', root), 'utf8');
const [, table = ''] = text.split('\n## Threats\n');
const rows = table
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(1)
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\|\s*|\s*\|$/g, '')));

describe('the threats in SECURITY.md', () => {
  test('each name what stops them and the test that covers them', () => {
    expect(rows.length).toBeGreaterThan(15);
    for (const [threat = '', stops = '', covered = '', ...more] of rows) {
      expect(more, threat).toEqual([]);
      expect(stops, threat).toMatch(/`src\/.+\.ts`/);
      expect(covered, threat).toMatch(/^`test\/.+\.test\.ts`$/);
    }
  });

  test('name only files that exist', () => {
    const paths = [...text.matchAll(/`((?:src|test)\/[^`]+)`/g)].map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(30);
    expect(paths.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
  });

  test('come with a checklist of settings that exist', () => {
    const readme = readFileSync(new URL('README.md', root), 'utf8');
    const [, checklist = ''] = /\| setting \| exposed \|([\s\S]*?)\n\n/.exec(text) ?? [];
    const names = [...checklist.matchAll(/`([A-Z_]{5,})`/g)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});
