import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../../support/sockets/free-port.ts';
import { readCpuMs, readResidentMb } from '../process-stats.ts';
import { printTable, toText } from '../table.ts';
import { WorkerProcess } from '../worker-process.ts';
import type { Sending, Sent } from './webhooks.ts';

const SECRET = 'secret of the benchmark';
const ROUNDS = 3;
const TURN_MS = 6_000;
/** How many deliveries wait while the service is away, and after how many memory is read. */
const BACKLOG = 200_000;
const STEP = 25_000;

/** A relay in a process of its own. */
interface BenchRelay extends AsyncDisposable {
  url: string;
  pid: number;
}

/** Starts the built relay on a new spool; it sends to a port of this machine. */
async function startRelay(servicePort: number): Promise<BenchRelay> {
  const directory = mkdtempSync(join(tmpdir(), 'qlik-event-graph-bench-spool-'));
  const program = fileURLToPath(new URL('../../../dist/commands/relay.js', import.meta.url));
  const child = spawn(process.execPath, [program], {
    env: {
      ...process.env,
      RELAY_PORT: '0',
      QLIK_WEBHOOK_SECRETS: SECRET,
      API_URL: `http://127.0.0.1:${servicePort}/graphql`,
      SPOOL_DIR: directory,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await readUrl(child);
  return {
    url,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function readUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('The relay has no output.');
  const lines = createInterface({ input: child.stdout });
  return await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('The relay ended before it was ready.')));
    lines.on('line', (line) => {
      const { msg, url } = JSON.parse(line);
      if (msg.startsWith('ready')) resolve(url);
    });
  });
}

/**
 * Signed deliveries of 2 KB into the relay, with fsync, against a bare node:http server that
 * appends and fsyncs in groups; and the memory of the relay while the service is away.
 */
export async function benchRelay(): Promise<void> {
  const senders = await WorkerProcess.start(new URL('./webhooks.ts', import.meta.url));
  try {
    await measureRate(senders);
    await measureMemory(senders);
  } finally {
    await senders.stop();
  }
}

async function measureRate(senders: WorkerProcess): Promise<void> {
  const bare = await WorkerProcess.start(new URL('./bare-spool.ts', import.meta.url));
  const sinkPort = await findFreePort();
  const sink = await startSink(sinkPort);
  const rows: string[][] = [];
  try {
    for (const connections of [32, 64]) {
      await using away = await startRelay(await findFreePort());
      await using sending = await startRelay(sinkPort);
      const subjects = [
        { name: 'bare', url: String(bare.ready), pid: bare.pid },
        { name: 'relay, service away', ...away },
        { name: 'relay, sending', ...sending },
      ];
      const seen = subjects.map((): { sent: Sent; cpu: number }[] => []);
      for (let round = 0; round <= ROUNDS; round += 1) {
        for (const [index, { url, pid }] of subjects.entries()) {
          const before = readCpuMs(pid);
          const task: Sending = { url, secret: SECRET, connections, ms: TURN_MS, deliveries: 1e9 };
          const sent = await senders.ask<Sent>(task);
          const cpu = ((readCpuMs(pid) - before) * 1_000) / sent.accepted;
          if (round > 0) seen[index]?.push({ sent, cpu });
        }
      }
      for (const [index, { name }] of subjects.entries()) {
        const sorted = seen[index]?.toSorted((a, b) => a.sent.accepted - b.sent.accepted) ?? [];
        const { sent, cpu } = sorted[sorted.length >> 1] ?? { sent: undefined, cpu: 0 };
        if (sent === undefined) continue;
        const rate = (sent.accepted * 1_000) / sent.ms;
        const times = `${toText(sent.p50)}, ${toText(sent.p99)}`;
        rows.push([name, String(connections), toText(rate), toText(cpu), times, String(sent.refused)]);
      }
    }
  } finally {
    await Promise.all([bare.stop(), sink.stop()]);
  }
  const head = ['what', 'connections', 'deliveries/s', 'CPU per delivery, µs', 'p50, p99 ms', 'refused'];
  printTable(`Relay: signed deliveries of 2 KB, with fsync (load ${toText(loadavg()[0] ?? 0)})`, head, rows);
}

async function measureMemory(senders: WorkerProcess): Promise<void> {
  const port = await findFreePort();
  await using relay = await startRelay(port);
  const rows = [['0', toText(readResidentMb(relay.pid)), '']];
  for (let count = STEP; count <= BACKLOG; count += STEP) {
    const task: Sending = { url: relay.url, secret: SECRET, connections: 32, ms: 1e9, deliveries: STEP };
    const { ms } = await senders.ask<Sent>(task);
    rows.push([String(count), toText(readResidentMb(relay.pid)), toText((STEP * 1_000) / ms)]);
  }
  const sink = await startSink(port);
  const startedAt = performance.now();
  let most = 0;
  while (!/^qeg_relay_spool_bytes 0$/m.test(await (await fetch(`${relay.url}/metrics`)).text())) {
    most = Math.max(most, readResidentMb(relay.pid));
    await sleep(100);
  }
  const perSecond = (BACKLOG * 1_000) / (performance.now() - startedAt);
  await sink.stop();
  rows.push(['all sent', `${toText(most)} (the most)`, toText(perSecond)]);
  printTable(
    'Relay: memory while the service is away',
    ['deliveries in the spool', 'MB', 'per second'],
    rows,
  );
}

async function startSink(port: number): Promise<WorkerProcess> {
  process.env.SINK_PORT = String(port);
  return await WorkerProcess.start(new URL('./sink.ts', import.meta.url));
}
