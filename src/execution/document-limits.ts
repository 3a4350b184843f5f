import {
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  GraphQLError,
  Kind,
  type ParseOptions,
  parse,
  type SelectionSetNode,
  type Source,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';

/*
 * The limits of a document's text. They apply before validation, whose time grows with the square
 * of some of these numbers, and each check is linear in the text. `cost.ts` limits what remains:
 * levels, fields and rows with fragments expanded.
 */

/** The most characters. Comments and strings of any length are one token. */
const MAX_CHARACTERS = 100_000;
/** The most tokens. They limit the time and the stack of the parser. */
const MAX_TOKENS = 2_000;
/** The most selections inside each other, fields and inline fragments. */
const MAX_NESTING = 24;
/** The most aliases, those of `__typename` included. */
const MAX_ALIASES = 15;
const MAX_DIRECTIVES = 5;
/** The most fields of one name. Validation compares each pair of them. */
const MAX_SAME_NAME = 100;

/** Parses with the limits of a document, on every transport. */
export function useDocumentLimits(): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn(parseDocument);
    },
    onValidate() {
      return ({ result, setResult }) => {
        // The rule about overlapping fields stops at a budget of its own.
        const isAborted = result.some(({ message }) => message === 'Validation aborted.');
        if (isAborted) setResult([tooComplex('repeats too many fields')]);
      };
    },
  };
}

/** Parses a document. Throws QUERY_TOO_COMPLEX if it exceeds a limit. */
export function parseDocument(source: string | Source, options?: ParseOptions): DocumentNode {
  const text = typeof source === 'string' ? source : source.body;
  if (text.length > MAX_CHARACTERS) {
    throw tooComplex(`has more than ${MAX_CHARACTERS} characters; send events as variables`);
  }
  const document = parseTokens(source, options);
  const { nesting, aliases, directives, sameName } = countParts(document);
  if (nesting > MAX_NESTING) throw tooComplex(`nests selections deeper than ${MAX_NESTING} levels`);
  if (aliases > MAX_ALIASES) throw tooComplex(`has ${aliases} aliases, more than ${MAX_ALIASES}`);
  if (directives > MAX_DIRECTIVES) {
    throw tooComplex(`has ${directives} directives, more than ${MAX_DIRECTIVES}`);
  }
  if (sameName > MAX_SAME_NAME) {
    throw tooComplex(`selects a field ${sameName} times, more than ${MAX_SAME_NAME}`);
  }
  return document;
}

function parseTokens(source: string | Source, options?: ParseOptions): DocumentNode {
  try {
    return parse(source, { ...options, maxTokens: MAX_TOKENS });
  } catch (error) {
    if (!(error instanceof GraphQLError) || !/more tha[nt] \d+ tokens/.test(error.message)) throw error;
    throw tooComplex(`has more than ${MAX_TOKENS} tokens; send events as variables`);
  }
}

/** Returns the refusal of a document; `excess` says what it has too much of. */
function tooComplex(excess: string): GraphQLError {
  const refusal = new Refusal('QUERY_TOO_COMPLEX', `The document ${excess}.`);
  return toGraphqlError(refusal, { status: 400, spec: true });
}

interface Parts {
  /** The deepest selection, fragments not expanded. */
  nesting: number;
  aliases: number;
  directives: number;
  /** The number of fields with the most frequent name. */
  sameName: number;
}

/** Counts the parts of a document as it is written: a fragment counts once. */
function countParts(document: DocumentNode): Parts {
  const parts: Parts = { nesting: 0, aliases: 0, directives: 0, sameName: 0 };
  const names = new Map<string, number>();

  function countSelections({ selections }: SelectionSetNode, depth: number): void {
    parts.nesting = Math.max(parts.nesting, depth);
    for (const selection of selections) {
      countDirectives(selection);
      if (selection.kind === Kind.FIELD) {
        if (selection.alias !== undefined) parts.aliases += 1;
        const name = selection.alias?.value ?? selection.name.value;
        const times = (names.get(name) ?? 0) + 1;
        names.set(name, times);
        parts.sameName = Math.max(parts.sameName, times);
      }
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet !== undefined) {
        countSelections(selection.selectionSet, depth + 1);
      }
    }
  }

  function countDirectives(node: ASTNode & { readonly directives?: readonly DirectiveNode[] | undefined }) {
    parts.directives += node.directives?.length ?? 0;
  }

  for (const definition of document.definitions) {
    countDirectives(definition);
    if ('variableDefinitions' in definition) definition.variableDefinitions?.forEach(countDirectives);
    if ('selectionSet' in definition) countSelections(definition.selectionSet, 1);
  }
  return parts;
}
