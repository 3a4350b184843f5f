import type {
  AutomationRunContext,
  AutomationRunOutcome,
  AutomationRunStatus,
  BlockType,
} from '../../domain/runs/automation-run.ts';
import { builder } from '../builder.ts';
import { describeValues } from '../describe-values.ts';

export const AutomationRunStatusRef = builder.enumType('AutomationRunStatus', {
  description: 'The state of a run as Qlik tells it; read from any spelling (`finished with warnings`).',
  values: describeValues<AutomationRunStatus>({
    NOT_STARTED: 'Not started.',
    QUEUED: 'Waiting for its start.',
    STARTING: 'About to start.',
    RUNNING: 'Running.',
    MUST_STOP: 'Asked to stop.',
    STOPPED: 'Stopped before its end. Final.',
    FINISHED: 'Finished without a problem. Final.',
    FINISHED_WITH_WARNINGS: 'Finished, with warnings. Final.',
    FAILED: 'Failed. Final.',
    EXCEEDED_LIMIT: 'Ended because a limit was exceeded. Final.',
    UNKNOWN: 'Not sent, or a word that this version does not know; see `statusName`.',
  }),
});

export const AutomationRunOutcomeRef = builder.enumType('AutomationRunOutcome', {
  description: 'What a status means.',
  values: describeValues<AutomationRunOutcome>({
    SUCCESS: 'FINISHED.',
    WARNING: 'FINISHED_WITH_WARNINGS.',
    FAILURE: 'FAILED or EXCEEDED_LIMIT.',
    STOPPED: 'STOPPED or MUST_STOP.',
    PENDING: 'Not over yet: NOT_STARTED, QUEUED, STARTING or RUNNING.',
    UNKNOWN: 'The status is unknown.',
  }),
});

export const AutomationRunContextRef = builder.enumType('AutomationRunContext', {
  description: 'What started a run.',
  values: describeValues<AutomationRunContext>({
    TEST_RUN: 'A test run; lists are not processed in full.',
    EDITOR: 'The editor.',
    DETAIL: "The automation's detail page.",
    API_SYNC: 'A synchronous API call.',
    API_ASYNC: 'An asynchronous API call.',
    WEBHOOK: 'A webhook.',
    LOOKUP: 'A look-up in the editor.',
    API: 'An API call. Sent by Qlik although its list does not name it.',
    INTERACTIVE: 'A person. Sent by Qlik although its list does not name it.',
    SCHEDULER: 'A schedule. Sent by Qlik although its list does not name it.',
    UNKNOWN: 'A word that this version does not know; see `contextName`.',
  }),
});

export const BlockTypeRef = builder.enumType('BlockType', {
  description: 'The kind of a block.',
  values: describeValues<BlockType>({
    SNIPPET_BLOCK: 'A block of a snippet.',
    ENDPOINT_BLOCK: "A call of a connector's endpoint.",
    BASE_BLOCK: 'A block of the automation itself, such as a condition or a loop.',
    UNKNOWN: 'Not sent, or a word that this version does not know; see `typeName`.',
  }),
});
