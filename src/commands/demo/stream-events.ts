import { setTimeout as sleep } from 'node:timers/promises';
import type { DemoClient } from './demo-client.ts';
import { AppEvents } from './history/apps.ts';
import type { Connector } from './history/endpoints.ts';
import { listConnectors } from './history/generate-history.ts';
import { toUuid } from './history/ids.ts';
import { Random } from './history/random.ts';
import { type DemoEvent, type Moment, toRunEvent } from './history/runs.ts';
import type { DemoTenant } from './history/world.ts';

/** The mean time between two events, and during a burst of failures. */
const PAUSE_MS = 450;
const BURST_PAUSE_MS = 120;
/** A burst begins this long after the one before, and the first one sooner. */
const BETWEEN_BURSTS_MS = 210_000;
const FIRST_BURST_MS = 45_000;
const BURST_MS = 15_000;
const RELOADS = 0.25;

/** A connector of a tenant that fails for a while. */
interface Burst {
  tenant: DemoTenant;
  connector: Connector;
  untilMs: number;
}

/** Sends events of runs and reloads that end now, until `stop` aborts. */
export async function streamEvents(
  client: DemoClient,
  tenants: readonly DemoTenant[],
  stop: AbortSignal,
): Promise<void> {
  const random = new Random(Date.now());
  let burst: Burst | undefined;
  let nextBurstMs = Date.now() + FIRST_BURST_MS;
  for (let count = 0; !stop.aborted; count += 1) {
    const nowMs = Date.now();
    if (nowMs >= nextBurstMs) {
      nextBurstMs = nowMs + BETWEEN_BURSTS_MS * (0.7 + 0.6 * random.next());
      burst = startBurst(tenants, nowMs + BURST_MS, random);
    }
    if (burst !== undefined && nowMs >= burst.untilMs) burst = undefined;
    const id = toUuid(`${process.pid}/${nowMs}/${count}`);
    await client.post(
      listEventsNow(tenants, burst, { id, atMs: nowMs - 1_000, isEnd: true, progress: 1 }, random),
    );
    const pauseMs = burst === undefined ? PAUSE_MS : BURST_PAUSE_MS;
    await sleep(-pauseMs * Math.log(1 - random.next()), undefined, { signal: stop });
  }
}

function startBurst(tenants: readonly DemoTenant[], untilMs: number, random: Random): Burst | undefined {
  const tenant = pickTenant(tenants, random);
  const connectors = listConnectors(tenant);
  const connector = connectors[random.below(connectors.length)];
  return connector && { tenant, connector, untilMs };
}

/** Returns the events of one run or reload. During a burst, most are runs of its connector. */
function listEventsNow(
  tenants: readonly DemoTenant[],
  burst: Burst | undefined,
  moment: Moment,
  random: Random,
): DemoEvent[] {
  const isHit = burst !== undefined && random.next() < 0.8;
  const tenant = isHit ? burst.tenant : pickTenant(tenants, random);
  const failing = tenant === burst?.tenant ? burst.connector : undefined;
  if (!isHit && random.next() < RELOADS) {
    const apps = tenant.apps.filter(isAlive);
    const app = apps[random.below(apps.length)];
    return app === undefined ? [] : new AppEvents(tenant).reload(app, moment, random);
  }
  const automations = tenant.automations.filter(
    (automation) =>
      isAlive(automation) && (!isHit || automation.steps.some(({ connector }) => connector === failing)),
  );
  const automation = automations[random.below(automations.length)];
  return automation === undefined
    ? []
    : [toRunEvent(tenant.tenantId, automation, { ...moment, failing }, random)];
}

function isAlive({ traits }: { traits: { until?: number } }): boolean {
  return traits.until === undefined;
}

/** A larger tenant is chosen more often. */
function pickTenant(tenants: readonly DemoTenant[], random: Random): DemoTenant {
  return random.weighted(tenants.map((tenant) => [tenant, tenant.automations.length] as const));
}
