import type { ExecutionResult, GraphQLError } from 'graphql';
import { CloseCode, type ConnectionInitMessage, MessageType, type SubscribeMessage } from 'graphql-ws';
import type { Logger } from 'pino';
import { Refusal } from '../../domain/refusal.ts';
import { toClientError } from '../../execution/client-error.ts';
import type { PushTarget } from '../../execution/live/broadcast-groups.ts';
import { toErrorPayload, toResultText } from '../../execution/live/result-text.ts';
import type { SubscriptionSlots } from '../../execution/live/subscription-slots.ts';
import { toErrorEntry } from '../answer.ts';
import { type BodyBudget, bodyBudgetExceeded } from '../body-budget.ts';
import type { Yoga } from '../create-yoga.ts';
import type { Admission, Gate } from '../identity/gate.ts';
import { onExpiry } from '../identity/on-expiry.ts';
import { parseMessage, toValidMessage } from './client-message.ts';
import type { ClientSocket } from './client-socket.ts';
import { type Operation, prepareOperation } from './prepare-operation.ts';

/** How long a client may take to send `connection_init`. */
const INIT_MS = 3_000;
/** A pong returns the payload of its ping up to so many characters. */
const MAX_PONG = 4_096;
/** The longest reason of a close frame, in bytes. */
const MAX_REASON = 123;

export interface ConnectionParts {
  yoga: Yoga;
  log: Logger;
  /** Decides whether a client may proceed. */
  gate: Gate;
  /** Operations in progress on one WebSocket. */
  maxConnectionOperations: number;
  /** Limits the connections of each tenant. */
  slots: SubscriptionSlots;
  /** Limits the bytes of messages being handled. */
  bodyBudget: BodyBudget;
  /** After how long a client may send a message again that exceeded the budget. */
  retryAfterMs: () => number;
}

/** An operation in progress. It has ended when `#operations` no longer maps its id to it. */
interface RunningOperation {
  id: string;
  /** The results of a subscription. */
  stream?: AsyncIterator<unknown>;
}

type State = 'opened' | 'initialising' | 'acknowledged';

/**
 * The server's side of graphql-transport-ws on one socket. The protocol is handled here and
 * not by graphql-ws's server, of which only the validation of messages is used: results of
 * subscriptions are sent as texts that equal subscribers share, and a client may use an id
 * again at once after it has completed an operation, while results of the earlier one are
 * still on their way.
 *
 * States: opened → initialising (`connection_init` received) → acknowledged. Operations are
 * accepted in the last one. A wrong message closes the socket with a code of the protocol.
 */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #socket: ClientSocket;
  readonly #operations = new Map<string, RunningOperation>();
  /** Queries and mutations in progress. */
  readonly #requests = new Set<Promise<void>>();
  #state: State = 'opened';
  /** Set once the connection is acknowledged. */
  #admission: Admission | undefined;

  constructor(socket: ClientSocket, parts: ConnectionParts) {
    this.#parts = parts;
    this.#socket = socket;
    const initTimer = setTimeout(() => {
      if (this.#state === 'opened') {
        socket.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
      }
    }, INIT_MS);
    socket.onEnd(() => {
      clearTimeout(initTimer);
      for (const id of [...this.#operations.keys()]) this.#complete(id);
    });
  }

  /** Handles a message; resolves when it is handled and its answer is sent. */
  async receive(data: Buffer): Promise<void> {
    const { log, bodyBudget, retryAfterMs } = this.#parts;
    const socket = this.#socket;
    if (!socket.isOpen) return;
    if (!socket.takeMessage()) return socket.refuse(4422);
    const message = parseMessage(data);
    if (!bodyBudget.hold(message, data.length)) {
      const { id, type } = message;
      const isNew = type === 'subscribe' && typeof id === 'string' && !this.#operations.has(id);
      if (!isNew) return socket.refuse(4422);
      return socket.push(toErrorText(id, [toErrorEntry(bodyBudgetExceeded(retryAfterMs()))]));
    }
    try {
      await this.#handle(toValidMessage(message));
    } catch (err) {
      log.error({ err }, 'a WebSocket message failed');
      socket.close(CloseCode.InternalServerError, 'Internal server error');
    } finally {
      bodyBudget.free(message);
    }
  }

  /** Stops reading messages; resolves once no query and no mutation is in progress. */
  async finishRequests(): Promise<void> {
    this.#socket.stopReading();
    await Promise.allSettled(this.#requests);
  }

  async #handle(message: ReturnType<typeof toValidMessage>): Promise<void> {
    switch (message?.type) {
      case MessageType.ConnectionInit:
        return this.#initialise(message);
      case MessageType.Ping:
        return this.#pong(message.payload);
      case MessageType.Pong:
        return undefined;
      case MessageType.Subscribe:
        return this.#subscribe(message);
      case MessageType.Complete:
        return this.#complete(message.id);
      default:
        return this.#socket.close(CloseCode.BadRequest, 'Invalid message received');
    }
  }

  async #initialise({ payload }: ConnectionInitMessage): Promise<void> {
    const { gate, slots } = this.#parts;
    const socket = this.#socket;
    if (this.#state !== 'opened') {
      return socket.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
    }
    this.#state = 'initialising';
    const admission = await gate(payload?.authorization, payload?.tenantId);
    if (admission instanceof Refusal) return socket.refuse(admission.isTemporary ? 1013 : 4403);
    // A client that names no usable tenant gets an error for each operation.
    const release = slots.take(
      await admission
        .toCaller()
        .actingTenant()
        .catch(() => ''),
    );
    if (release === undefined) return socket.refuse(4420);
    socket.onEnd(release);
    socket.onEnd(onExpiry(admission.expiresAt, () => socket.refuse(4403)));
    this.#admission = admission;
    this.#state = 'acknowledged';
    return socket.send(JSON.stringify({ type: MessageType.ConnectionAck }));
  }

  #pong(payload: unknown): void {
    // A client that does not read needs no more pongs.
    if (!this.#socket.isReady) return;
    const text = payload === undefined ? undefined : JSON.stringify(payload);
    const isSmall = text !== undefined && text.length <= MAX_PONG;
    this.#socket.push(isSmall ? `{"type":"pong","payload":${text}}` : '{"type":"pong"}');
  }

  async #subscribe({ id, payload }: SubscribeMessage): Promise<void> {
    const { maxConnectionOperations } = this.#parts;
    const socket = this.#socket;
    const admission = this.#admission;
    if (admission === undefined) return socket.close(CloseCode.Unauthorized, 'Unauthorized');
    if (this.#operations.has(id)) {
      const reason = `Subscriber for ${id} already exists`;
      const isShort = Buffer.byteLength(reason) <= MAX_REASON;
      return socket.close(CloseCode.SubscriberAlreadyExists, isShort ? reason : 'Subscriber already exists');
    }
    const running: RunningOperation = { id };
    this.#operations.set(id, running);
    try {
      if (this.#operations.size > maxConnectionOperations) return socket.refuse(4421);
      const operation = prepareOperation(this.#parts, admission, payload);
      if (!('run' in operation)) return await this.#endWithErrors(running, operation);
      const results = this.#sendResults(running, operation);
      if (operation.isSubscription) return await results;
      this.#requests.add(results);
      return await results.finally(() => this.#requests.delete(results));
    } finally {
      if (this.#isRunning(running)) this.#operations.delete(id);
    }
  }

  async #sendResults(running: RunningOperation, operation: Operation): Promise<void> {
    try {
      const result = await operation.run(this.#toPushTarget(running));
      if (Symbol.asyncIterator in result) await this.#sendStream(running, result);
      else await this.#sendResult(running, result);
    } catch (error) {
      return this.#endWithErrors(running, [toClientError(error, this.#parts.log)]);
    }
    if (!this.#isRunning(running)) return;
    this.#operations.delete(running.id);
    await this.#socket.send(JSON.stringify({ id: running.id, type: MessageType.Complete }));
  }

  async #sendStream(running: RunningOperation, results: AsyncIterable<ExecutionResult>): Promise<void> {
    const stream = results[Symbol.asyncIterator]();
    if (!this.#isRunning(running)) {
      await stream.return?.();
      return;
    }
    running.stream = stream;
    for (let next = await stream.next(); next.done !== true; next = await stream.next()) {
      await this.#sendResult(running, next.value);
    }
  }

  async #sendResult(running: RunningOperation, result: ExecutionResult): Promise<void> {
    if (!this.#isRunning(running)) return;
    if (result.errors?.some(({ extensions }) => extensions.tooManySubscriptions === true)) {
      return this.#socket.refuse(4421);
    }
    await this.#socket.send(`${toNextStart(running.id)}${toResultText(result)}}`);
  }

  async #endWithErrors(running: RunningOperation, errors: readonly GraphQLError[]): Promise<void> {
    if (!this.#isRunning(running)) return;
    this.#operations.delete(running.id);
    await this.#socket.send(toErrorText(running.id, errors.map(toErrorPayload)));
  }

  /** Where an operation's results are pushed to while its own stream is parked. */
  #toPushTarget(running: RunningOperation): PushTarget {
    const start = toNextStart(running.id);
    const socket = this.#socket;
    return {
      get isReady() {
        return socket.isReady;
      },
      send: (text) => socket.push(`${start}${text}}`),
    };
  }

  #isRunning(running: RunningOperation): boolean {
    return this.#operations.get(running.id) === running;
  }

  /** Ends an operation without a message to the client. */
  #complete(id: string): void {
    const running = this.#operations.get(id);
    this.#operations.delete(id);
    void running?.stream?.return?.();
  }
}

function toNextStart(id: string): string {
  return `{"id":${JSON.stringify(id)},"type":"next","payload":`;
}

function toErrorText(id: string, payload: readonly object[]): string {
  return JSON.stringify({ id, type: MessageType.Error, payload });
}
