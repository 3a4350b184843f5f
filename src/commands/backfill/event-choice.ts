import {
  EVENT_CATALOGUE,
  EVENT_TYPES,
  toEntry,
  toEventType,
  toTypeKey,
} from '../../domain/events/event-types.ts';

/*
 * The choice is made here and not by the parameter `eventType` of Qlik's audit API. That parameter
 * takes one exact name, while one type has a dozen spellings (with and without version, five
 * namespaces), and the archive has no such parameter. Reading each page once is cheaper than a
 * request per spelling and day, and it finds spellings that are not known yet.
 */

/** The events that a backfill sends. */
export interface EventChoice {
  isWanted(typeKey: string): boolean;
  /** Whether every modelled event is sent, so that days can be compared with the audit log. */
  isComplete: boolean;
  /** Identifies the choice in the progress file. */
  name: string;
}

/** Returns whether this version models events with a type key. */
export function isModelled(typeKey: string): boolean {
  return toEventType(typeKey) !== 'OTHER';
}

/**
 * Parses the values of `--types`: names in any spelling, types of the API, or `all`.
 * Several are separated by commas. Without a value the modelled types are chosen. Returns the first
 * text that is no type as a problem.
 */
export function parseEventChoice(values: readonly string[]): EventChoice | { problem: string } {
  if (values.length === 0) return { isWanted: isModelled, isComplete: true, name: 'modelled' };
  const names = values.flatMap((value) => value.split(',')).map((name) => name.trim());
  if (names.length === 1 && names[0] === 'all')
    return { isWanted: () => true, isComplete: true, name: 'all' };
  const problem = names.find((name) => name === 'all' || !/^[A-Za-z0-9][\w.-]{0,255}$/.test(name));
  if (problem !== undefined) return { problem };
  const keys = new Set(names.flatMap(toTypeKeys));
  const name = [...keys].toSorted().join(',');
  return { isWanted: (typeKey) => keys.has(typeKey), isComplete: false, name };
}

function toTypeKeys(name: string): readonly string[] {
  const type = EVENT_TYPES.find((candidate) => candidate === name);
  if (type !== undefined && type in EVENT_CATALOGUE) return toEntry(type).names;
  return [toTypeKey(name.startsWith('com.qlik.') ? name : `com.qlik.${name}`)];
}
