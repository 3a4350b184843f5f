import type { ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import type { FetchAPI, Plugin } from 'graphql-yoga';
import { Refusal } from '../../domain/refusal.ts';
import { eventOfResult } from '../../execution/live/execute-event.ts';
import { toResultText } from '../../execution/live/result-text.ts';
import { toLogCursor } from '../../store/read/log-cursor.ts';
import { acceptsEventStream } from '../accept.ts';
import { toResponse } from '../answer.ts';

const NOT_ACCEPTABLE = 'A subscription is answered with text/event-stream.';

/** Proxies end a connection that is silent for a minute, some earlier. */
const PING_MS = 12_000;

/**
 * Streams subscriptions as server-sent events: `next` with the result and, as `id`, the cursor of its event, so that a
 * client that returns with Last-Event-ID continues after it; then `complete`. A comment follows the head at once, and
 * every 12 s of silence. The text of a result is shared by all subscribers of it. A client that reads nothing for
 * `slowClientSeconds` is cut off.
 */
export function useEventStreams(slowClientSeconds: number, isDraining: () => boolean): Plugin {
  return {
    onResultProcess({ request, result, serverContext, setResultProcessor }) {
      if (!isStream(result)) return;
      const results = result[Symbol.asyncIterator]();
      if (!acceptsEventStream(request.headers.get('accept'))) {
        void results.return?.();
        const refuse = (_result: unknown, fetchAPI: FetchAPI) =>
          toResponse(fetchAPI, new Refusal('BAD_REQUEST', NOT_ACCEPTABLE), 406);
        return setResultProcessor(refuse as never, 'application/json');
      }
      const { res } = serverContext as { res?: ServerResponse };
      const patience = { ms: slowClientSeconds * 1_000, response: res };
      const process = (_result: unknown, fetchAPI: FetchAPI) => {
        const body = toEventStream(fetchAPI, results, patience, isDraining);
        const headers = {
          'content-type': 'text/event-stream',
          // Neither a cache nor a proxy's compression or buffer (nginx reads the last one) may hold events back.
          'cache-control': 'no-cache, no-transform',
          'x-accel-buffering': 'no',
        };
        return new fetchAPI.Response(body, { headers });
      };
      setResultProcessor(process as never, 'text/event-stream');
    },
  };
}

function isStream(result: unknown): result is AsyncIterable<ExecutionResult> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}

/**
 * Pulls a result when the client has taken the last ones. What it has not taken waits in the response: the stream's own `desiredSize`
 * is always the same here.
 */
function toEventStream(
  { ReadableStream, TextEncoder }: FetchAPI,
  results: AsyncIterator<ExecutionResult>,
  { ms: patienceMs, response }: { ms: number; response: ServerResponse | undefined },
  isDraining: () => boolean,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let takenAt = performance.now();
  let ping: NodeJS.Timeout | undefined;
  let look: NodeJS.Timeout | undefined;
  const isWaiting = () => (response?.writableLength ?? 0) > 0;
  const stop = () => {
    clearInterval(ping);
    clearInterval(look);
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const comment = () => controller.enqueue(encoder.encode(':\n\n'));
      // Some clients wait for the first bytes before they count the stream as open.
      comment();
      ping = setInterval(() => isWaiting() || comment(), PING_MS);
      look = setInterval(() => {
        if (!isWaiting()) takenAt = performance.now();
        else if (performance.now() - takenAt > patienceMs) response?.destroy();
      }, patienceMs / 4);
    },
    async pull(controller) {
      takenAt = performance.now();
      try {
        const { done, value } = await results.next();
        if (done === true) {
          stop();
          // One that ends because the server stops is not complete: its client is to go on elsewhere.
          if (!isDraining()) controller.enqueue(encoder.encode('event: complete\ndata:\n\n'));
          controller.close();
          return;
        }
        const event = eventOfResult(value);
        const id = event === undefined ? '' : `id: ${toLogCursor(event.tenantId, event.position)}\n`;
        controller.enqueue(encoder.encode(`${id}event: next\ndata: ${toResultText(value)}\n\n`));
      } catch (failure) {
        stop();
        controller.error(failure);
      }
    },
    async cancel() {
      stop();
      await results.return?.();
    },
  });
}
