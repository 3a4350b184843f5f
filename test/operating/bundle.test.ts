import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const dist = new URL('../../dist/', import.meta.url);

test('the build contains one copy of graphql, its ES modules', () => {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  );
  const text = files.map((file) => readFileSync(new URL(file, dist), 'utf8')).join('\n');
  // esbuild heads each module with its path.
  const modules = [...text.matchAll(/^\/\/ node_modules\/graphql\/(\S+)$/gm)].map(([, path = '']) => path);
  expect(modules).toContain('error/GraphQLError.mjs');
  expect(modules.filter((path) => !path.endsWith('.mjs'))).toEqual([]);
  expect(new Set(modules).size).toBe(modules.length);
});
