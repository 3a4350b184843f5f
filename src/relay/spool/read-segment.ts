import type { Logger } from 'pino';
import { type Files, readUpTo } from './files.ts';
import { findNextRecord, findRecord, type StoredEvent } from './record.ts';
import type { Position, Segment } from './segments.ts';

/** A read from disk takes so many bytes, or one record if that is larger. */
const CHUNK_BYTES = 1_048_576;

/** An event with its place in the spool. */
export interface Entry extends StoredEvent {
  start: Position;
  end: Position;
}

/** The most events of a read, and the most of their bytes unless the first one is larger. */
export interface ReadLimits {
  count: number;
  bytes: number;
}

/** The events of a read, and where the next read begins. */
export interface ReadEntries {
  entries: Entry[];
  next: Position;
}

interface Reading {
  files: Files;
  log: Logger;
}

/**
 * Reads events of a segment, from an offset before its end. Returns no events if damage was
 * passed, which is logged.
 */
export async function readSegment(
  reading: Reading,
  segment: Segment,
  offset: number,
  limits: ReadLimits,
): Promise<ReadEntries> {
  const available = segment.end - offset;
  const toPosition = (at: number): Position => ({ segment: segment.number, offset: offset + at });
  let chunk = await readBytes(reading, segment, offset, Math.min(available, CHUNK_BYTES));
  const entries: Entry[] = [];
  let at = 0;
  let taken = 0;
  while (at < chunk.length && entries.length < limits.count) {
    const found = findRecord(chunk, at);
    if (found.kind === 'record') {
      if (entries.length > 0 && taken + found.event.length > limits.bytes) break;
      taken += found.event.length;
      entries.push({ ...found, start: toPosition(at), end: toPosition(at + found.length) });
      at += found.length;
      continue;
    }
    const isLarge = found.kind === 'more' && found.length > chunk.length && found.length <= available;
    if (entries.length > 0 || !isLarge) break;
    chunk = await readBytes(reading, segment, offset, found.length);
    if (chunk.length < found.length) break;
  }
  return entries.length > 0 ? { entries, next: toPosition(at) } : await skipDamage(reading, segment, offset);
}

/** Passes bytes that are no record. */
async function skipDamage(reading: Reading, segment: Segment, offset: number): Promise<ReadEntries> {
  const rest = await readBytes(reading, segment, offset, segment.end - offset);
  const skipped = findNextRecord(rest);
  const place = { segment: segment.name, offset, skipped };
  if (skipped < rest.length) reading.log.error(place, 'a part of the spool is damaged and was skipped');
  else reading.log.warn(place, 'the last record of a segment is not whole and was skipped');
  const end = skipped < rest.length ? offset + skipped : segment.end;
  return { entries: [], next: { segment: segment.number, offset: end } };
}

function readBytes({ files }: Reading, { path }: Segment, offset: number, length: number): Promise<Buffer> {
  return readUpTo(files, path, offset, length).catch((failure: NodeJS.ErrnoException) => {
    // A segment that was deleted by hand is passed like a damaged one.
    if (failure.code === 'ENOENT') return Buffer.alloc(0);
    throw failure;
  });
}
