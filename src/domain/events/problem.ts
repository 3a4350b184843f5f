/**
 * The errors of an item as a whole, which then becomes no event (README, "Receipt codes").
 * DELIVERY_RECORD is a webhook's record of the delivery of an event.
 */
export type ItemErrorCode =
  | 'NOT_AN_OBJECT'
  | 'DELIVERY_RECORD'
  | 'TOO_LARGE'
  | 'TOO_DEEP'
  | 'MISSING_ID'
  | 'INVALID_ID'
  | 'MISSING_TYPE'
  | 'MISSING_TENANT'
  | 'FORBIDDEN_TENANT'
  | 'ID_CONFLICT';

/** The warnings about a value of a stored event (README, "Receipt codes"). */
export type WarningCode =
  | 'UNREADABLE_VALUE'
  | 'UNKNOWN_ENUM_VALUE'
  | 'MISSING_DATA'
  | 'MISSING_SOURCE'
  | 'MISSING_TIME'
  | 'UNBELIEVABLE_TIME'
  | 'NO_TIME_ZONE'
  | 'RESOURCE_MISMATCH';

/** A problem of an ingested item. `path` is a JSON Pointer into the item as sent. */
export interface Problem<Code extends string = ItemErrorCode | WarningCode> {
  code: Code;
  message: string;
  path: string | undefined;
}
