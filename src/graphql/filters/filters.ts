import type { InputRef } from '@pothos/core';
import type { FilterInput } from '../../store/read/filters/filter.ts';
import { AppReloadStatusRef } from '../apps/app-reload-status.ts';
import { EventTypeRef } from '../events/event.ts';
import {
  AutomationRunContextRef,
  AutomationRunOutcomeRef,
  AutomationRunStatusRef,
  BlockTypeRef,
} from '../runs/automation-run-enums.ts';
import {
  BooleanFilterRef,
  DateTimeFilterRef,
  enumFilter,
  IdFilterRef,
  SafeIntFilterRef,
  StringFilterRef,
  subjectFilter,
} from './value-filters.ts';

const StatusFilterRef: InputRef<FilterInput> = enumFilter(
  'AutomationRunStatusFilter',
  AutomationRunStatusRef,
  false,
);
const OutcomeFilterRef: InputRef<FilterInput> = enumFilter(
  'AutomationRunOutcomeFilter',
  AutomationRunOutcomeRef,
  false,
);
const ContextFilterRef: InputRef<FilterInput> = enumFilter(
  'AutomationRunContextFilter',
  AutomationRunContextRef,
  true,
);
const BlockTypeFilterRef: InputRef<FilterInput> = enumFilter('BlockTypeFilter', BlockTypeRef, false);
const ReloadStatusFilterRef: InputRef<FilterInput> = enumFilter(
  'AppReloadStatusFilter',
  AppReloadStatusRef,
  false,
);
const EventTypeFilterRef: InputRef<FilterInput> = enumFilter('EventTypeFilter', EventTypeRef, false);

export const AutomationRunFilterRef: InputRef<FilterInput> = subjectFilter(
  'AutomationRunFilter',
  'runs',
  (t) => ({
    runId: t.field({ type: IdFilterRef, description: 'On runId.' }),
    automationId: t.field({ type: IdFilterRef, description: 'On automationId.' }),
    title: t.field({ type: StringFilterRef, description: 'On title.' }),
    status: t.field({ type: StatusFilterRef, description: 'On status.' }),
    outcome: t.field({ type: OutcomeFilterRef, description: 'On outcome.' }),
    context: t.field({ type: ContextFilterRef, description: 'On context.' }),
    billable: t.field({ type: BooleanFilterRef, description: 'On billable.' }),
    isTestRun: t.field({ type: BooleanFilterRef, description: 'On isTestRun.' }),
    isArchived: t.field({ type: BooleanFilterRef, description: 'On isArchived.' }),
    executedById: t.field({ type: IdFilterRef, description: 'On executedById.' }),
    ownerId: t.field({ type: IdFilterRef, description: 'On ownerId.' }),
    spaceId: t.field({ type: IdFilterRef, description: 'On spaceId.' }),
    occurredAt: t.field({ type: DateTimeFilterRef, description: 'On occurredAt.' }),
    startTime: t.field({ type: DateTimeFilterRef, description: 'On startTime.' }),
    stopTime: t.field({ type: DateTimeFilterRef, description: 'On stopTime.' }),
    createdAt: t.field({ type: DateTimeFilterRef, description: 'On createdAt.' }),
    durationMs: t.field({ type: SafeIntFilterRef, description: 'On durationMs.' }),
    queuedMs: t.field({ type: SafeIntFilterRef, description: 'On queuedMs.' }),
    totalApiCalls: t.field({ type: SafeIntFilterRef, description: 'On totalApiCalls.' }),
    rxBytes: t.field({ type: SafeIntFilterRef, description: 'On network.rxBytes.' }),
    txBytes: t.field({ type: SafeIntFilterRef, description: 'On network.txBytes.' }),
    someBlock: t.field({ type: BlockFilterRef, description: 'Runs with at least one block that matches.' }),
  }),
);

export const BlockFilterRef: InputRef<FilterInput> = subjectFilter('BlockFilter', 'blocks', (t) => ({
  type: t.field({ type: BlockTypeFilterRef, description: 'On type.' }),
  blockName: t.field({ type: StringFilterRef, description: 'On blockName.' }),
  connectorId: t.field({ type: IdFilterRef, description: 'On connectorId.' }),
  endpointId: t.field({ type: IdFilterRef, description: 'On endpointId.' }),
  snippetId: t.field({ type: IdFilterRef, description: 'On snippetId.' }),
  apiCalls: t.field({ type: SafeIntFilterRef, description: 'On apiCalls.' }),
  rxBytes: t.field({ type: SafeIntFilterRef, description: 'On rxBytes.' }),
  txBytes: t.field({ type: SafeIntFilterRef, description: 'On txBytes.' }),
  durationMs: t.field({ type: SafeIntFilterRef, description: 'On durationMs.' }),
  run: t.field({ type: AutomationRunFilterRef, description: 'Blocks whose run matches.' }),
}));

export const AutomationFilterRef: InputRef<FilterInput> = subjectFilter(
  'AutomationFilter',
  'automations',
  (t) => ({
    automationId: t.field({ type: IdFilterRef, description: 'On automationId.' }),
    name: t.field({ type: StringFilterRef, description: 'On name.' }),
    lastRunAt: t.field({ type: DateTimeFilterRef, description: 'On lastRunAt.' }),
  }),
);

export const AppFilterRef: InputRef<FilterInput> = subjectFilter('AppFilter', 'apps', (t) => ({
  appId: t.field({ type: IdFilterRef, description: 'On appId.' }),
  name: t.field({ type: StringFilterRef, description: 'On name.' }),
  ownerId: t.field({ type: IdFilterRef, description: 'On ownerId.' }),
  spaceId: t.field({ type: IdFilterRef, description: 'On spaceId.' }),
  originAppId: t.field({ type: IdFilterRef, description: 'On originAppId.' }),
  isPublished: t.field({ type: BooleanFilterRef, description: 'On isPublished.' }),
  hasSectionAccess: t.field({ type: BooleanFilterRef, description: 'On hasSectionAccess.' }),
  createdDate: t.field({ type: DateTimeFilterRef, description: 'On createdDate.' }),
  modifiedDate: t.field({ type: DateTimeFilterRef, description: 'On modifiedDate.' }),
  lastReloadTime: t.field({ type: DateTimeFilterRef, description: 'On lastReloadTime.' }),
  lastEventAt: t.field({ type: DateTimeFilterRef, description: 'On lastEventAt.' }),
  fileBytes: t.field({ type: SafeIntFilterRef, description: 'On size.fileBytes.' }),
  memoryBytes: t.field({ type: SafeIntFilterRef, description: 'On size.memoryBytes.' }),
}));

export const AppReloadFilterRef: InputRef<FilterInput> = subjectFilter(
  'AppReloadFilter',
  'app reloads',
  (t) => ({
    reloadId: t.field({ type: IdFilterRef, description: 'On reloadId.' }),
    appId: t.field({ type: IdFilterRef, description: 'On appId.' }),
    appName: t.field({ type: StringFilterRef, description: 'On appName.' }),
    status: t.field({ type: ReloadStatusFilterRef, description: 'On status.' }),
    occurredAt: t.field({ type: DateTimeFilterRef, description: 'On occurredAt.' }),
    durationMs: t.field({ type: SafeIntFilterRef, description: 'On durationMs.' }),
    peakMemoryBytes: t.field({ type: SafeIntFilterRef, description: 'On peakMemoryBytes.' }),
  }),
);

export const EventFilterRef: InputRef<FilterInput> = subjectFilter('EventFilter', 'events', (t) => ({
  type: t.field({ type: EventTypeFilterRef, description: 'On type.' }),
  typeName: t.field({ type: StringFilterRef, description: 'On typeName.' }),
  source: t.field({ type: StringFilterRef, description: 'On source.' }),
  time: t.field({ type: DateTimeFilterRef, description: 'On time.' }),
  receivedAt: t.field({ type: DateTimeFilterRef, description: 'On receivedAt.' }),
  userId: t.field({ type: IdFilterRef, description: 'On userId.' }),
  ownerId: t.field({ type: IdFilterRef, description: 'On ownerId.' }),
  spaceId: t.field({ type: IdFilterRef, description: 'On spaceId.' }),
  topLevelResourceId: t.field({ type: IdFilterRef, description: 'On topLevelResourceId.' }),
}));
