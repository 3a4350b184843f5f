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
    runId: t.field({ type: IdFilterRef, description: "Matches the run's Qlik id." }),
    automationId: t.field({ type: IdFilterRef, description: "Matches the Qlik id of the run's automation." }),
    title: t.field({ type: StringFilterRef, description: 'Matches the title of the run.' }),
    status: t.field({ type: StatusFilterRef, description: 'Matches the status of the run.' }),
    outcome: t.field({ type: OutcomeFilterRef, description: 'Matches the outcome of the run.' }),
    context: t.field({ type: ContextFilterRef, description: 'Matches what started the run.' }),
    billable: t.field({ type: BooleanFilterRef, description: 'Matches whether the run is billable.' }),
    isTestRun: t.field({ type: BooleanFilterRef, description: 'Matches whether the run is a test run.' }),
    isArchived: t.field({ type: BooleanFilterRef, description: 'Matches whether the run is archived.' }),
    executedById: t.field({ type: IdFilterRef, description: "Matches the Qlik id of the run's executor." }),
    ownerId: t.field({ type: IdFilterRef, description: "Matches the Qlik id of the run's owner." }),
    spaceId: t.field({ type: IdFilterRef, description: "Matches the Qlik id of the run's space." }),
    occurredAt: t.field({
      type: DateTimeFilterRef,
      description: 'Matches the time of the run (`occurredAt`).',
    }),
    startTime: t.field({ type: DateTimeFilterRef, description: 'Matches when the run started.' }),
    stopTime: t.field({ type: DateTimeFilterRef, description: 'Matches when the run stopped.' }),
    createdAt: t.field({ type: DateTimeFilterRef, description: 'Matches when the run was created.' }),
    durationMs: t.field({
      type: SafeIntFilterRef,
      description: 'Matches the milliseconds from start to stop.',
    }),
    queuedMs: t.field({
      type: SafeIntFilterRef,
      description: 'Matches the milliseconds from creation to start.',
    }),
    totalApiCalls: t.field({ type: SafeIntFilterRef, description: 'Matches the API calls of the run.' }),
    rxBytes: t.field({ type: SafeIntFilterRef, description: 'Matches the bytes that the run received.' }),
    txBytes: t.field({ type: SafeIntFilterRef, description: 'Matches the bytes that the run sent.' }),
    someBlock: t.field({ type: BlockFilterRef, description: 'Matches runs with at least one such block.' }),
  }),
);

export const BlockFilterRef: InputRef<FilterInput> = subjectFilter('BlockFilter', 'blocks', (t) => ({
  type: t.field({ type: BlockTypeFilterRef, description: 'Matches the kind of the block.' }),
  blockName: t.field({ type: StringFilterRef, description: 'Matches the name of the block.' }),
  connectorId: t.field({ type: IdFilterRef, description: "Matches the Qlik id of the block's connector." }),
  endpointId: t.field({ type: IdFilterRef, description: "Matches the Qlik id of the block's endpoint." }),
  snippetId: t.field({ type: IdFilterRef, description: "Matches the Qlik id of the block's snippet." }),
  apiCalls: t.field({ type: SafeIntFilterRef, description: 'Matches the API calls of the block.' }),
  rxBytes: t.field({ type: SafeIntFilterRef, description: 'Matches the bytes that the block received.' }),
  txBytes: t.field({ type: SafeIntFilterRef, description: 'Matches the bytes that the block sent.' }),
  durationMs: t.field({ type: SafeIntFilterRef, description: 'Matches the run time of the block, in ms.' }),
  run: t.field({ type: AutomationRunFilterRef, description: 'Matches blocks of such runs.' }),
}));

export const AutomationFilterRef: InputRef<FilterInput> = subjectFilter(
  'AutomationFilter',
  'automations',
  (t) => ({
    automationId: t.field({ type: IdFilterRef, description: "Matches the automation's Qlik id." }),
    name: t.field({ type: StringFilterRef, description: 'Matches the name of the automation.' }),
    lastRunAt: t.field({ type: DateTimeFilterRef, description: 'Matches the time of the newest run.' }),
  }),
);

export const AppFilterRef: InputRef<FilterInput> = subjectFilter('AppFilter', 'apps', (t) => ({
  appId: t.field({ type: IdFilterRef, description: "Matches the app's Qlik id." }),
  name: t.field({ type: StringFilterRef, description: 'Matches the name of the app.' }),
  ownerId: t.field({ type: IdFilterRef, description: "Matches the Qlik id of the app's owner." }),
  spaceId: t.field({ type: IdFilterRef, description: "Matches the Qlik id of the app's space." }),
  originAppId: t.field({ type: IdFilterRef, description: "Matches the Qlik id of the app's origin." }),
  isPublished: t.field({ type: BooleanFilterRef, description: 'Matches whether the app is published.' }),
  hasSectionAccess: t.field({
    type: BooleanFilterRef,
    description: 'Matches whether the app uses section access.',
  }),
  createdDate: t.field({ type: DateTimeFilterRef, description: 'Matches when the app was created.' }),
  modifiedDate: t.field({ type: DateTimeFilterRef, description: 'Matches when the app was last modified.' }),
  lastReloadTime: t.field({
    type: DateTimeFilterRef,
    description: 'Matches when the app was last reloaded.',
  }),
  lastEventAt: t.field({
    type: DateTimeFilterRef,
    description: "Matches the time of the app's newest event.",
  }),
  fileBytes: t.field({ type: SafeIntFilterRef, description: 'Matches the size on disk, in bytes.' }),
  memoryBytes: t.field({ type: SafeIntFilterRef, description: 'Matches the size in memory, in bytes.' }),
}));

export const AppReloadFilterRef: InputRef<FilterInput> = subjectFilter(
  'AppReloadFilter',
  'app reloads',
  (t) => ({
    reloadId: t.field({ type: IdFilterRef, description: "Matches the reload's Qlik id." }),
    appId: t.field({ type: IdFilterRef, description: 'Matches the Qlik id of the reloaded app.' }),
    appName: t.field({
      type: StringFilterRef,
      description: "Matches the app's name at the time of the reload.",
    }),
    status: t.field({ type: ReloadStatusFilterRef, description: 'Matches how the reload ended.' }),
    occurredAt: t.field({
      type: DateTimeFilterRef,
      description: 'Matches the time of the reload (`occurredAt`).',
    }),
    durationMs: t.field({ type: SafeIntFilterRef, description: 'Matches the duration in milliseconds.' }),
    peakMemoryBytes: t.field({
      type: SafeIntFilterRef,
      description: 'Matches the peak memory use, in bytes.',
    }),
  }),
);

export const EventFilterRef: InputRef<FilterInput> = subjectFilter('EventFilter', 'events', (t) => ({
  type: t.field({ type: EventTypeFilterRef, description: 'Matches the type of the event.' }),
  typeName: t.field({ type: StringFilterRef, description: 'Matches the name of the type as sent.' }),
  source: t.field({ type: StringFilterRef, description: 'Matches the source of the event as sent.' }),
  time: t.field({ type: DateTimeFilterRef, description: 'Matches when the event happened.' }),
  receivedAt: t.field({ type: DateTimeFilterRef, description: 'Matches when the event was received.' }),
  userId: t.field({ type: IdFilterRef, description: "Matches the Qlik id of the event's user." }),
  ownerId: t.field({ type: IdFilterRef, description: "Matches the Qlik id of the resource's owner." }),
  spaceId: t.field({ type: IdFilterRef, description: "Matches the Qlik id of the resource's space." }),
  topLevelResourceId: t.field({ type: IdFilterRef, description: 'Matches the Qlik id of the resource.' }),
}));
