import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { toHexId, toUuid } from './ids.ts';
import { Random } from './random.ts';
import type { Dialect, Schedule, TenantPlan, Traits } from './tenants.ts';

/** What automations and apps of the demo have in common. */
interface Planned {
  id: string;
  name: string;
  ownerId: string;
  spaceId: string;
  schedule: Schedule;
  medianMs: number;
  traits: Traits;
}

export interface DemoAutomation extends Planned {
  steps: readonly Endpoint[];
  /** The name of the first block, which has no connector. */
  baseBlock: string;
}

export interface DemoApp extends Planned {
  memoryBytes: number;
}

/** A tenant of the demo with everything that has an id. */
export interface DemoTenant {
  tenantId: string;
  dialect: Dialect;
  users: readonly Named[];
  spaces: readonly Named[];
  automations: readonly DemoAutomation[];
  apps: readonly DemoApp[];
}

export interface Named {
  id: string;
  name: string;
}

const BASE_BLOCKS = ['VariableBlock', 'FilterListBlock', 'LoopBlock', 'ConditionBlock'] as const;

/** Returns a tenant with its ids: the same for the same plan. */
export function toTenant({ tenantId, dialect, people, spaces, automations, apps }: TenantPlan): DemoTenant {
  const toNamed = (kind: string) => (name: string) => ({ id: toHexId(`${tenantId}/${kind}/${name}`), name });
  const users = people.map(toNamed('user'));
  const named = spaces.map(toNamed('space'));
  const random = new Random(automations.length);
  const pick = (things: readonly Named[]) => things[random.below(things.length)]?.id ?? '';
  const toPlanned = (kind: string, name: string, schedule: Schedule, seconds: number, traits: Traits) => ({
    id: toUuid(`${tenantId}/${kind}/${name}`),
    name,
    ownerId: pick(users),
    spaceId: pick(named),
    schedule,
    medianMs: seconds * 1_000,
    traits,
  });
  return {
    tenantId,
    dialect,
    users,
    spaces: named,
    automations: automations.map(([title, schedule, seconds, steps, traits = {}]) => ({
      ...toPlanned('automation', title, schedule, seconds, traits),
      steps: steps.map((name) => ENDPOINTS[name]),
      baseBlock: BASE_BLOCKS[random.below(BASE_BLOCKS.length)] ?? BASE_BLOCKS[0],
    })),
    apps: apps.map(([name, schedule, seconds, megabytes, traits = {}]) => ({
      ...toPlanned('app', name, schedule, seconds, traits),
      memoryBytes: megabytes * 1_000_000,
    })),
  };
}
