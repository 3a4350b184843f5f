/**
 * Builds the dashboard (`src/web`). Returns the files of `dist/web` by their paths:
 *
 *   index.html             the page
 *   assets/<name>-<hash>   its script, style and icon, each also as `.br` and `.gz`
 *   documents.json         the page's GraphQL documents by their SHA-256, for PERSISTED_ONLY
 */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { build as bundle } from 'esbuild';
import { build } from 'vite';

const toBrotli = promisify(brotliCompress);
const toGzip = promisify(gzip);

/** The oldest browsers with `light-dark()` in style sheets. */
const BROWSERS = ['chrome123', 'firefox120', 'safari17.5'];

/** `folder` is the path of `src/web`. */
export async function buildWeb(folder) {
  const { output } = await build({
    configFile: false,
    root: folder,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      write: false,
      target: BROWSERS,
      // Every asset is a file, because the content security policy allows no data: URL.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
  const files = new Map();
  const texts = output.map(({ fileName, code, source }) => [fileName, Buffer.from(code ?? source)]);
  await Promise.all(
    texts.map(async ([name, contents]) => {
      const [br, gz] = await Promise.all([toBrotli(contents), toGzip(contents, { level: 9 })]);
      files.set(name, contents).set(`${name}.br`, br).set(`${name}.gz`, gz);
    }),
  );
  files.set('documents.json', Buffer.from(JSON.stringify(await collectDocuments(folder), null, 1)));
  return files;
}

/** Returns the texts that the page sends, as its GraphQL client prints them, by their SHA-256. */
async function collectDocuments(folder) {
  const paths = await readdir(folder, { recursive: true });
  const modules = paths.filter((path) => path.endsWith('-documents.ts')).toSorted();
  const { outputFiles } = await bundle({
    stdin: {
      contents: `import { stringifyDocument } from '@urql/core';
        ${modules.map((path, index) => `import * as m${index} from ${JSON.stringify(`./${path}`)};`).join('\n')}
        export const texts = [${modules.map((_, index) => `m${index}`).join(', ')}]
          .flatMap((module) => Object.values(module)).map(stringifyDocument);`,
      resolveDir: folder,
    },
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    absWorkingDir: join(folder, '../..'),
    logLevel: 'warning',
  });
  const [{ text }] = outputFiles;
  const { texts } = await import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
  return Object.fromEntries(texts.map((text) => [createHash('sha256').update(text).digest('hex'), text]));
}
