import type { ExecutionResult } from 'graphql';
import { Refusal } from '../../domain/refusal.ts';
import { type LogStream, placeBefore, placeOf } from '../../feed/log-stream.ts';
import type { EventDelivery } from '../../graphql/live/delivery.ts';
import type { DeliveryReport } from '../../metrics/service-metrics.ts';
import type { LogPlace } from '../../store/read/log-cursor.ts';
import { isOtherChecksum } from '../../store/tables/log-checksum.ts';
import { type Execution, executeEvent } from './execute-event.ts';
import { toResultText } from './result-text.ts';

/** Receives a report when an event has been handed to the sockets of subscribers. */
export type OnDelivery = (report: DeliveryReport) => void;

/** A client that receives results without pulling them: a WebSocket. */
export interface PushTarget {
  /** Whether the client has received almost everything sent before. */
  readonly isReady: boolean;
  /** Sends the JSON text of a result. */
  send(text: string): void;
}

/** A subscriber whose own stream is parked while the group delivers. */
export interface GroupMember {
  push: PushTarget;
  /** Resumes the subscriber's own stream after a place, or ends it with the failure. */
  resume(after: LogPlace, failure?: Refusal): void;
}

/**
 * A broadcast group: equal subscribers at the head of a log, served by one stream. A result is
 * pushed to every member at once. A member that is not ready for a result leaves the group,
 * and its own stream resumes before that result.
 */
class BroadcastGroup {
  readonly #members = new Set<GroupMember>();
  readonly #source: LogStream<EventDelivery>;
  readonly #execution: Execution;
  readonly #onEnd: () => void;
  readonly #onDelivery: OnDelivery | undefined;
  readonly #since = Date.now();
  /** Every member has received everything up to this place. */
  #place: LogPlace = { position: 0, checksum: null };
  #hasEnded = false;

  constructor(
    source: LogStream<EventDelivery>,
    execution: Execution,
    onEnd: () => void,
    onDelivery: OnDelivery | undefined,
  ) {
    this.#source = source;
    this.#execution = execution;
    this.#onEnd = onEnd;
    this.#onDelivery = onDelivery;
    void this.#run();
  }

  /** Adds a subscriber at a place; false unless the group waits there. */
  join(member: GroupMember, after: LogPlace): boolean {
    const place = this.#source.idleAt;
    if (this.#hasEnded || place === undefined || !isSamePlace(place, after)) return false;
    this.#members.add(member);
    this.#place = place;
    return true;
  }

  leave(member: GroupMember): void {
    this.#members.delete(member);
    if (this.#members.size === 0) this.#end();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd();
    void this.#source.return();
  }

  async #run(): Promise<void> {
    let lostEvents: Refusal | undefined;
    try {
      for await (const event of this.#source) {
        const result = await executeEvent(this.#execution, event, () => !this.#hasEnded);
        if (result === undefined) break;
        this.#broadcast(result, event);
      }
    } catch (failure) {
      // A member's own stream would join another group before it notices that its log has lost
      // events. Every other failure the member's own stream meets itself, and reports it.
      if (failure instanceof Refusal && failure.code === 'BAD_CURSOR') lostEvents = failure;
    }
    this.#end();
    for (const member of [...this.#members]) this.#release(member, this.#place, lostEvents);
  }

  #broadcast(result: ExecutionResult, { event }: EventDelivery): void {
    const text = toResultText(result);
    let count = 0;
    for (const member of [...this.#members]) {
      if (member.push.isReady) {
        member.push.send(text);
        count += 1;
      } else this.#release(member, placeBefore(event));
    }
    if (count > 0) this.#onDelivery?.({ field: this.#source.field, event, since: this.#since, count });
    this.#place = placeOf(event);
    if (this.#members.size === 0) this.#end();
  }

  #release(member: GroupMember, after: LogPlace, failure?: Refusal): void {
    this.#members.delete(member);
    member.resume(after, failure);
  }
}

function isSamePlace(one: LogPlace, other: LogPlace): boolean {
  return one.position === other.position && !isOtherChecksum(one.checksum, other.checksum);
}

/** The broadcast groups of a server, by group key. */
export class BroadcastGroups {
  readonly #groups = new Map<string, BroadcastGroup>();
  readonly #onDelivery: OnDelivery | undefined;

  constructor(onDelivery: OnDelivery | undefined) {
    this.#onDelivery = onDelivery;
  }

  /**
   * Adds a subscriber at the head of its log to the group of the key; the first one starts the
   * group from its own stream. Returns a function that leaves the group, or undefined while
   * the group is at another position.
   */
  join(
    key: string,
    member: GroupMember,
    after: LogPlace,
    ownStream: LogStream<EventDelivery>,
    execution: Execution,
  ): (() => void) | undefined {
    const group = this.#groups.get(key) ?? this.#start(key, ownStream, execution);
    return group.join(member, after) ? () => group.leave(member) : undefined;
  }

  #start(key: string, ownStream: LogStream<EventDelivery>, execution: Execution): BroadcastGroup {
    const onEnd = () => {
      if (this.#groups.get(key) === group) this.#groups.delete(key);
    };
    const group = new BroadcastGroup(ownStream.toShared(), execution, onEnd, this.#onDelivery);
    this.#groups.set(key, group);
    return group;
  }
}
