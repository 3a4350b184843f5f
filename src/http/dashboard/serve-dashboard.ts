// The dashboard: a page that `npm run build` makes from `src/web`, and its assets.
//
//   GET /, /runs, /runs/<id> …    the page: revalidated on each load, mostly 304
//   GET /assets/<name>-<hash>     scripts and styles: compressed by the build, cached for a year
//
// The page reads its own address, so each path has the same answer. It is a client of the API and
// needs no token to load.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StaticFile } from '../static-files.ts';
import { readBuiltFiles } from './built-files.ts';

const ONE_YEAR = 'public, max-age=31536000, immutable';

const PAGE_HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  // An unknown path sends other content to other clients.
  vary: 'accept, accept-encoding',
};

/** The paths of the dashboard's views. */
const VIEWS = /^\/(?:(?:runs|automations|apps)(?:\/[^/]+)?|usage|quarantine|coverage)?$/;
const ASSETS = '/assets/';
/** A last segment with a dot names a file: /favicon.ico. */
const FILE = /\.[^/]*$/;

let loading: Promise<ReadonlyMap<string, StaticFile>> | undefined;

/**
 * Returns whether a request is for the dashboard. The path of a view sends the page to every
 * client that admits HTML; an unknown path, to those that name it.
 */
export function isForDashboard({ method, headers }: IncomingMessage, path: string): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  if (path.startsWith(ASSETS)) return true;
  const accept = headers.accept ?? '*/*';
  if (VIEWS.test(path)) return /text\/html|text\/\*|\*\/\*/.test(accept);
  return accept.includes('text/html') && path.startsWith('/') && path !== '/graphql' && !FILE.test(path);
}

/** Answers a request for the dashboard. The first request loads the files. */
export async function serveDashboard(request: IncomingMessage, response: ServerResponse, path: string) {
  const isAsset = path.startsWith(ASSETS);
  const file = (await loadFiles()).get(isAsset ? path : '/index.html');
  if (file !== undefined) {
    return file.serve(request, response, isAsset ? { 'cache-control': ONE_YEAR } : PAGE_HEADERS);
  }
  // A page of an older version of the service may name other files.
  response.writeHead(404, { 'content-type': 'text/plain', 'cache-control': 'no-store' });
  response.end('There is no such file. Reload the page, or run `npm run build`.\n');
}

/** Returns the files, which change only with the service; none as long as they are not built. */
async function loadFiles(): Promise<ReadonlyMap<string, StaticFile>> {
  loading ??= readBuiltFiles();
  try {
    return await loading;
  } catch {
    loading = undefined;
    return new Map();
  }
}
