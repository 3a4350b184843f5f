/** What a global id stands for: a type's name, the tenant, and the keys of the row within the tenant. */
export interface GlobalId {
  typeName: string;
  tenantId: string;
  keys: (string | number)[];
}

/** Makes the opaque id of a node. It holds the tenant, so that equal ids of two tenants differ. */
export function toGlobalId(typeName: string, tenantId: string, ...keys: (string | number)[]): string {
  return Buffer.from(JSON.stringify([typeName, tenantId, ...keys])).toString('base64url');
}

/** Reads a global id; undefined for anything that is none. */
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
