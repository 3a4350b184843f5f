import { readdirSync, readFileSync } from 'node:fs';
import { type DocumentNode, getOperationAST, parse, print, separateOperations } from 'graphql';
import { OTHER_OPERATION } from '../metrics/service-metrics.ts';

const root = new URL('../../schema/operations/', import.meta.url);

/**
 * Names the operations of known documents: those of `schema/operations`, the stored ones, and those
 * of the dashboard and of this project's programs. An operation is compared by its text and that of
 * its fragments, without layout and comments. The name that a client sends decides nothing, so
 * clients cannot add names.
 */
export class KnownOperations {
  /** The texts of the known operations of each name. */
  readonly #texts = new Map<string, Set<string>>();
  readonly #cache = new WeakMap<DocumentNode, Map<string, string>>();

  /** Reads `schema/operations`; `documents` are further known ones. */
  constructor(documents: Iterable<string>) {
    const files = readdirSync(root).filter((file) => file.endsWith('.graphql'));
    const own = files.map((file) => readFileSync(new URL(file, root), 'utf8'));
    for (const document of [...own, ...documents]) {
      for (const [name, operation] of Object.entries(separateOperations(parse(document)))) {
        if (name === '') continue;
        const texts = this.#texts.get(name) ?? new Set();
        this.#texts.set(name, texts.add(print(operation)));
      }
    }
  }

  /** Returns the name of a known operation, and `other` for every other one. */
  nameOf(document: DocumentNode, operationName: string | null | undefined): string {
    const key = operationName ?? '';
    const ofDocument = this.#cache.get(document);
    const cached = ofDocument?.get(key);
    if (cached !== undefined) return cached;
    const name = this.#find(document, operationName);
    this.#cache.set(document, (ofDocument ?? new Map<string, string>()).set(key, name));
    return name;
  }

  #find(document: DocumentNode, operationName: string | null | undefined): string {
    const name = getOperationAST(document, operationName)?.name?.value ?? '';
    const texts = this.#texts.get(name);
    if (texts === undefined) return OTHER_OPERATION;
    const operation = separateOperations(document)[name];
    return operation !== undefined && texts.has(print(operation)) ? name : OTHER_OPERATION;
  }
}
