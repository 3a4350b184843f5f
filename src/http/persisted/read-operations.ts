import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Documents by the SHA-256 of their text, in lower-case hexadecimal digits. */
export type PersistedOperations = ReadonlyMap<string, string>;

/**
 * Reads the file of PERSISTED_OPERATIONS: `{ "<sha256>": "<document>" }`. Returns what is wrong
 * with it, entry by entry. Whether the documents fit the schema is checked at start.
 */
export function readPersistedOperations(path: string): {
  operations: PersistedOperations;
  problems: string[];
} {
  const none = (problem: string) => ({ operations: new Map(), problems: [problem] });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (failure) {
    const reason = failure instanceof Error && 'code' in failure ? failure.code : failure;
    return none(`the file ${path} cannot be read (${reason})`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return none(`the file ${path} is not JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return none(`the file ${path} is not a JSON object of documents by their SHA-256`);
  }
  const entries = Object.entries(value);
  const problems = entries.flatMap(([hash, document]) => {
    const problem = findProblem(hash, document);
    return problem === undefined ? [] : [`${JSON.stringify(hash)} ${problem}`];
  });
  return { operations: new Map(entries), problems };
}

function findProblem(hash: string, document: unknown): string | undefined {
  if (typeof document !== 'string') return 'is not the hash of a text';
  const expected = toDocumentHash(document);
  return hash === expected ? undefined : `is not the SHA-256 of its document, which is ${expected}`;
}

/** Returns the SHA-256 of a document, in lower-case hexadecimal digits. */
function toDocumentHash(document: string): string {
  return createHash('sha256').update(document).digest('hex');
}
