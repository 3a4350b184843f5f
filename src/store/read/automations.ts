import { getTableColumns } from 'drizzle-orm';
import { automations } from '../tables/projection-tables.ts';
import { AUTOMATION_SUBJECT } from './filters/filter-subjects.ts';
import { toFinder } from './find-by-keys.ts';
import { createReader } from './reader.ts';
import { AUTOMATIONS } from './subjects/automations.ts';

const { origins: _origins, lastEventAt: _lastEventAt, ...columns } = getTableColumns(automations);

/** The record of an automation: the columns that clients can read. */
export type AutomationRecord = Omit<typeof automations.$inferSelect, 'origins' | 'lastEventAt'>;

/** Lists automations, by their last run by default, newest first. */
export const automationReader = createReader<AutomationRecord>(
  AUTOMATIONS,
  columns,
  () => AUTOMATION_SUBJECT,
);

/** Finds automations by their ids. */
export const findAutomations = toFinder<string, AutomationRecord>(
  'automations_by_id',
  automationReader.matchTable,
);
