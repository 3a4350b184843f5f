import type { ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import type { FetchAPI, Plugin } from 'graphql-yoga';
import { Refusal } from '../../domain/refusal.ts';
import { eventOfResult } from '../../execution/live/execute-event.ts';
import { toResultText } from '../../execution/live/result-text.ts';
import { isStream } from '../../execution/operation-stages.ts';
import { toLogCursor } from '../../store/read/log-cursor.ts';
import { acceptsEventStream } from '../accept.ts';
import { toResponse } from '../answer.ts';
import type { ServerContext } from '../identity/server-contexts.ts';
import { ExpiringResults } from './expiring-results.ts';

const NOT_ACCEPTABLE = 'Accept does not admit text/event-stream, the media type of subscriptions.';

/** Proxies close a connection after a minute of silence, some earlier. */
const PING_MS = 12_000;

/**
 * Streams subscriptions as server-sent events: `next` with a result, then `complete`. The `id` of a
 * result is the cursor of its event, so a client with Last-Event-ID resumes after it. A comment
 * follows the head at once, and every 12 s unless bytes are unsent. All subscribers of a result
 * share its text. When the token expires, the last result holds UNAUTHENTICATED. A client that
 * reads nothing for `slowClientSeconds` is disconnected.
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
        return setResultProcessor(refuse, 'application/json');
      }
      const { res, admission } = serverContext as Partial<ServerContext> & { res?: ServerResponse };
      const stallLimit = { ms: slowClientSeconds * 1_000, response: res };
      const process = (_result: unknown, fetchAPI: FetchAPI) => {
        const expiring = new ExpiringResults(results, admission?.expiresAt);
        const body = toEventStream(fetchAPI, expiring, stallLimit, isDraining);
        return new fetchAPI.Response(body, { headers: { 'content-type': 'text/event-stream' } });
      };
      setResultProcessor(process, 'text/event-stream');
    },
    // Also answers that are no subscription, such as errors, for which Yoga sets its own
    // headers.
    onResponse({ response: { headers } }) {
      if (!headers.get('content-type')?.startsWith('text/event-stream')) return;
      headers.delete('content-encoding');
      headers.delete('connection');
      // Caches, compression and proxies (nginx: the last header) must not delay events.
      headers.set('cache-control', 'no-cache, no-transform');
      headers.set('x-accel-buffering', 'no');
    },
  };
}

/**
 * Pulls a result when the client has taken the previous ones. Unsent bytes are in the
 * response, because this stream's `desiredSize` does not show them.
 */
function toEventStream(
  { ReadableStream, TextEncoder }: FetchAPI,
  results: AsyncIterator<ExecutionResult>,
  { ms: stallLimitMs, response }: { ms: number; response: ServerResponse | undefined },
  isDraining: () => boolean,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let takenAt = performance.now();
  let ping: NodeJS.Timeout | undefined;
  let stallCheck: NodeJS.Timeout | undefined;
  const isWaiting = () => (response?.writableLength ?? 0) > 0;
  const stop = () => {
    clearInterval(ping);
    clearInterval(stallCheck);
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const comment = () => controller.enqueue(encoder.encode(':\n\n'));
      // Some clients treat a stream as open only after its first bytes.
      comment();
      ping = setInterval(() => isWaiting() || comment(), PING_MS);
      stallCheck = setInterval(() => {
        if (!isWaiting()) takenAt = performance.now();
        else if (performance.now() - takenAt > stallLimitMs) response?.destroy();
      }, stallLimitMs / 4);
    },
    async pull(controller) {
      takenAt = performance.now();
      try {
        const { done, value } = await results.next();
        if (done === true) {
          stop();
          // A stream that ends because the server stops is not complete: the client
          // reconnects.
          if (!isDraining()) controller.enqueue(encoder.encode('event: complete\ndata:\n\n'));
          controller.close();
          return;
        }
        const event = eventOfResult(value);
        const id = event && `id: ${toLogCursor(event.tenantId, event.position, event.logChecksum)}\n`;
        controller.enqueue(encoder.encode(`${id ?? ''}event: next\ndata: ${toResultText(value)}\n\n`));
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
