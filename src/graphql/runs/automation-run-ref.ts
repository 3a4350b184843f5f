import type { RunWith } from '../../store/read/automation-runs.ts';
import type { AutomationRecord } from '../../store/read/automations.ts';
import { builder } from '../builder.ts';

/** Declared apart from their fields, because runs, blocks and automations refer to each other. */
export const AutomationRunRef = builder.objectRef<RunWith>('AutomationRun');
export const AutomationRef = builder.objectRef<AutomationRecord>('Automation');
