import { appEvent, runEvent } from '../events/events.ts';

const KINDS = 4;
const RUNS = 40;
const BLOCKS = 2;

/**
 * The event of this name and number. Numbers decide all of its content, so that each sender of it
 * again sends the same.
 */
export function toRelayEvent(tenantId: string, name: string, number: number): object {
  const id = `${name}-${number}`;
  const run = `run-${name}-${number % RUNS}`;
  switch (number % KINDS) {
    case 0:
    case 1:
      return runEvent(
        tenantId,
        { id: run, title: id, blocks: Array(BLOCKS).fill({ type: 'baseBlock' }) },
        { id, toplevelresourceid: `automation-${number % RUNS}` },
      );
    case 2:
      return appEvent(
        tenantId,
        'app.created',
        { attributes: { id: `app-${name}-${number % RUNS}`, name: id } },
        { eventId: id },
      );
    default:
      return appEvent(tenantId, 'app.reload.finished', { reloadId: id }, { eventId: id });
  }
}

/** How many rows of each kind come of these events, named as `toRelayEvent` names them. */
export function countRows(eventIds: Iterable<string>): Record<string, number> {
  const runs = new Set<string>();
  const automations = new Set<number>();
  const apps = new Set<string>();
  let appReloads = 0;
  for (const id of new Set(eventIds)) {
    const [, name = '', digits] = /^(.*)-(\d+)$/.exec(id) ?? [];
    const number = Number(digits);
    const kind = number % KINDS;
    if (kind < 2) {
      runs.add(`${name} ${number % RUNS}`);
      automations.add(number % RUNS);
    } else if (kind === 2) apps.add(`${name} ${number % RUNS}`);
    else appReloads += 1;
  }
  return {
    automationRuns: runs.size,
    blocks: runs.size * BLOCKS,
    automations: automations.size,
    apps: apps.size,
    appReloads,
  };
}
