/**
 * Builds the service and its commands into `dist`: each program is a bundle with the packages that
 * it uses. At start, Node then reads a few files instead of about a thousand. The dashboard goes to
 * `dist/web`. The build does not check types; `npm run check` does.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildWeb } from './build-web.js';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const src = fileURLToPath(new URL('.', import.meta.url));
const dist = join(root, 'dist');
/** The entry points, by their path in `dist`. */
const programs = {
  ...Object.fromEntries(
    [
      'main',
      ...['backfill', 'demo', 'migrate', 'prune', 'rebuild', 'relay', 'token'].map(
        (name) => `commands/${name}`,
      ),
    ].map((name) => [name, `src/${name}.ts`]),
  ),
  'commands/ingest': 'schema/ingest-client/ingest.ts',
};

/** Heads each file in `dist`. Packages in the CommonJS format call `require` for Node's modules. */
const banner = `import { createRequire as $createRequire } from 'node:module';
const require = $createRequire(import.meta.url);
const $dist = import.meta.url.slice(0, import.meta.url.lastIndexOf('/dist/') + '/dist/'.length);`;

/**
 * Modules find files by `import.meta.url`. Each module gets the address that it would have in
 * `dist` if it were not bundled.
 */
const addresses = {
  name: 'addresses',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const address = `($dist + ${JSON.stringify(relative(src, path))})`;
      return { contents: text.replaceAll('import.meta.url', address), loader: 'ts' };
    }),
};

/**
 * All packages get the ES modules of graphql, also those that require CommonJS ones: two copies
 * would not know each other's types, and the exports of a CommonJS one are read through getters.
 */
const graphqlModules = {
  name: 'graphql-modules',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^graphql(\/|$)/ }, ({ path }) => ({
      path: require.resolve(path).replace(/\.js$/, '.mjs'),
    })),
};

const web = buildWeb(join(src, 'web'));
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: programs,
  outdir: 'dist',
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // The main file of this package cannot be bundled, because it passes `require` as an argument.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  // PGlite reads files that lie beside its code. GraphiQL is large and rarely read.
  external: ['@electric-sql/pglite', '@graphql-yoga/render-graphiql'],
  sourcemap: true,
  banner: { js: banner },
  plugins: [addresses, graphqlModules],
  logLevel: 'warning',
});
// The service sends this file to browsers and does not run it.
const script = 'http/graphiql/start-graphiql.js';
const built = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
built.set(join(dist, script), await readFile(join(src, script)));
for (const [name, contents] of await web) built.set(join(dist, 'web', name), contents);

// Programs may start during a build. Programs and the page are replaced after the files that they
// name, each file in one step, and a file that has not changed is left alone.
const isChunk = (path) => path.includes('/chunk-') || path.includes('/web/assets/');
const paths = [...built.keys()].toSorted((a, b) => Number(isChunk(b)) - Number(isChunk(a)));
for (const path of paths) {
  const contents = built.get(path);
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(contents)) continue;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, contents);
  await rename(`${path}.${process.pid}`, path);
}
for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() && !built.has(path)) await rm(path, { force: true });
}
