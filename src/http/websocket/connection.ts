import { CloseCode, type ConnectionInitMessage, MessageType, type SubscribeMessage } from 'graphql-ws';
import type { Logger } from 'pino';
import { Refusal } from '../../domain/refusal.ts';
import { isDeeperThan, type JsonValue, MAX_LEVELS } from '../../domain/values/json.ts';
import type { SubscriptionSlots } from '../../execution/live/subscription-slots.ts';
import { toGraphqlError } from '../../graphql/refusal-error.ts';
import { RequestIds } from '../../graphql/request-ids.ts';
import { toErrorEntry } from '../answer.ts';
import { type BodyBudget, bodyBudgetExceeded } from '../body-budget.ts';
import type { Yoga } from '../create-yoga.ts';
import type { CallerRates } from '../identity/caller-rates.ts';
import type { Admission, Gate } from '../identity/gate.ts';
import { onExpiry } from '../identity/on-expiry.ts';
import type { DocumentSource } from '../persisted/persisted-queries.ts';
import { parseMessage, toValidMessage } from './client-message.ts';
import type { ClientSocket } from './client-socket.ts';
import { prepareOperation } from './prepare-operation.ts';
import { RunningOperation, toErrorText } from './running-operation.ts';

/** How long a client may take to send `connection_init`. */
const INIT_MS = 3_000;
/** The largest message before `connection_init` is acknowledged, in bytes: room for any token. */
const MAX_FIRST_BYTES = 262_144;
/** The close code of RFC 6455 for a message that is too large. */
const TOO_LARGE = 1009;
/** A pong returns the payload of its ping up to so many characters. */
const MAX_PONG = 4_096;
/** The longest reason of a close frame, in bytes. */
const MAX_REASON = 123;

export interface ConnectionParts {
  yoga: Yoga;
  log: Logger;
  /** Finds the documents that operations name. */
  documents: DocumentSource;
  /** Counts what callers send. */
  rates: CallerRates;
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

/**
 * The server's side of graphql-transport-ws on one socket. The protocol is handled here and
 * not by graphql-ws's server, of which only the validation of messages is used: results of
 * subscriptions are sent as texts that equal subscribers share, and a client may use an id
 * again at once after it has completed an operation, while results of the earlier one are
 * still on their way.
 *
 * Operations are accepted once `connection_init` is acknowledged. A wrong message closes the
 * socket with a code of the protocol.
 */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #ids = new RequestIds();
  readonly #socket: ClientSocket;
  readonly #operations = new Map<string, RunningOperation>();
  /** Queries and mutations in progress. */
  readonly #requests = new Set<Promise<void>>();
  #hasInitialised = false;
  /** Set once the connection is acknowledged. */
  #admission: Admission | undefined;

  readonly #address: string | undefined;

  /** `address` is the client's. */
  constructor(socket: ClientSocket, address: string | undefined, parts: ConnectionParts) {
    this.#parts = parts;
    this.#address = address;
    this.#socket = socket;
    const initTimer = setTimeout(() => {
      if (!this.#hasInitialised) {
        socket.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
      }
    }, INIT_MS);
    socket.onEnd(() => {
      clearTimeout(initTimer);
      for (const running of [...this.#operations.values()]) running.end();
    });
  }

  /** Handles a message; resolves when it is handled and its answer is sent. */
  async receive(data: Buffer): Promise<void> {
    const { log, bodyBudget, retryAfterMs } = this.#parts;
    const socket = this.#socket;
    if (!socket.isOpen) return;
    if (!socket.takeMessage()) return socket.refuse(4422);
    if (this.#admission === undefined && data.length > MAX_FIRST_BYTES) {
      return socket.close(TOO_LARGE, 'The message is too large before connection_ack');
    }
    const message = parseMessage(data);
    if (!bodyBudget.hold(message, data.length)) {
      const { id, type } = message;
      const isNew = type === 'subscribe' && typeof id === 'string' && !this.#operations.has(id);
      if (!isNew) return socket.refuse(4422);
      return socket.push(toErrorText(id, [toErrorEntry(bodyBudgetExceeded(retryAfterMs()))]));
    }
    try {
      await this.#handle(toValidMessage(message), data.length);
    } catch (err) {
      log.error({ err, requestId: this.#ids.requestId }, 'a WebSocket message failed');
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

  async #handle(message: ReturnType<typeof toValidMessage>, size: number): Promise<void> {
    switch (message?.type) {
      case MessageType.ConnectionInit:
        return this.#initialise(message);
      case MessageType.Ping:
        return this.#pong(message.payload, size);
      case MessageType.Pong:
        return undefined;
      case MessageType.Subscribe:
        return this.#subscribe(message);
      case MessageType.Complete:
        return this.#operations.get(message.id)?.end();
      default:
        return this.#socket.close(CloseCode.BadRequest, 'Invalid message received');
    }
  }

  async #initialise({ payload }: ConnectionInitMessage): Promise<void> {
    const { gate, slots } = this.#parts;
    const socket = this.#socket;
    if (this.#hasInitialised) {
      return socket.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
    }
    this.#hasInitialised = true;
    const admission = await gate(payload?.authorization, payload?.tenantId, this.#address);
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
    return socket.send(JSON.stringify({ type: MessageType.ConnectionAck }));
  }

  /** `size` is that of the ping in bytes, so that a large payload is not written as text. */
  #pong(payload: ConnectionInitMessage['payload'], size: number): void {
    // A client that does not read needs no more pongs.
    if (!this.#socket.isReady) return;
    const isLost =
      payload === undefined || size > 4 * MAX_PONG || isDeeperThan(payload as JsonValue, MAX_LEVELS);
    const text = isLost ? undefined : JSON.stringify(payload);
    const isSmall = text !== undefined && text.length <= MAX_PONG;
    this.#socket.push(isSmall ? `{"type":"pong","payload":${text}}` : '{"type":"pong"}');
  }

  async #subscribe({ id, payload }: SubscribeMessage): Promise<void> {
    const { log, maxConnectionOperations, rates } = this.#parts;
    const socket = this.#socket;
    const admission = this.#admission;
    if (admission === undefined) return socket.close(CloseCode.Unauthorized, 'Unauthorized');
    if (this.#operations.has(id)) {
      const reason = `Subscriber for ${id} already exists`;
      const isShort = Buffer.byteLength(reason) <= MAX_REASON;
      return socket.close(CloseCode.SubscriberAlreadyExists, isShort ? reason : 'Subscriber already exists');
    }
    const running = new RunningOperation(id, socket, () => this.#operations.delete(id));
    this.#operations.set(id, running);
    try {
      if (this.#operations.size > maxConnectionOperations) return socket.refuse(4421);
      const refusal = rates.takeOperation(admission.callerKey);
      if (refusal !== undefined) return await running.endWithErrors([toGraphqlError(refusal)]);
      const ids = this.#ids.forOperation();
      const operation = prepareOperation(this.#parts, admission, payload, ids);
      if (!('run' in operation)) return await running.endWithErrors(operation);
      const results = running.run(operation, log, ids);
      if (operation.isSubscription) return await results;
      this.#requests.add(results);
      return await results.finally(() => this.#requests.delete(results));
    } finally {
      running.end();
    }
  }
}
