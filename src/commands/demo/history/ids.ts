import { createHash } from 'node:crypto';

/** Returns the id that a thing of the demo has, as a UUID: the same for the same name. */
export function toUuid(name: string): string {
  const hex = toHex(name, 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Returns the id of a user or space: 24 hex digits, the same for the same name. */
export function toHexId(name: string): string {
  return toHex(name, 24);
}

function toHex(name: string, digits: number): string {
  return createHash('sha256').update(name).digest('hex').slice(0, digits);
}
