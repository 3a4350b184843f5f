import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The least that a durable receiver can do: node:http, one file, and one fsync for everything that
 * arrived during the fsync before. No signature, no JSON, no checksum.
 */
const directory = mkdtempSync(join(tmpdir(), 'qlik-event-graph-bare-'));
const file = await open(join(directory, 'log'), 'w');
let group: { body: Buffer; response: ServerResponse }[] = [];
let isWriting = false;

async function write(): Promise<void> {
  if (isWriting) return;
  isWriting = true;
  while (group.length > 0) {
    const written = group;
    group = [];
    await file.appendFile(Buffer.concat(written.map(({ body }) => body)));
    await file.datasync();
    for (const { response } of written) response.writeHead(204).end();
  }
  isWriting = false;
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    group.push({ body: Buffer.concat(chunks), response });
    void write();
  });
});
server.listen(0, '127.0.0.1', () => {
  process.send?.({ result: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.once('disconnect', () => {
  rmSync(directory, { recursive: true, force: true });
  process.exit();
});
