import { join } from 'node:path';
import { FILE_MODE, FILES, type Files, syncDirectory, writeAll } from './files.ts';

const NEWLINE = 0x0a;

/** Why an event was rejected; without the event's content. */
export interface RejectedEvent {
  event: Buffer;
  errors: readonly { code: string; message: string; path: string | null }[];
}

/**
 * Appends events to `rejected.ndjson`, one JSON object a line, and waits until they are on disk. A
 * line that a crash has cut stays as it is; the next one begins on a line of its own.
 */
export async function recordRejected(
  directory: string,
  rejected: readonly RejectedEvent[],
  files: Files = FILES,
): Promise<void> {
  const at = new Date().toISOString();
  const file = await files.open(join(directory, 'rejected.ndjson'), 'a+', FILE_MODE);
  try {
    const { size } = await file.stat();
    // The file may be new. It stays empty until its name is on disk.
    if (size === 0) await syncDirectory(files, directory);
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    const isCut = size > 0 && buffer[0] !== NEWLINE;
    const lines = rejected.map(({ event, errors }) =>
      Buffer.concat([
        Buffer.from(`${JSON.stringify({ at, errors }).slice(0, -1)},"event":`),
        toOneLine(event),
        Buffer.from('}\n'),
      ]),
    );
    await writeAll(file, Buffer.concat([Buffer.from(isCut ? '\n' : ''), ...lines]), size);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** In JSON a line break is always space between tokens, because texts contain it escaped. */
function toOneLine(json: Buffer): Buffer {
  const line = Buffer.from(json);
  for (const byte of [NEWLINE, 0x0d]) {
    for (let at = line.indexOf(byte); at !== -1; at = line.indexOf(byte, at + 1)) line[at] = 0x20;
  }
  return line;
}
