import { sql } from 'drizzle-orm';
import { automations } from '../../tables/projection-tables.ts';
import { defineSubject } from './subject.ts';

/*
 * The name of an automation is the one that `setNames` gave, else the one of an event, else the
 * title of its newest run. Only the second is a column of its table. So lists that use the name,
 * and lookups by id, join the other two with NAME_JOINS.
 */

/** The name of an automation, in a statement with NAME_JOINS. */
export const AUTOMATION_NAME = sql<string | null>`coalesce(given.name, ${automations.name}, newest.title)`;

const NAME_KEY = sql<string | null>`coalesce(given.name_key, ${automations.nameKey}, newest.title_key)`;

/**
 * Joins what the name of an automation is read from: one index lookup per automation, whatever the
 * statistics of the tables. OFFSET keeps the planner from joining all names of the tenant. The run
 * is read only if it is needed. A range of one automation instead of `=` keeps its id in the order,
 * which only the index of the runs of an automation has.
 */
export const NAME_JOINS = sql`
  left join lateral (
    select names.name, names.name_key from names
    where names.tenant_id = ${automations.tenantId} and names.kind = 'AUTOMATION'
      and names.id = ${automations.automationId} offset 0) as given on true
  left join lateral (
    select run.title, run.title_key from automation_runs as run
    where given.name is null and ${automations.name} is null
      and run.tenant_id = ${automations.tenantId}
      and run.automation_id between ${automations.automationId} and ${automations.automationId}
    order by run.automation_id desc, run.occurred_at desc, run.run_id desc limit 1) as newest on true`;

export const AUTOMATIONS = defineSubject({
  name: 'Automation',
  plural: 'automations',
  table: automations,
  key: ['automationId'],
  fallback: { field: 'LAST_RUN_AT', direction: 'DESC' },
  fields: {
    automationId: { kind: 'id', filter: "the automation's Qlik id" },
    name: {
      kind: 'text',
      column: AUTOMATION_NAME,
      folded: NAME_KEY,
      filter: 'the name of the automation',
      order: ['NAME', 'name, ignoring case'],
    },
    lastRunAt: {
      kind: 'instant',
      filter: 'the time of the newest run',
      order: ['LAST_RUN_AT', 'the time of the newest run'],
    },
  },
  relations: { lastRun: { to: 'AutomationRun', filter: 'automations whose newest run is such a run' } },
});
