import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readPersistedOperations } from '../persisted/read-operations.ts';
import { StaticFile } from '../static-files.ts';

/** The folder of the built page. The address is right for the source and for a bundle in `dist`. */
const FOLDER = new URL('../../../dist/web/', import.meta.url);

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Reads the page (`/index.html`) and its assets. Throws if the page is not built. */
export async function readBuiltFiles(): Promise<ReadonlyMap<string, StaticFile>> {
  const read = (path: string) => readFile(new URL(path, FOLDER));
  const names = (await readdir(new URL('assets', FOLDER))).map((name) => `assets/${name}`);
  const files = new Map<string, StaticFile>();
  await Promise.all(
    ['index.html', ...names].map(async (name) => {
      const contentType = CONTENT_TYPES[name.split('.').at(-1) ?? ''];
      if (contentType === undefined) return;
      const [contents, br, gzip] = await Promise.all([read(name), read(`${name}.br`), read(`${name}.gz`)]);
      files.set(`/${name}`, new StaticFile(contents, contentType, { br, gzip }));
    }),
  );
  return files;
}

/** Returns the page's GraphQL documents; none if the page is not built. */
export function readDashboardDocuments(): string[] {
  const { operations, problems } = readPersistedOperations(fileURLToPath(new URL('documents.json', FOLDER)));
  return problems.length === 0 ? [...operations.values()] : [];
}
