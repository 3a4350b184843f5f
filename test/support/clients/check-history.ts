/** The answer for one event of a batch. */
export interface Receipt {
  eventId: string;
  outcome: string;
  position: number;
}

/** One try to send a batch. Times are in milliseconds of one clock. */
export interface Operation {
  writer: number;
  eventIds: readonly string[];
  startedAt: number;
  endedAt: number;
  /**
   * `failed` was answered with a code, `unknown` with nothing. Both may have stored the batch, so
   * both are sent again.
   */
  outcome: 'ok' | 'failed' | 'unknown';
  /** What came instead of receipts. */
  reason?: string;
  receipts: readonly Receipt[];
}

/** The head of the log, as a reader was told. */
export interface HeadSeen {
  startedAt: number;
  endedAt: number;
  head: number;
}

export interface LogEntry {
  position: number;
  eventId: string;
}

/** What clients have done and seen. */
export interface History {
  operations: readonly Operation[];
  heads: readonly HeadSeen[];
  /** Per subscriber what it was sent, over all its connections, in the order delivered. */
  followed: readonly (readonly LogEntry[])[];
  /** The whole log, read at the end. */
  log: readonly LogEntry[];
}

/** Tells everything in a history that breaks a promise of the service; nothing for a good one. */
export function findViolations(history: History): string[] {
  return [
    ...checkLog(history),
    ...checkReceipts(history),
    ...checkOrder(history),
    ...history.followed.flatMap((entries, index) => checkFollowed(entries, history.log, index)),
  ];
}

/** Positions 1 to N without gaps, every event sent is there, and each of them once. */
function checkLog({ operations, log }: History): string[] {
  const sent = new Set(operations.flatMap(({ eventIds }) => eventIds));
  const stored = new Set<string>();
  const violations: string[] = [];
  for (const [index, { position, eventId }] of log.entries()) {
    if (position !== index + 1) violations.push(`position ${position} of the log stands at ${index + 1}`);
    if (stored.has(eventId)) violations.push(`${eventId} is stored twice`);
    if (!sent.has(eventId)) violations.push(`${eventId} is stored and was never sent`);
    stored.add(eventId);
  }
  for (const eventId of sent) if (!stored.has(eventId)) violations.push(`${eventId} is lost`);
  return violations;
}

/** One receipt per event, each true, and STORED at most once. */
function checkReceipts({ operations, log }: History): string[] {
  const acknowledged = new Set<string>();
  const violations: string[] = [];
  for (const { outcome, eventIds, receipts } of operations) {
    if (outcome !== 'ok') continue;
    if (receipts.map(({ eventId }) => eventId).join() !== eventIds.join()) {
      violations.push(`receipts ${receipts.map(({ eventId }) => eventId)} for ${eventIds}`);
    }
    for (const receipt of receipts) {
      const { eventId, position } = receipt;
      if (log[position - 1]?.eventId !== eventId) {
        violations.push(`${eventId} was ${receipt.outcome} at ${position}, where it is not`);
      }
      if (receipt.outcome === 'STORED') {
        if (acknowledged.has(eventId)) violations.push(`${eventId} was STORED twice`);
        acknowledged.add(eventId);
      } else if (receipt.outcome !== 'DUPLICATE') {
        violations.push(`${eventId} was ${receipt.outcome}`);
      }
    }
  }
  return violations;
}

/**
 * What was acknowledged before something else began is seen by it: by a later batch, whichever
 * server took it, and by a later reader.
 */
function checkOrder({ operations, heads }: History): string[] {
  const acknowledged = operations
    .flatMap(({ startedAt, endedAt, receipts }) => {
      const stored = receipts.flatMap(({ outcome, position }) => (outcome === 'STORED' ? [position] : []));
      const known = receipts.map(({ position }) => position);
      return known.length === 0
        ? []
        : [{ startedAt, endedAt, lowest: Math.min(...stored), highest: Math.max(...known) }];
    })
    .concat(
      heads.map(({ head, ...times }) => ({ ...times, lowest: Number.POSITIVE_INFINITY, highest: head })),
    );
  const begun = [
    ...acknowledged.map(({ startedAt, lowest }) => ({ startedAt, seen: lowest - 1, what: 'a later batch' })),
    ...heads.map(({ startedAt, head }) => ({ startedAt, seen: head, what: 'a later reader' })),
  ].sort((a, b) => a.startedAt - b.startedAt);
  const ended = acknowledged.sort((a, b) => a.endedAt - b.endedAt);
  const violations: string[] = [];
  let next = 0;
  let highest = 0;
  for (const { startedAt, seen, what } of begun) {
    for (let before = ended[next]; before !== undefined && before.endedAt < startedAt; before = ended[next]) {
      highest = Math.max(highest, before.highest);
      next += 1;
    }
    if (seen < highest) violations.push(`${what} saw the log end at ${seen}, after ${highest} was told`);
  }
  return violations;
}

/** Each event of the log once, in order. */
function checkFollowed(entries: readonly LogEntry[], log: readonly LogEntry[], index: number): string[] {
  const wrong = log.findIndex(
    ({ position, eventId }, at) => entries[at]?.position !== position || entries[at]?.eventId !== eventId,
  );
  const at = wrong === -1 && entries.length > log.length ? log.length : wrong;
  if (at === -1) return [];
  return [
    `subscriber ${index} got ${JSON.stringify(entries[at])} in place ${at + 1}, not ${JSON.stringify(log[at])}`,
  ];
}
