import type { EnumRef } from '@pothos/core';
import type { WordEnum } from '../../store/read/subjects/subject.ts';
import { AppReloadStatusRef } from '../apps/app-reload-status.ts';
import type { TypesOf } from '../builder.ts';
import { EventTypeRef } from '../events/event.ts';
import {
  AutomationRunContextRef,
  AutomationRunOutcomeRef,
  AutomationRunStatusRef,
  BlockTypeRef,
} from '../runs/automation-run-enums.ts';

/** The enums that fields of subjects name. One that is missing here does not compile. */
export const WORD_ENUMS: Readonly<Record<WordEnum, EnumRef<TypesOf, string>>> = {
  AutomationRunStatus: AutomationRunStatusRef,
  AutomationRunOutcome: AutomationRunOutcomeRef,
  AutomationRunContext: AutomationRunContextRef,
  BlockType: BlockTypeRef,
  AppReloadStatus: AppReloadStatusRef,
  EventType: EventTypeRef,
};
