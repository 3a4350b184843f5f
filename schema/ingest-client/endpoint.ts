import { UsageError } from './console/usage-error.ts';

/**
 * Parses the URL of the service's GraphQL endpoint; without a path, `/graphql` is added. Throws a
 * UsageError that names the option or variable.
 */
export function parseEndpoint(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.port === '0') {
    // The text may contain a password, so it is not printed.
    throw new UsageError([`${name} is no URL such as http://127.0.0.1:4000/graphql.`]);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError([`${name}: a password does not belong there; INGEST_TOKEN takes a token.`]);
  }
  if (url.pathname === '/') url.pathname = '/graphql';
  return url;
}

/** Returns a URL as messages contain it: without a query, which may contain a secret. */
export function toPrintedUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
