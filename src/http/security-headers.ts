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

/** Sets the security headers, which what answers may replace. Caches store no answer by default. */
export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  response.setHeader('cache-control', 'no-store');
}
