import { automations } from '../../tables/projection-tables.ts';
import { defineSubject } from './subject.ts';

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
      folded: 'nameKey',
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
