/** What the contract has and this version does not: brought by later versions, so this list only ever shrinks. */
export const LATER: readonly string[] = [
  'FIELD_REMOVED: Mutation.discardQuarantinedEvents was removed.',
  'FIELD_REMOVED: Mutation.retryQuarantinedEvents was removed.',
  'FIELD_REMOVED: Query.quarantinedEvents was removed.',
  'TYPE_REMOVED: DiscardQuarantinedEventsInput was removed.',
  'TYPE_REMOVED: DiscardQuarantinedEventsPayload was removed.',
  'TYPE_REMOVED: QuarantinedEvent was removed.',
  'TYPE_REMOVED: QuarantinedEventConnection was removed.',
  'TYPE_REMOVED: QuarantinedEventEdge was removed.',
  'TYPE_REMOVED: RetryQuarantinedEventsInput was removed.',
];
