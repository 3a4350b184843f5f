import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';
import { countFields, toFragments } from './fields.ts';
import { useOperationCheck } from './operation-check.ts';

/** Rows that one operation may ask for: the product of page sizes on the way down, added up. */
const MAX_ROWS = 100_000;
/** Levels of selections; introspection is not counted. */
const MAX_DEPTH = 16;

/**
 * Fields, those of a fragment as often as it is spread: a few fragments that spread one another
 * twice are millions.
 */
const MAX_FIELDS = 10_000;

/**
 * Fields of the root: each takes statements and connections of its own, at the same time as the
 * others.
 */
const MAX_ROOT_FIELDS = 15;
/**
 * Lists and statistics wherever they stand: each is a statement at least, for all rows that it
 * stands below.
 */
const MAX_LISTS = 50;

const STATISTICS = ['automationRunStats', 'blockStats', 'appReloadStats', 'runStats'];

/** Sizes of pages and lists: what is taken where none is given, and the most there can be. */
const SIZES = new Map<string, { default: number; max: number }>([
  ...[
    'automationRuns',
    'automations',
    'blocks',
    'apps',
    'appReloads',
    'events',
    'quarantinedEvents',
    'runs',
    'reloads',
  ].map((name) => [name, { default: 20, max: 100 }] as const),
  ...STATISTICS.map((name) => [name, { default: 1_000, max: 10_000 }] as const),
  ['nodes', { default: 100, max: 100 }] as const,
]);

/**
 * Rows of statistics that count where nothing is listed below them: they are small, and all parents
 * have 10,000 together.
 */
const MAX_PLAIN_STATISTICS = 100;

/** The arguments that part statistics into rows. */
const PARTING = new Set(['groupBy', 'interval']);

interface Operation {
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  variables: ReadonlyMap<string, number>;
  /** What a fragment costs where it is spread once. */
  known: Map<string, number>;
}

/**
 * Refuses an operation that asks for too much, before anything is read: page sizes multiply on the
 * way down, and a hundred characters can ask for millions of rows. Throws QUERY_TOO_COMPLEX.
 */
function checkCost(
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: unknown,
): void {
  const operation = getOperationAST(document, operationName);
  if (!operation) return;
  const fragments = toFragments(document);
  const rows = countRows(
    operation.selectionSet,
    { fragments, variables: toNumbers(operation, variables), known: new Map() },
    1,
  );
  if (rows > MAX_ROWS) {
    throw refuse(`The operation asks for up to ${rows} rows, more than ${MAX_ROWS}; take smaller pages.`);
  }
  const fields = countFields(operation, fragments);
  if (fields > MAX_FIELDS) throw refuse(`The operation has ${fields} fields, more than ${MAX_FIELDS}.`);
  const lists = countFields(operation, fragments, { which: isList });
  if (lists > MAX_LISTS) {
    throw refuse(`The operation has ${lists} lists and statistics, more than ${MAX_LISTS}.`);
  }
  const atRoot = countFields(operation, fragments, { below: false });
  if (atRoot > MAX_ROOT_FIELDS) {
    throw refuse(`The operation has ${atRoot} fields at its root, more than ${MAX_ROOT_FIELDS}.`);
  }
}

/** Rows below one row; each field that is a page or a list multiplies what is below it. */
function countRows(set: SelectionSetNode, operation: Operation, depth: number): number {
  if (depth > MAX_DEPTH) throw refuse(`The operation is deeper than ${MAX_DEPTH} levels.`);
  return set.selections.reduce((sum, selection) => {
    if (selection.kind === Kind.FIELD) return sum + countField(selection, operation, depth);
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return sum + countRows(selection.selectionSet, operation, depth);
    return sum + countFragment(selection.name.value, operation, depth);
  }, 0);
}

function countField(field: FieldNode, operation: Operation, depth: number): number {
  const name = field.name.value;
  if (field.selectionSet === undefined || name.startsWith('__')) return 0;
  const below = countRows(field.selectionSet, operation, depth + 1);
  const size = toSize(field, operation);
  if (size === undefined) return below;
  // What is listed below a row of statistics is not small, so there every row counts.
  const counted = below === 0 && STATISTICS.includes(name) ? Math.min(size, MAX_PLAIN_STATISTICS) : size;
  return counted * (1 + below);
}

function countFragment(name: string, operation: Operation, depth: number): number {
  const known = operation.known.get(`${depth} ${name}`);
  if (known !== undefined) return known;
  const fragment = operation.fragments.get(name);
  const rows = fragment === undefined ? 0 : countRows(fragment.selectionSet, operation, depth);
  operation.known.set(`${depth} ${name}`, rows);
  return rows;
}

function isList({ name, arguments: args = [] }: FieldNode): boolean {
  return SIZES.has(name.value) && (name.value !== 'nodes' || args.length > 0);
}

/**
 * The page size of a field; undefined for one that is no page. `nodes` below a connection has no
 * ids, so it is none either.
 */
function toSize(field: FieldNode, { variables }: Operation): number | undefined {
  const name = field.name.value;
  const sizes = SIZES.get(name);
  const args = field.arguments ?? [];
  if (sizes === undefined || !isList(field)) return undefined;
  // Statistics that are parted by nothing are one row.
  if (STATISTICS.includes(name) && !args.some(({ name }) => PARTING.has(name.value))) return 1;
  for (const { name: argument, value } of args) {
    if (argument.value !== 'first' && argument.value !== 'last') continue;
    const size = value.kind === Kind.VARIABLE ? variables.get(value.name.value) : toNumber(value);
    if (size !== undefined && size > 0) return Math.min(size, sizes.max);
  }
  return sizes.default;
}

/**
 * The variables that are numbers, as sent or by their defaults. Nothing has checked them yet;
 * whatever else they are is no size.
 */
function toNumbers(operation: OperationDefinitionNode, variables: unknown): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    const fallback = defaultValue && toNumber(defaultValue);
    if (fallback !== undefined) numbers.set(variable.name.value, fallback);
  }
  for (const [name, value] of Object.entries(variables ?? {})) {
    if (typeof value === 'number') numbers.set(name, value);
    // A null that is sent is no size, whatever the default of the variable.
    else if (value === null) numbers.delete(name);
  }
  return numbers;
}

function toNumber(value: ValueNode): number | undefined {
  return value.kind === Kind.INT ? Number(value.value) : undefined;
}

function refuse(message: string): Refusal {
  return new Refusal('QUERY_TOO_COMPLEX', message);
}

/** Checks the cost of every operation, on every transport. */
export function useCostLimit(): Plugin {
  return useOperationCheck(({ document, operationName, variableValues }) => {
    try {
      checkCost(document, operationName, variableValues);
      return [];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return [toGraphqlError(error)];
    }
  });
}
