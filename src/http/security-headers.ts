import type { ServerResponse } from 'node:http';

/**
 * The security headers of every answer. Answers are data: a browser must not guess their type,
 * run or frame them, or embed them into a page of another origin. GraphiQL's page has a policy
 * of its own. `Strict-Transport-Security` is missing: the proxy that ends TLS knows whether the
 * whole host is served over TLS, and browsers ignore the header over plain HTTP.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
};

const DEFAULT_HEADERS = Object.entries({ ...SECURITY_HEADERS, 'cache-control': 'no-store' });

/** Sets the headers that every answer has. Handlers may replace them. */
export function setDefaultHeaders(response: ServerResponse): void {
  for (const [name, value] of DEFAULT_HEADERS) response.setHeader(name, value);
}
