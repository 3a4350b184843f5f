/**
 * What can be wrong with an ingested item as a whole; the item is not stored (contract, "Receipt problem
 * codes"). DELIVERY_RECORD is a webhook's record about the delivery of an event.
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

/**
 * What can be wrong with one value of a stored event; the raw value is kept (contract, "Receipt problem
 * codes").
 */
export type WarningCode =
  | 'UNREADABLE_VALUE'
  | 'UNKNOWN_ENUM_VALUE'
  | 'MISSING_DATA'
  | 'MISSING_SOURCE'
  | 'MISSING_TIME'
  | 'UNBELIEVABLE_TIME'
  | 'NO_TIME_ZONE'
  | 'RESOURCE_MISMATCH';

/** One finding about one ingested item. `path` is a JSON Pointer into the item as sent. */
export interface Problem<Code extends string = ItemErrorCode | WarningCode> {
  code: Code;
  message: string;
  path: string | undefined;
}
