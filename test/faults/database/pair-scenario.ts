import { expect } from 'vitest';
import type { Relay } from '../../support/clients/relay.ts';
import type { PostgresPair } from '../../support/databases/postgres-pair.ts';
import type { ServerProcess } from '../../support/processes/server-process.ts';
import { waitUntil } from '../../support/wait-until.ts';
import type { Fault } from '../scenario.ts';

/** What the service promises after a writable server has answered. */
export const STORES_AGAIN_MS = 20_000;

/** A connection URL with hosts in this order, of which the service needs the writable one. */
export function toUrl(...servers: { port: number }[]): string {
  const hosts = servers.map(({ port }) => `127.0.0.1:${port}`);
  return `postgres://postgres:postgres@${hosts.join(',')}/postgres?target_session_attrs=read-write`;
}

export async function isReady({ url }: ServerProcess): Promise<boolean> {
  return (await fetch(`${url}/health/ready`)).status === 200;
}

/** Expects that the service stores again within the promised time after the promotion. */
export async function expectStoringAgain(
  relay: Relay,
  server: ServerProcess,
  { recoveries }: Pick<Fault, 'recoveries'>,
): Promise<void> {
  const recoveryMs = await relay.goesOn();
  recoveries.push(recoveryMs);
  expect(recoveryMs).toBeLessThan(STORES_AGAIN_MS);
  await waitUntil(() => isReady(server));
}

/** Starts the former primary as the new standby, and expects that the service stores with it. */
export async function rejoin(
  pair: PostgresPair,
  relay: Relay,
  { recoveries }: Pick<Fault, 'recoveries'>,
): Promise<void> {
  await pair.standby.startAsStandby(pair.primary);
  await pair.synchronise();
  recoveries.push(await relay.goesOn());
}

/** Expects that nothing was lost or doubled, that streams stayed open, and a clean stop. */
export async function expectNothingLost(
  relay: Relay,
  server: ServerProcess,
  { show }: Pick<Fault, 'show'>,
): Promise<void> {
  expect(await relay.finish()).toEqual([]);
  show(relay.figures);
  expect(relay.reconnects, 'streams stay open').toBe(0);
  expect(server.stderr).toBe('');
  expect(await server.stop()).toBe(0);
}
