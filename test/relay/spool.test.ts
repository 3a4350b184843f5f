import { appendFile, mkdir, readFile, realpath, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { openSpool, type Spool, SpoolFull, type SpoolOptions } from '../../src/relay/spool/open-spool.ts';
import type { Entry } from '../../src/relay/spool/read-segment.ts';
import { recordRejected } from '../../src/relay/spool/rejected-file.ts';
import { diskError, FailingFiles, listSegmentFiles } from '../support/relay/failing-files.ts';
import { newSpoolDirectory } from '../support/relay/test-relay.ts';

const LIMITS = { count: 100, bytes: 1_000_000 };

async function open(directory: string, options: Partial<SpoolOptions> = {}) {
  const log: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => void log.push(JSON.parse(line).msg) });
  const spool = await openSpool({ directory, maxBytes: 1e9, log: logger, ...options });
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await spool[Symbol.asyncDispose]();
    isClosed = true;
  };
  onTestFinished(close);
  return { spool, log, close };
}

/** Reads everything that is not confirmed. */
async function readAll(spool: Spool, limits = LIMITS): Promise<Entry[]> {
  const all: Entry[] = [];
  for (let from = spool.confirmed; ; ) {
    const { entries, next } = await spool.read(from, limits);
    if (JSON.stringify(next) === JSON.stringify(from)) return all;
    all.push(...entries);
    from = next;
  }
}

const toText = (entries: Entry[]) => entries.map(({ event }) => event.toString()).join(' ');
const append = (spool: Spool, ...events: string[]) =>
  spool.append(
    events.map((event) => Buffer.from(event)),
    1_000,
  );

test('events are read in the order in which they were appended, also by a later process, until they are confirmed', async () => {
  const directory = newSpoolDirectory();
  const first = await open(directory, { segmentBytes: 100 });
  for (let number = 0; number < 20; number += 1)
    await append(first.spool, `event-${number}`, `more-${number}`);
  const entries = await readAll(first.spool);
  expect(entries.map(({ event }) => event.toString())).toEqual(
    Array.from({ length: 20 }, (_, number) => [`event-${number}`, `more-${number}`]).flat(),
  );
  expect(entries.every(({ at }) => at === 1_000)).toBe(true);
  expect(await first.spool.readOldest()).toBe(1_000);
  await first.spool.confirm(entries[9]?.end ?? { segment: 0, offset: 0 });
  expect(toText(await readAll(first.spool)).startsWith('event-5 more-5 ')).toBe(true);
  await first.close();

  const second = await open(directory);
  expect(second.log).toEqual(['the spool contains deliveries of an earlier run']);
  await append(second.spool, 'last');
  const rest = await readAll(second.spool);
  expect(toText(rest).startsWith('event-5 more-5 ')).toBe(true);
  expect(toText(rest).endsWith(' more-19 last')).toBe(true);
  await second.spool.confirm(rest.at(-1)?.end ?? { segment: 0, offset: 0 });
  expect(second.spool.bytes).toBe(0);
  expect(await second.spool.readOldest()).toBe(undefined);
  await second.close();
  expect(await listSegmentFiles(directory)).toEqual([]);
});

test('what is appended during an fsync is the next group: one write and one fsync for all of it', async () => {
  const files = new FailingFiles();
  const { spool } = await open(newSpoolDirectory(), { files });
  let syncs = 0;
  files.before = (operation) => {
    syncs += operation === 'sync' ? 1 : 0;
  };
  await Promise.all(Array.from({ length: 50 }, (_, number) => append(spool, `event-${number}`)));
  expect(syncs).toBeLessThanOrEqual(2);
  expect(await readAll(spool)).toHaveLength(50);
});

test('an event larger than a read from disk, limits of count and bytes', async () => {
  const { spool } = await open(newSpoolDirectory());
  const large = 'x'.repeat(3_000_000);
  await append(spool, 'a', large, 'b', 'c', 'd');
  const batches: string[] = [];
  for (let from = spool.confirmed; ; ) {
    const { entries, next } = await spool.read(from, { count: 2, bytes: 2 });
    if (entries.length === 0) break;
    batches.push(toText(entries));
    from = next;
  }
  expect(batches).toEqual(['a', large, 'b c', 'd']);
});

test('beyond its limit the spool refuses, until events are confirmed', async () => {
  const { spool } = await open(newSpoolDirectory(), { maxBytes: 100 });
  await append(spool, 'x'.repeat(100));
  expect(spool.isFull).toBe(true);
  await expect(append(spool, 'y')).rejects.toThrow(SpoolFull);
  const [entry] = await readAll(spool);
  await spool.confirm(entry?.end ?? { segment: 0, offset: 0 });
  await append(spool, 'z');
  expect(toText(await readAll(spool))).toBe('z');
});

test('of a segment that is cut at any byte of its last record, every earlier record is read', async () => {
  const directory = newSpoolDirectory();
  const first = await open(directory);
  await append(first.spool, 'one');
  await append(first.spool, 'two');
  const end = (await readAll(first.spool))[1]?.end.offset ?? 0;
  await append(first.spool, 'three');
  await first.close();
  const [path = ''] = await listSegmentFiles(directory);
  const whole = await readFile(path);
  for (let size = whole.length - 1; size > end; size -= 1) {
    await truncate(path, size);
    const { spool, log, close } = await open(directory);
    expect(toText(await readAll(spool)), `cut at ${size}`).toBe('one two');
    expect(log).toContain('the last record of a segment is not whole and was skipped');
    // What is appended after the start is not lost behind the torn record.
    await append(spool, 'four');
    expect(toText(await readAll(spool))).toBe('one two four');
    await spool.confirm({ segment: 0, offset: 0 });
    await close();
    for (const later of (await listSegmentFiles(directory)).slice(1)) await truncate(later, 0);
  }
});

test('after any damaged byte the search continues with the next whole record, and the loss is logged', async () => {
  const directory = newSpoolDirectory();
  const first = await open(directory);
  await append(first.spool, 'one');
  await append(first.spool, 'two');
  await append(first.spool, 'three');
  const [, two, three] = await readAll(first.spool);
  await first.close();
  const [path = ''] = await listSegmentFiles(directory);
  const whole = await readFile(path);
  for (let at = two?.start.offset ?? 0; at < (three?.start.offset ?? 0); at += 1) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 0x41;
    await writeFile(path, damaged);
    const { spool, log, close } = await open(directory);
    expect(toText(await readAll(spool)), `byte ${at}`).toBe('one three');
    expect(log).toContain('a part of the spool is damaged and was skipped');
    await close();
  }
});

test('a segment that ends in zeros, as after a power cut, ends at its last record', async () => {
  const directory = newSpoolDirectory();
  const first = await open(directory);
  await append(first.spool, 'one');
  await first.close();
  const [path = ''] = await listSegmentFiles(directory);
  await appendFile(path, Buffer.alloc(4_096));
  const { spool } = await open(directory);
  expect(toText(await readAll(spool))).toBe('one');
});

test('a checkpoint that is lost, damaged or of another file costs repeats, never an event', async () => {
  const directory = newSpoolDirectory();
  const first = await open(directory);
  await append(first.spool, 'one', 'two');
  await first.spool.confirm((await readAll(first.spool))[0]?.end ?? { segment: 0, offset: 0 });
  await first.close();
  const path = join(directory, 'checkpoint');
  const checkpoint = await readFile(path, 'latin1');
  const read = async (text: string) => {
    await writeFile(path, text);
    const { spool, close } = await open(directory);
    const found = toText(await readAll(spool));
    await writeFile(path, '');
    await close();
    return found;
  };
  expect(await read(checkpoint)).toBe('two');
  for (let at = 0; at < checkpoint.length; at += 1) {
    expect(await read(checkpoint.slice(0, at)), `cut at ${at}`).toBe('one two');
    const changed = `${checkpoint.slice(0, at)}${checkpoint[at] === '1' ? '2' : '1'}${checkpoint.slice(at + 1)}`;
    expect(await read(changed), `changed at ${at}`).toBe('one two');
  }
});

test('after a failed write or fsync nothing is acknowledged, and the next append begins a new segment', async () => {
  for (const operation of ['open wx', 'sync directory', 'write', 'sync']) {
    const directory = newSpoolDirectory();
    const files = new FailingFiles();
    files.partOfWrite = (bytes) => bytes >> 1;
    const { spool, close } = await open(directory, { files });
    if (operation === 'write' || operation === 'sync') await append(spool, 'before');
    files.before = (name) => {
      if (name === operation) throw diskError('ENOSPC');
    };
    await expect(append(spool, 'refused'), operation).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(append(spool, 'refused'), operation).rejects.toMatchObject({ code: 'ENOSPC' });
    files.before = () => undefined;
    await append(spool, 'after');
    const expected = operation === 'write' || operation === 'sync' ? 'before after' : 'after';
    expect(toText(await readAll(spool)), operation).toBe(expected);
    expect(await listSegmentFiles(directory), operation).toHaveLength(expected.split(' ').length);
    await close();
    const again = await open(directory);
    expect(toText(await readAll(again.spool)), operation).toBe(expected);
    await again.close();
  }
});

test('a segment that could be neither used nor deleted does not hide the next one from a later process', async () => {
  const directory = newSpoolDirectory();
  const files = new FailingFiles();
  const { spool, close } = await open(directory, { files });
  files.before = (name) => {
    if (name === 'sync directory' || name === 'rm') throw diskError('EIO');
  };
  await expect(append(spool, 'refused')).rejects.toMatchObject({ code: 'EIO' });
  files.before = () => undefined;
  await append(spool, 'after');
  await close();
  const again = await open(directory);
  expect(toText(await readAll(again.spool))).toBe('after');
});

test('the spool is not writable while the disk takes nothing, and is again by itself', async () => {
  const files = new FailingFiles();
  const { spool } = await open(newSpoolDirectory(), { files });
  expect(await spool.isWritable()).toBe(true);
  files.before = (operation) => {
    if (operation === 'write') throw diskError('EIO');
  };
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await spool.isWritable()).toBe(false);
  files.before = () => undefined;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await spool.isWritable()).toBe(true);
});

test('a power cut leaves a new spool directory, and rejected.ndjson with what was recorded', async () => {
  const files = new FailingFiles();
  const synced: string[] = [];
  files.before = (operation, path) => {
    if (operation === 'sync directory') synced.push(path);
  };
  const parent = await realpath(newSpoolDirectory());
  const directory = join(parent, 'new', 'spool');
  await mkdir(directory, { recursive: true });
  await open(directory, { files });
  expect(synced.slice(0, 2), 'the directories with the new entries').toEqual(['new', basename(parent)]);
  const rejected = [{ event: Buffer.from('{"id":"a"}'), errors: [] }];
  // The sync of the directory fails the first time: the event is not on disk for certain.
  files.before = (operation) => {
    if (operation === 'sync directory') throw diskError('EIO');
  };
  await expect(recordRejected(directory, rejected, files)).rejects.toThrow('EIO');
  files.before = () => undefined;
  await recordRejected(directory, rejected, files);
  await files.cutPower(() => 0);
  const text = await readFile(join(directory, 'rejected.ndjson'), 'utf8');
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).event),
  ).toContainEqual({ id: 'a' });
});
