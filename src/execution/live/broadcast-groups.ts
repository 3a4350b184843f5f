import type { ExecutionResult } from 'graphql';
import type { LogStream } from '../../feed/log-stream.ts';
import type { EventDelivery } from '../../graphql/live/delivery.ts';
import { type Execution, eventOfResult, executeEvent } from './execute-event.ts';
import { toResultText } from './result-text.ts';

/** How a subscriber is given results without being asked: a socket. */
export interface Push {
  /** Whether it has taken what was sent to it before. */
  readonly isReady: boolean;
  /** Sends a result's text. */
  send(text: string): void;
}

/** A subscriber whose own stream is parked while it is in a group. */
export interface Member {
  push: Push;
  /** Lets its own stream go on behind a position. */
  resume(after: number): void;
}

/**
 * Equal subscribers at the head of a log: one stream for all of them. What it brings is sent to each at once, without a stream, an
 * iterator and promises each. Whoever is not ready when something comes leaves the group and goes on with a stream of its own,
 * at its own pace, until it is at the head again.
 */
class LiveGroup {
  readonly #members = new Set<Member>();
  readonly #source: LogStream<EventDelivery>;
  readonly #execution: Execution;
  readonly #onEnd: () => void;
  /** All of its members have everything up to here. */
  #at = 0;
  #isOver = false;

  constructor(source: LogStream<EventDelivery>, execution: Execution, onEnd: () => void) {
    this.#source = source;
    this.#execution = execution;
    this.#onEnd = onEnd;
    void this.#run();
  }

  /** Takes in a subscriber that has everything up to a position, if the group is waiting there too. */
  join(member: Member, after: number): boolean {
    if (this.#isOver || this.#source.idleAt !== after) return false;
    this.#members.add(member);
    this.#at = after;
    return true;
  }

  leave(member: Member): void {
    this.#members.delete(member);
    if (this.#members.size === 0) this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd();
    void this.#source.return();
  }

  async #run(): Promise<void> {
    try {
      for await (const event of this.#source) {
        const result = await executeEvent(this.#execution, event, () => !this.#isOver);
        if (result === undefined) break;
        this.#send(result);
      }
    } catch {
      // Each of the members meets the same, and tells its client.
    }
    this.#end();
    for (const member of [...this.#members]) this.#let(member, this.#at);
  }

  #send(result: ExecutionResult): void {
    const position = eventOfResult(result)?.position ?? 0;
    const text = toResultText(result);
    for (const member of [...this.#members]) {
      if (member.push.isReady) member.push.send(text);
      else this.#let(member, position - 1);
    }
    this.#at = position;
    if (this.#members.size === 0) this.#end();
  }

  #let(member: Member, after: number): void {
    this.#members.delete(member);
    member.resume(after);
  }
}

/** The groups of a server, by what their members have in common. */
export class LiveGroups {
  readonly #groups = new Map<string, LiveGroup>();

  /**
   * Joins a subscriber that has everything up to the head of its log to the others with the same key; gives the way to leave, or
   * undefined where the group is somewhere else at this moment.
   */
  join(
    key: string,
    member: Member,
    after: number,
    own: LogStream<EventDelivery>,
    execution: Execution,
  ): (() => void) | undefined {
    const group = this.#groups.get(key) ?? this.#begin(key, own, execution);
    return group.join(member, after) ? () => group.leave(member) : undefined;
  }

  #begin(key: string, own: LogStream<EventDelivery>, execution: Execution): LiveGroup {
    const group: LiveGroup = new LiveGroup(own.fork(), execution, () => {
      if (this.#groups.get(key) === group) this.#groups.delete(key);
    });
    this.#groups.set(key, group);
    return group;
  }
}
