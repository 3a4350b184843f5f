import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerTasks } from '../answer-tasks.ts';
import { exchange } from '../post.ts';
import { makeRunEventTemplates, toEventText } from './run-events.ts';

/** What the callers' process is to do. */
export interface Calls {
  url: string;
  callers: number;
  batch: number;
  tenants: string[];
  /** Ends after so long, or after so many events. */
  ms: number;
  maxEvents: number;
}

/** What it has seen. */
export interface Called {
  stored: number;
  requests: number;
  rateLimited: number;
  ms: number;
  /** Response times in milliseconds, the 50th and the 99th percentile. */
  p50: number;
  p99: number;
}

const QUERY =
  'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored receipts { outcome position } } }';
const START = `{"query":${JSON.stringify(QUERY)},"variables":{"events":[`;
const END = ']}}';

const templates = makeRunEventTemplates(1, 1_000);
let number = 0;

async function call({ url, callers, batch, tenants, ms, maxEvents }: Calls): Promise<Called> {
  // A connection that was idle since the last task may be closed by now.
  const agent = new Agent({ keepAlive: true });
  const called = { stored: 0, requests: 0, rateLimited: 0 };
  const times: number[] = [];
  const startedAt = performance.now();
  let begun = 0;
  const caller = async () => {
    while (performance.now() - startedAt < ms && begun < maxEvents) {
      begun += batch;
      const events = Array.from({ length: batch }, () => toNextEvent(tenants));
      const body = START + events.join() + END;
      const sentAt = performance.now();
      for (;;) {
        const { text: answer } = await exchange(agent, url, body);
        called.requests += 1;
        const stored = /"stored":(\d+)/.exec(answer);
        if (stored !== null) {
          called.stored += Number(stored[1]);
          break;
        }
        const hint = /"retryAfterMs":(\d+)/.exec(answer);
        if (hint === null) throw new Error(`Not stored: ${answer.slice(0, 500)}`);
        called.rateLimited += 1;
        await sleep(Number(hint[1]));
      }
      times.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  agent.destroy();
  times.sort((a, b) => a - b);
  const percentile = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return { ...called, ms: performance.now() - startedAt, p50: percentile(0.5), p99: percentile(0.99) };
}

function toNextEvent(tenants: string[]): string {
  number += 1;
  const template = templates[number % templates.length] ?? [];
  return toEventText(template, tenants[number % tenants.length] ?? '', number);
}

answerTasks(call);
