import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../sockets/free-port.ts';
import { waitUntil } from '../wait-until.ts';

/** nginx in front of a service, as a process of its own. */
export interface Nginx extends AsyncDisposable {
  url: string;
}

/** What images of nginx add to the file of settings. */
const FOREGROUND = 'daemon off;';
/** Workers end their connections within this time after a signal, else they are killed. */
const STOP_MS = 2_000;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts nginx with its default settings for proxies: HTTP/1.0 to the service, buffered answers.
 * `http` and `location` are lines that go into these blocks.
 */
export function startNginx(
  path: string,
  target: string,
  { http = '', location = '' }: { http?: string; location?: string } = {},
): Promise<Nginx> {
  return runNginx(path, (port, folder) => {
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join(' ');
    return `pid ${folder}/pid; error_log stderr;
      events {}
      http {
        access_log off; ${temporary}
        ${http}
        server { listen 127.0.0.1:${port}; location / { proxy_pass ${target}; ${location} } }
      }`;
  });
}

/** Starts nginx with settings that listen on the given port of loopback, and may use the folder. */
export async function runNginx(
  path: string,
  toConfig: (port: number, folder: string) => string,
): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-nginx-'));
  const port = await findFreePort();
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, toConfig(port, folder));
  // As root, workers would be of a user that may not use the folder.
  const globals = process.getuid?.() === 0 ? `${FOREGROUND} user root;` : FOREGROUND;
  const child = spawn(path, ['-e', 'stderr', '-p', folder, '-c', file, '-g', globals]);
  running.add(child);
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  await waitUntil(
    () => hasEnded() || isListening(port),
    10_000,
    () => stderr,
  );
  if (hasEnded()) throw new Error(`nginx has ended: ${stderr}`);
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      running.delete(child);
      const ended = hasEnded() ? Promise.resolve() : once(child, 'exit');
      // SIGTERM ends the workers too, which SIGKILL of their master would leave behind.
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(STOP_MS)]);
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('connect', () => socket.destroy());
    socket.on('error', () => resolve(false));
  });
}
