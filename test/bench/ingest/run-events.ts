import { generateEvents } from '../generate-events.ts';

const TENANT = '§T';
const NUMBER = '§N';
const BLOCKS = 3;

/** The text of an event, cut where its tenant or its number belongs. */
type Template = string[];

/**
 * Texts of run events with three blocks each, told apart by what `toEventText` puts in. The same
 * seed gives the same texts.
 */
export function makeRunEventTemplates(seed: number, count: number): Template[] {
  const plan = {
    tenantId: TENANT,
    seed,
    runs: count,
    blocksPerRun: BLOCKS,
    automations: 200,
    connectors: 30,
    apps: 0,
    reloads: 0,
    days: 30,
    until: Date.UTC(2026, 10, 22),
  };
  return [...generateEvents(plan)].map((event, index) =>
    JSON.stringify(event)
      .replace(`-run-event-${index}"`, `-run-event-${NUMBER}"`)
      .replace(`-run-${index}"`, `-run-${NUMBER}"`)
      .split(new RegExp(`(${TENANT}|${NUMBER})`)),
  );
}

/** The JSON text of one event: that of a template, of a tenant, with a number of its own. */
export function toEventText(template: Template, tenantId: string, number: number): string {
  return template
    .map((part) => (part === TENANT ? tenantId : part === NUMBER ? String(number) : part))
    .join('');
}
