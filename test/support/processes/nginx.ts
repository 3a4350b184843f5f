import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../sockets/free-port.ts';
import { waitUntil } from '../wait-until.ts';

/** nginx in front of a service, as a process of its own. */
export interface Nginx extends AsyncDisposable {
  url: string;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts nginx with its default settings for proxies: HTTP/1.0 to the service, buffered answers.
 * `http` and `location` are lines that go into these blocks.
 */
export async function startNginx(
  path: string,
  target: string,
  { http = '', location = '' }: { http?: string; location?: string } = {},
): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-nginx-'));
  const port = await findFreePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ');
  const config = `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
    events {}
    http {
      access_log off; ${temporary}
      ${http}
      server { listen 127.0.0.1:${port}; location / { proxy_pass ${target}; ${location} } }
    }`;
  writeFileSync(join(folder, 'nginx.conf'), config);
  const child = spawn(path, ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')]);
  running.add(child);
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  await waitUntil(
    () => child.exitCode !== null || isListening(port),
    10_000,
    () => stderr,
  );
  if (child.exitCode !== null) throw new Error(`nginx has ended: ${stderr}`);
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      running.delete(child);
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
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
