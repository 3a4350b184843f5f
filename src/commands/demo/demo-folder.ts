import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLockSocketOpen } from '../../files/directory-socket.ts';

const PREFIX = 'qlik-event-graph-demo-';

/** The temporary folder of a demo. It is deleted on disposal. */
export interface DemoFolder extends AsyncDisposable {
  path: string;
}

/** Creates a folder below TMPDIR. Deletes those of demos that were killed. */
export async function openDemoFolder(): Promise<DemoFolder> {
  const parent = tmpdir();
  for (const name of await readdir(parent)) {
    const pid = Number(/^qlik-event-graph-demo-(\d+)-/.exec(name)?.[1]);
    // A pid of another container does not answer here. Its database does, over a socket.
    if (pid > 0 && !isRunning(pid) && !(await isLockSocketOpen(join(parent, name)))) {
      await deleteFolder(join(parent, name)).catch(() => undefined);
    }
  }
  const path = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
  return { path, [Symbol.asyncDispose]: () => deleteFolder(path) };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function deleteFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}
