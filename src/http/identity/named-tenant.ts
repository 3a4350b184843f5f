/** The most tenants that TENANT_REQUIRED names. */
export const NAMED_TENANTS = 10;

export const HOW_TO_NAME_A_TENANT =
  'name the tenant with the header x-tenant-id (WebSocket: tenantId in the connection_init payload)';

/** The message for a tenant id from a JSON payload that no column can store. */
export const INVALID_TENANT =
  'The tenant id is not a text of 1 to 256 characters without control characters and lone surrogates.';

/** Returns whether a request names a tenant. A payload may also leave it out with null or "". */
export function isNamed(tenantId: unknown): boolean {
  return tenantId !== undefined && tenantId !== null && tenantId !== '';
}

/** Lists tenants for a message, with the number of further ones. */
export function listNames(tenantIds: readonly string[], more: number): string {
  const names = tenantIds.map((tenantId) => JSON.stringify(tenantId)).join(', ');
  return `${names}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Decodes a header value, which Node reads as Latin-1, as UTF-8. "" means no tenant. */
export function toTenantHeader(value: string | string[] | undefined): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const text = Buffer.from(value, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? value : text;
}
