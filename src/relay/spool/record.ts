import { crc32 } from 'node:zlib';

/**
 * A record is a header of 20 bytes and the JSON of one event:
 *
 *     0  magic   4 bytes, where the search for records after damage continues
 *     4  crc32   of everything after it, the event included
 *     8  length  of the event in bytes
 *    12  at      when the delivery arrived, milliseconds since 1970 as a double
 */
const MAGIC = Buffer.from([0xf5, 0x71, 0x65, 0xf6]);
export const HEADER_BYTES = 20;

/** A delivery has at most 16 MiB. Binary mode adds the attributes in its headers. */
const MAX_EVENT_BYTES = 67_108_864;

/** An event as read from a segment. */
export interface StoredEvent {
  event: Buffer;
  /** When its delivery arrived, in milliseconds since 1970. */
  at: number;
}

/** What stands at a place in a segment. */
export type Found =
  | (StoredEvent & { kind: 'record'; length: number })
  /** The buffer ends before the record does; `length` is that of the whole record. */
  | { kind: 'more'; length: number }
  | { kind: 'damage' };

/** Returns the record of an event. */
export function toRecord(event: Buffer, at: number): Buffer {
  const record = Buffer.allocUnsafe(HEADER_BYTES + event.length);
  MAGIC.copy(record, 0);
  record.writeUInt32LE(event.length, 8);
  record.writeDoubleLE(at, 12);
  event.copy(record, HEADER_BYTES);
  record.writeUInt32LE(crc32(record.subarray(8)), 4);
  return record;
}

/** Reads the record at an offset of a buffer. */
export function findRecord(bytes: Buffer, offset: number): Found {
  const rest = bytes.subarray(offset);
  const start = rest.subarray(0, MAGIC.length);
  if (!start.equals(MAGIC.subarray(0, start.length))) return { kind: 'damage' };
  if (rest.length < HEADER_BYTES) return { kind: 'more', length: HEADER_BYTES };
  const size = rest.readUInt32LE(8);
  if (size > MAX_EVENT_BYTES) return { kind: 'damage' };
  const length = HEADER_BYTES + size;
  if (rest.length < length) return { kind: 'more', length };
  if (crc32(rest.subarray(8, length)) !== rest.readUInt32LE(4)) return { kind: 'damage' };
  return { kind: 'record', event: rest.subarray(HEADER_BYTES, length), at: rest.readDoubleLE(12), length };
}

/** Returns the offset of the first whole record after damage, or the length of the buffer. */
export function findNextRecord(bytes: Buffer): number {
  for (let at = bytes.indexOf(MAGIC, 1); at !== -1; at = bytes.indexOf(MAGIC, at + 1)) {
    if (findRecord(bytes, at).kind === 'record') return at;
  }
  return bytes.length;
}
