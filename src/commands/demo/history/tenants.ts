import type { EndpointName } from './endpoints.ts';

/** When an automation runs or an app reloads. Times are in UTC. */
export type Schedule =
  | 'hourly'
  | 'every 6 hours'
  /** Each hour from 7:00 to 18:00, Monday to Friday. */
  | 'business hours'
  | 'nightly'
  | 'weekdays'
  | 'weekly'
  /** At random moments, mostly in business hours. */
  | 'webhook'
  | 'by hand';

/** What distinguishes an automation from others of its schedule. */
export interface Traits {
  /** The part of its runs that fails; 1.5 % by default. */
  failureRate?: number;
  /** By how much its runs become longer in 60 days: 1 doubles them. */
  growth?: number;
  /** It runs only from, or only until, this part of the history (0 to 1). */
  from?: number;
  until?: number;
}

/** Title, schedule, median duration in seconds, blocks, traits. */
export type AutomationPlan = readonly [string, Schedule, number, readonly EndpointName[], Traits?];
/** Name, schedule of reloads, median duration in seconds, memory in MB, traits. */
export type AppPlan = readonly [string, Schedule, number, number, Traits?];

/** How Qlik sends the app events of a tenant. Run events are CloudEvents 1.0 everywhere. */
export type Dialect = 'old types' | 'new types' | 'new types from the middle on';

export interface TenantPlan {
  tenantId: string;
  dialect: Dialect;
  people: readonly string[];
  spaces: readonly string[];
  automations: readonly AutomationPlan[];
  apps: readonly AppPlan[];
}
