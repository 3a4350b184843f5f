import type {
  AutomationRunContext,
  AutomationRunOutcome,
  AutomationRunStatus,
  BlockType,
} from '../../domain/runs/automation-run.ts';
import { builder } from '../builder.ts';
import { describeValues } from '../describe-values.ts';

export const AutomationRunStatusRef = builder.enumType('AutomationRunStatus', {
  description:
    'The status of a run as Qlik reports it. Any spelling is recognized (`finished with warnings`).',
  values: describeValues<AutomationRunStatus>({
    NOT_STARTED: 'The run has not started.',
    QUEUED: 'The run waits to start.',
    STARTING: 'The run is starting.',
    RUNNING: 'The run is running.',
    MUST_STOP: 'The run was asked to stop.',
    STOPPED: 'The run was stopped before its end. Final.',
    FINISHED: 'The run finished without warnings. Final.',
    FINISHED_WITH_WARNINGS: 'The run finished with warnings. Final.',
    FAILED: 'The run failed. Final.',
    EXCEEDED_LIMIT: 'The run was ended because it exceeded a limit. Final.',
    UNKNOWN: 'No status was sent, or this version does not know it; see `statusName`.',
  }),
});

export const AutomationRunOutcomeRef = builder.enumType('AutomationRunOutcome', {
  description: 'The result of a run, derived from its status.',
  values: describeValues<AutomationRunOutcome>({
    SUCCESS: 'The status is FINISHED.',
    WARNING: 'The status is FINISHED_WITH_WARNINGS.',
    FAILURE: 'The status is FAILED or EXCEEDED_LIMIT.',
    STOPPED: 'The status is STOPPED or MUST_STOP.',
    PENDING: 'The run has not ended. The status is NOT_STARTED, QUEUED, STARTING or RUNNING.',
    UNKNOWN: 'The status is UNKNOWN.',
  }),
});

export const AutomationRunContextRef = builder.enumType('AutomationRunContext', {
  description: 'What started a run.',
  values: describeValues<AutomationRunContext>({
    TEST_RUN: 'A test run, which does not process lists in full.',
    EDITOR: 'The editor.',
    DETAIL: "The automation's detail page.",
    API_SYNC: 'A synchronous API call.',
    API_ASYNC: 'An asynchronous API call.',
    WEBHOOK: 'A webhook.',
    LOOKUP: 'A lookup in the editor.',
    API: 'An API call. Qlik sends it, although its documentation does not list it.',
    INTERACTIVE: 'A person. Qlik sends it, although its documentation does not list it.',
    SCHEDULER: 'A schedule. Qlik sends it, although its documentation does not list it.',
    UNKNOWN: 'This version does not know the value; see `contextName`.',
  }),
});

export const BlockTypeRef = builder.enumType('BlockType', {
  description: 'The kind of a block.',
  values: describeValues<BlockType>({
    SNIPPET_BLOCK: 'A block of a snippet.',
    ENDPOINT_BLOCK: "A block that calls a connector's endpoint.",
    BASE_BLOCK: 'A block of the automation itself, such as a condition or a loop.',
    UNKNOWN: 'No kind was sent, or this version does not know it; see `typeName`.',
  }),
});
