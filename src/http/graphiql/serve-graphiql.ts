// GraphiQL, the query editor in the browser. Its small page names the other files by hash:
//
//   GET /graphql (accept: text/html)      the page: revalidated on each load, mostly 304
//   GET /graphiql/<name>.<hash>.js, .css  the files: 9 MB, compressed, cached for a year
//
// The package @graphql-yoga/render-graphiql contains the files: GraphiQL, Monaco and its
// workers. graphql-ws contains the WebSocket client. `start-graphiql.js` starts them. The
// browser loads nothing from other hosts.

import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { StaticFile } from '../static-files.ts';
import { toExampleTabs } from './example-tabs.ts';

const ONE_YEAR = 'public, max-age=31536000, immutable';
const JAVASCRIPT = 'text/javascript; charset=utf-8';

/** Monaco creates style elements at run time. Everything else comes from this server. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Disables a transform of GraphiQL's tabs. Otherwise a press of a tab's button would move the
 * tab from under the pointer, and the click would be lost.
 */
const STYLE =
  'html, body, #graphiql { height: 100%; margin: 0 } .graphiql-tab { transform: none !important }';

const PAGE_HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  // /graphql sends other content to other clients.
  vary: 'accept, accept-encoding',
};

/** The page and the files by their paths. */
interface GraphiqlFiles {
  page: StaticFile;
  files: ReadonlyMap<string, StaticFile>;
}

/** The files for servers without tokens and with tokens. */
const loading = new Map<boolean, Promise<GraphiqlFiles>>();

/** Returns whether a request is for GraphiQL's page or one of its files. */
export function isForGraphiql({ method, headers }: IncomingMessage, path: string): boolean {
  if (path.startsWith('/graphiql/')) return true;
  const isPage = path === '/graphql' && (headers.accept ?? '').includes('text/html');
  return isPage && (method === 'GET' || method === 'HEAD');
}

/** Answers a request for GraphiQL. The first request loads the files. */
export async function serveGraphiql(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  needsToken: boolean,
) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  const loaded = loading.get(needsToken) ?? loadFiles(needsToken);
  loading.set(needsToken, loaded);
  const { page, files } = await loaded;
  if (path === '/graphql') return page.serve(request, response, PAGE_HEADERS);
  const file = files.get(path);
  if (file !== undefined) return file.serve(request, response, { 'cache-control': ONE_YEAR });
  // A page of an older version of the service may name other files.
  response.writeHead(404, { 'content-type': 'text/plain', 'cache-control': 'no-store' });
  response.end('There is no such file. Reload the page.\n');
}

async function loadFiles(needsToken: boolean): Promise<GraphiqlFiles> {
  const vendor = await import('@graphql-yoga/render-graphiql/graphiql');
  const files = new Map<string, StaticFile>();
  /** Returns the address relative to the page, so a proxy may add a prefix. */
  const add = (name: string, text: string, contentType = JAVASCRIPT) => {
    const file = new StaticFile(text, contentType);
    const [stem, extension] = name.split('.');
    const address = `graphiql/${stem}.${file.hash}.${extension}`;
    files.set(`/${address}`, file);
    return address;
  };
  const workers = {
    editorWorkerService: add('editor-worker.js', vendor.editorWorkerService),
    json: add('json-worker.js', vendor.jsonWorker),
    graphql: add('graphql-worker.js', vendor.graphqlWorker),
  };
  const style = add('graphiql.css', vendor.css, 'text/css; charset=utf-8');
  const graphqlWs = new URL('../umd/graphql-ws.min.js', import.meta.resolve('graphql-ws'));
  const scripts = [add('graphql-ws.js', readText(graphqlWs)), add('graphiql.js', vendor.js)];
  const start = add('start.js', readText(new URL('./start-graphiql.js', import.meta.url)));
  const page = toPage({
    style,
    scripts,
    start,
    settings: { workers, needsToken, tabs: toExampleTabs(needsToken) },
  });
  return { page: new StaticFile(page, 'text/html; charset=utf-8'), files };
}

const readText = (url: URL) => readFileSync(url, 'utf8');

/** The contents of the page; `start-graphiql.js` reads the settings. */
interface PageParts {
  style: string;
  scripts: string[];
  start: string;
  settings: object;
}

function toPage({ style, scripts, start, settings }: PageParts): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>qlik-event-graph</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${style}">
    <style>${STYLE}</style>
    ${scripts.map((script) => `<script defer src="${script}"></script>`).join('\n    ')}
    <script type="module" src="${start}"></script>
  </head>
  <body>
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="graphiql"></div>
    <script type="application/json" id="settings">${JSON.stringify(settings).replaceAll('<', '\\u003c')}</script>
  </body>
</html>
`;
}
