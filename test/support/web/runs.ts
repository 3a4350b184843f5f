import { runEvent } from '../events/events.ts';

export const TENANT = 'the-tenant';
export const HOSTILE = '<img src=x onerror="globalThis.hacked = 1">{{constructor}}';

const HOUR = 3_600_000;
const STATUSES = ['finished', 'finished', 'finished', 'failed', 'finished with warnings'];

/** Makes the run with a number: the higher, the longer ago. Every fifth run failed. */
export function toRun(number: number, data: Record<string, unknown> = {}): Record<string, unknown> {
  const start = Date.now() - 10_000 - (number * HOUR) / 4;
  const durationMs = 1_000 + number * 10;
  const automation = number % 7;
  return runEvent(
    TENANT,
    {
      id: `run-${number}`,
      title: automation === 6 ? HOSTILE : `Automation ${automation}`,
      status: STATUSES[number % STATUSES.length],
      context: number % 2 === 0 ? 'scheduler' : 'webhook',
      createdAt: new Date(start - 500).toISOString(),
      startTime: new Date(start).toISOString(),
      stopTime: new Date(start + durationMs).toISOString(),
      totalApiCalls: number,
      network: { rxBytes: number * 1_000, txBytes: number * 10 },
      blocks: [
        {
          type: 'endpointBlock',
          blockName: 'List records',
          apiCalls: number,
          duration: 400,
          connectorId: 'crm',
        },
        { type: 'snippetBlock', blockName: 'Send message', apiCalls: 1, duration: 600, connectorId: 'chat' },
      ],
      ...data,
    },
    {
      id: `event-of-run-${number}`,
      time: new Date(start + durationMs).toISOString(),
      toplevelresourceid: `automation-${automation}`,
    },
  );
}

/** Makes the runs with the numbers from 0. */
export const toRuns = (count: number) => Array.from({ length: count }, (_, number) => toRun(number));
