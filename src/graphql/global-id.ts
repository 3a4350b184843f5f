/** The parts of a global id. `keys` identify the row within its tenant. */
export interface GlobalId {
  typeName: string;
  tenantId: string;
  keys: (string | number)[];
}

/** Encodes the opaque id of a node. It contains the tenant, because tenants may share Qlik ids. */
export function toGlobalId(typeName: string, tenantId: string, ...keys: (string | number)[]): string {
  return Buffer.from(JSON.stringify([typeName, tenantId, ...keys])).toString('base64url');
}

/** Decodes a global id; undefined for text that is not a global id. */
export function parseGlobalId(id: string): GlobalId | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(id, 'base64url').toString('utf8'));
    if (!Array.isArray(parts)) return undefined;
    const [typeName, tenantId, ...keys]: unknown[] = parts;
    if (typeof typeName !== 'string' || typeof tenantId !== 'string' || !keys.every(isKey)) return undefined;
    return { typeName, tenantId, keys };
  } catch {
    return undefined;
  }
}

function isKey(key: unknown): key is string | number {
  return typeof key === 'string' ? key.isWellFormed() && !key.includes('\u0000') : Number.isSafeInteger(key);
}
