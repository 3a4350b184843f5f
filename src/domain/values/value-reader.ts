import type { Problem, WarningCode } from '../events/problem.ts';
import { type Instant, isZeroInstant, parseInstant } from './instant.ts';
import { isJsonObject, isNone, type JsonValue, type Place, toPointer } from './json.ts';
import { isId, isStorableText } from './text.ts';

/** The most warnings of one event, so that hostile lists do not create millions of them. */
export const MAX_WARNINGS = 1000;

const NUMERIC = /^\s*\d+(?:\.0*)?\s*$/;

/**
 * Reads documented values leniently. Absent values, null and "" are missing values. An
 * unreadable value counts as missing, and adds a warning with its path. Nothing throws.
 * Collects the first MAX_WARNINGS warnings of one event.
 */
export class ValueReader {
  readonly warnings: Problem<WarningCode>[] = [];

  warn(code: WarningCode, message: string, path: string): undefined {
    if (this.warnings.length < MAX_WARNINGS) this.warnings.push({ code, message, path });
    return undefined;
  }

  /** Reads a text of any length. */
  text(place: Place, key: string): string | undefined {
    return this.value(place, key, 'a text', (value) =>
      typeof value === 'string' && isStorableText(value) ? value : undefined,
    );
  }

  /** Reads an id of up to 256 characters. */
  id(place: Place, key: string): string | undefined {
    return this.value(place, key, 'an id of 1 to 256 characters', (value) =>
      isId(value) ? value : undefined,
    );
  }

  /** Reads true or false, also as a string in any case. */
  flag(place: Place, key: string): boolean | undefined {
    return this.value(place, key, 'true or false', (value) => {
      const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
      if (word === true || word === 'true') return true;
      return word === false || word === 'false' ? false : undefined;
    });
  }

  /** Reads a count, size or duration: a whole number from 0 to 2^53−1, also as a string. */
  count(place: Place, key: string): number | undefined {
    return this.value(place, key, 'a whole number from 0 to 2^53−1', (value) => {
      const number = typeof value === 'string' && NUMERIC.test(value) ? Number(value) : value;
      return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0
        ? number + 0
        : undefined;
    });
  }

  /** Reads a time. Go's zero time is missing. Without an offset it is UTC, with a warning. */
  instant(place: Place, key: string): Instant | undefined {
    return this.instantValue(place.object[key], toPointer(place.path, key));
  }

  /** Like `instant`, for a value that was found before. */
  instantValue(value: JsonValue | undefined, path: string): Instant | undefined {
    if (isNone(value)) return undefined;
    const parsed = typeof value === 'string' ? parseInstant(value) : undefined;
    if (parsed === undefined) return this.warn('UNREADABLE_VALUE', 'This is not an RFC 3339 time.', path);
    if (isZeroInstant(parsed.instant)) return undefined;
    if (!parsed.zoned) this.warn('NO_TIME_ZONE', 'The time names no time zone; it is read as UTC.', path);
    return parsed.instant;
  }

  /** Reads an enum value in any case, with any separators; else UNKNOWN, with a warning. */
  word<Word extends string>(
    place: Place,
    key: string,
    words: ReadonlyMap<string, Word>,
  ): { word: Word | 'UNKNOWN'; name: string } | undefined {
    const name = this.text(place, key);
    if (name === undefined) return undefined;
    const word = words.get(name) ?? words.get(toWordKey(name));
    if (word === undefined) {
      this.warn('UNKNOWN_ENUM_VALUE', 'This value is not among the known ones.', toPointer(place.path, key));
    }
    return { word: word ?? 'UNKNOWN', name };
  }

  /** Reads an object below this one. Any other value adds a warning. */
  object(place: Place, key: string): Place | undefined {
    return this.value(place, key, 'an object', (value) =>
      isJsonObject(value) ? { object: value, path: toPointer(place.path, key) } : undefined,
    );
  }

  /** Reads a list. Any other value adds a warning. */
  list(place: Place, key: string): JsonValue[] | undefined {
    return this.value(place, key, 'a list', (value) => (Array.isArray(value) ? value : undefined));
  }

  private value<T>(
    place: Place,
    key: string,
    expected: string,
    read: (value: JsonValue) => T | undefined,
  ): T | undefined {
    const value = place.object[key];
    if (value === undefined || isNone(value)) return undefined;
    const result = read(value);
    if (result !== undefined) return result;
    return this.warn('UNREADABLE_VALUE', `This is not ${expected}.`, toPointer(place.path, key));
  }
}

/** Removes case and separators, as in "Finished With Warnings" or "finished_with_warnings". */
export function toWordKey(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** Maps enum values by their word keys. */
export function toWords<Word extends string>(words: readonly Word[]): Map<string, Word> {
  return new Map(words.map((word) => [toWordKey(word), word]));
}
