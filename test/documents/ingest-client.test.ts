import { readFileSync } from 'node:fs';
import { RETRYABLE_CODES } from 'qlik-event-graph-ingest';
import { expect, onTestFinished, test } from 'vitest';
import { REFUSALS } from '../../src/domain/refusal.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { startTestService } from '../support/services/service.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the example in the README of the ingest client stores its event', async () => {
  const service = await startTestService('postgres');
  onTestFinished(() => service.close());
  const [, example = ''] = /```js\n([\s\S]*?)```/.exec(read('schema/ingest-client/README.md')) ?? [];
  for (const outcome of ['STORED', 'DUPLICATE']) {
    const script = new ServerProcess({}, [process.execPath, '--import', 'tsx', '--input-type=module']);
    script.child.stdin?.end(example.replaceAll('localhost:4000', new URL(service.url).host));
    expect([await script.end(60_000), script.stdout, script.stderr]).toEqual([0, `${outcome}\n`, '']);
  }
});

test('the client retries the codes that the catalogue of refusals calls retryable', () => {
  const retryable = Object.entries(REFUSALS).filter(([, entry]) => entry.retryable);
  expect([...RETRYABLE_CODES].toSorted()).toEqual(retryable.map(([code]) => code).toSorted());
});

test('the image has the package of every workspace before it installs', () => {
  const [beforeInstall = ''] = read('Dockerfile').split('RUN npm ci');
  const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };
  for (const workspace of workspaces) {
    expect(beforeInstall).toContain(`COPY ${workspace}/package.json ${workspace}/\n`);
  }
});
