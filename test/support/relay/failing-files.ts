import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Files } from '../../../src/relay/spool/files.ts';

/** Ends everything that the process would have done after a crash. */
export class Crash extends Error {}

export function diskError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: the disk failed`), { code });
}

/**
 * Real files whose operations can be made to fail, one by one, and which know what a power cut
 * would leave: of a file what was synced, of a directory the entries that were there when it was
 * synced. Anything later may be there or not.
 */
export class FailingFiles implements Files {
  /** Called before each operation; what it throws is the operation's failure. */
  before: (operation: string, path: string) => void = () => undefined;
  /** How many bytes of a write reach the file although it fails. */
  partOfWrite: (bytes: number) => number = () => 0;
  operations = 0;
  readonly #synced = new Map<string, number>();
  /** Entries whose appearance, or whose removal with the content before, no sync has covered. */
  readonly #created = new Set<string>();
  readonly #removed = new Map<string, Buffer>();

  readonly open = (async (path: string, flags: string, mode?: number) => {
    this.#check(`open ${flags}`, path);
    const isNew = flags !== 'r' && (await fs.stat(path).catch(() => undefined)) === undefined;
    const handle = await fs.open(path, flags, mode);
    if (isNew) this.#created.add(path);
    if (isNew || flags === 'w') this.#synced.set(path, 0);
    return this.#wrap(handle, path);
  }) as Files['open'];

  readonly readdir = fs.readdir;
  readonly stat = fs.stat;

  readonly rename = (async (from: string, to: string) => {
    this.#check('rename', to);
    const before = await fs.readFile(to).catch(() => undefined);
    await fs.rename(from, to);
    this.#synced.set(to, this.#synced.get(from) ?? 0);
    this.#created.delete(from);
    if (before === undefined) this.#created.add(to);
    else this.#removed.set(to, before);
  }) as Files['rename'];

  readonly rm = (async (path: string, options?: object) => {
    this.#check('rm', path);
    const before = await fs.readFile(path).catch(() => undefined);
    await fs.rm(path, options);
    if (before !== undefined && !this.#created.has(path)) {
      this.#removed.set(path, before.subarray(0, this.#synced.get(path) ?? before.length));
    }
    this.#created.delete(path);
  }) as Files['rm'];

  /** Leaves on disk what a power cut may leave; `below(n)` decides. */
  async cutPower(below: (end: number) => number): Promise<void> {
    for (const [path, content] of this.#removed) if (below(2) === 0) await fs.writeFile(path, content);
    for (const [path, synced] of this.#synced) {
      const size = (await fs.stat(path).catch(() => undefined))?.size ?? 0;
      if (size <= synced) continue;
      const file = await fs.open(path, 'r+');
      const kept = synced + below(size - synced + 1);
      await file.truncate(kept);
      // Pages that were never written may hold anything.
      if (kept > synced && below(3) === 0) await file.write(randomBytes(1), 0, 1, kept - 1);
      await file.close();
    }
    for (const path of this.#created) if (below(2) === 0) await fs.rm(path, { force: true });
  }

  #check(operation: string, path: string): void {
    this.operations += 1;
    this.before(operation, basename(path));
  }

  #wrap(handle: fs.FileHandle, path: string): fs.FileHandle {
    const write = async (bytes: Buffer, offset: number, length: number, position: number) => {
      try {
        this.#check('write', path);
      } catch (failure) {
        await handle.write(bytes, offset, this.partOfWrite(length), position);
        throw failure;
      }
      return await handle.write(bytes, offset, length, position);
    };
    const datasync = async () => {
      this.#check('sync', path);
      await handle.datasync();
      this.#synced.set(path, (await handle.stat()).size);
    };
    const sync = async () => {
      this.#check('sync directory', path);
      for (const other of this.#created) if (dirname(other) === path) this.#created.delete(other);
      for (const other of this.#removed.keys()) if (dirname(other) === path) this.#removed.delete(other);
    };
    const truncate = async (size: number) => {
      this.#check('truncate', path);
      await handle.truncate(size);
    };
    const changed: Record<string, unknown> = { write, datasync, sync, truncate };
    return new Proxy(handle, {
      get(target, name) {
        const value = changed[String(name)] ?? Reflect.get(target, name);
        return typeof value === 'function' && !(String(name) in changed) ? value.bind(target) : value;
      },
    });
  }
}

/** The paths of the segments in a directory, in order. */
export async function listSegmentFiles(directory: string): Promise<string[]> {
  const names = await fs.readdir(directory);
  return names
    .filter((name) => name.endsWith('.segment'))
    .sort()
    .map((name) => join(directory, name));
}
