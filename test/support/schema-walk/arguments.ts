import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
} from 'graphql';
import {
  ALPHA,
  BRAVO,
  COMPARED_DAY,
  SHARED,
  SHARED_SOURCE,
  toCanaryEvents,
  toCanaryNames,
} from '../events/canaries.ts';
import { IS_FULL, toDose } from '../run/dose.ts';
import { type Filter, listConditions } from './conditions.ts';
import type { Findings } from './findings.ts';
import type { Field } from './selections.ts';

/** The values of one field's arguments; an undefined one is left out. */
export type Arguments = Record<string, unknown>;

/** What the walk has learnt of the caller's tenant and of the other one. */
export interface Knowledge {
  own: Findings;
  foreign: Findings;
  pageSize: number;
}

/** How one argument, or one field of an input object, is used. */
interface Rule {
  /** The value that every operation has, if any. */
  base?: (knowledge: Knowledge, type: GraphQLInputType) => unknown;
  /** Further values that name nothing of the other tenant. */
  own?: (type: GraphQLInputType, knowledge: Knowledge) => unknown[];
  /** Values of the other tenant. */
  foreign?: (knowledge: Knowledge, field: Field, type: GraphQLInputType) => unknown[];
}

/** How many ids of each field of the other tenant are looked up one by one. */
const IDS = toDose({ short: 1, full: 20 });
/** How many cursors of other lists are tried. */
const CURSORS = toDose({ short: 5, full: 50 });
/** Conditions per filter of many; a filter has at most 500. */
const CONDITIONS = 150;

const foreignIds: Rule['foreign'] = ({ foreign }) => foreign.sampleIds(IDS);
const names = (type: GraphQLInputType) => {
  const named = getNamedType(type);
  return isEnumType(named) ? named.getValues().map(({ name }) => name) : [];
};

/** The rules by `Type.field(argument)`, `InputType.field`, or else the name of the argument. */
const RULES: Record<string, Rule> = {
  first: { base: ({ pageSize }) => pageSize },
  last: {},
  after: { foreign: listForeignCursors },
  before: { foreign: listForeignCursors },
  where: { foreign: ({ foreign }, _field, type) => listForeignFilters(type, foreign) },
  orderBy: { own: listOrders },
  groupBy: { base: (_knowledge, type) => names(type), own: (type) => names(type).map((name) => [name]) },
  interval: { base: () => 'DAY', own: names },
  fill: {},
  timeZone: { own: () => ['Europe/Berlin'], foreign: () => [BRAVO.mark] },
  includeDeleted: { base: () => true },
  clientMutationId: {},
  'Query.app(appId)': { base: () => `${SHARED}-app`, foreign: foreignIds },
  'Query.automation(automationId)': { base: () => `${SHARED}-automation`, foreign: foreignIds },
  'Query.automationRun(runId)': { base: () => `${SHARED}-run`, foreign: foreignIds },
  'Query.event(source)': { base: () => SHARED_SOURCE, foreign: foreignIds },
  'Query.event(eventId)': { base: () => `${SHARED}-event-1`, foreign: foreignIds },
  'Query.event(type)': { own: names },
  'Query.node(id)': {
    base: ({ own }) => own.globalIds('AutomationRun')[0] ?? '',
    own: (_type, { own }) => own.sampleIds(1),
    foreign: foreignIds,
  },
  'Query.nodes(ids)': {
    base: ({ own }) => own.globalIds().slice(0, 100),
    foreign: ({ foreign }) => toChunks(foreign.ids, 100),
  },
  'IngestEventsInput.events': {
    // Events that are stored already: asking again changes nothing.
    base: () => toCanaryEvents(ALPHA),
    foreign: () => [toCanaryEvents(BRAVO), toCanaryEvents(BRAVO, ' of a stranger')],
  },
  'IngestEventsInput.origin': { own: names },
  'IngestEventsInput.dryRun': { own: () => [true] },
  'Query.coverage(from)': { base: () => COMPARED_DAY },
  'Query.coverage(to)': { base: () => COMPARED_DAY },
  'RecordCoverageInput.days': {
    foreign: () => [[{ tenantId: BRAVO.tenantId, date: '2026-11-02', upstreamCount: 5, storedCount: 5 }]],
  },
  'CoverageDayInput.tenantId': { base: () => ALPHA.tenantId, foreign: () => [BRAVO.tenantId] },
  // A day that no query reads, because recording changes the time of the comparison.
  'CoverageDayInput.date': { base: () => '2026-11-02' },
  'CoverageDayInput.upstreamCount': { base: () => 1 },
  'CoverageDayInput.storedCount': { base: () => 1 },
  // A name that is stored already: setting it again changes nothing.
  'SetNamesInput.names': {
    foreign: () => [[{ ...toCanaryNames(BRAVO)[0], name: `${ALPHA.mark} name` }], toCanaryNames(BRAVO)],
  },
  'NameInput.tenantId': { base: () => ALPHA.tenantId, foreign: () => [BRAVO.tenantId] },
  'NameInput.kind': { base: () => 'USER' },
  'NameInput.id': { base: () => `${ALPHA.mark}-owner`, foreign: () => [`${BRAVO.mark}-owner`] },
  'NameInput.name': { base: () => `${ALPHA.mark} USER ${ALPHA.mark} É` },
  'RetryQuarantinedEventsInput.ids': { foreign: ({ foreign }) => toChunks(foreign.globalIds(), 100) },
  'RetryQuarantinedEventsInput.after': { foreign: ({ foreign }) => foreign.allPageCursors.slice(-CURSORS) },
  'DiscardQuarantinedEventsInput.ids': {
    base: () => ['unknown'],
    foreign: ({ foreign }) => toChunks(foreign.globalIds(), 100),
  },
};

function findRule(coordinate: string, name: string): Rule {
  const rule = RULES[coordinate] ?? RULES[name];
  if (rule === undefined) throw new Error(`The walk has no rule for the argument ${coordinate}.`);
  return rule;
}

/** The arguments that a field always has. An argument without a rule fails. */
export function toBase(parent: string, field: Field, knowledge: Knowledge): Arguments {
  const entries = field.args.map(({ name, type }) => [
    name,
    toBaseValue(`${parent}.${field.name}(${name})`, name, type, knowledge),
  ]);
  return Object.fromEntries(entries);
}

function toBaseValue(
  coordinate: string,
  name: string,
  type: GraphQLInputType,
  knowledge: Knowledge,
): unknown {
  const input = toInput(type);
  if (input === undefined) return findRule(coordinate, name).base?.(knowledge, type);
  const fields = Object.values(input.getFields()).map((field) => [
    field.name,
    toBaseValue(`${input.name}.${field.name}`, field.name, field.type, knowledge),
  ]);
  return Object.fromEntries(fields);
}

/** Lists the arguments of a field that differ from the base in one value of the caller. */
export function listOwn(parent: string, field: Field, knowledge: Knowledge): Arguments[] {
  const base = toBase(parent, field, knowledge);
  return field.args.flatMap(({ name, type }) => {
    const rule = toInput(type) ? {} : findRule(`${parent}.${field.name}(${name})`, name);
    const changed = (rule.own?.(type, knowledge) ?? []).map((value) => ({ ...base, [name]: value }));
    if (name === 'fill') return [{ ...base, fill: true, interval: 'MONTH', where: toYear(field) }];
    return name === 'last' ? [{ ...base, first: undefined, last: 2 }] : changed;
  });
}

/** A filter on the time that statistics fill: the time of the rows, or of the runs of blocks. */
function toYear({ args }: Field): Filter {
  const filter = getNamedType(args.find(({ name }) => name === 'where')?.type);
  const year = { occurredAt: { gte: '2026-01-01T00:00:00Z', lt: '2027-01-01T00:00:00Z' } };
  return isInputObjectType(filter) && 'occurredAt' in filter.getFields() ? year : { run: year };
}

/**
 * Lists the arguments of a field that differ from the base in one value of the other tenant. In the
 * short dose a nested field gets one filter with a few conditions, and one cursor.
 */
export function listForeign(
  parent: string,
  field: Field,
  knowledge: Knowledge,
  isNested = false,
): Arguments[] {
  const base = toBase(parent, field, knowledge);
  return field.args.flatMap(({ name, type }): Arguments[] => {
    const input = toInput(type);
    if (input === undefined) {
      const rule = findRule(`${parent}.${field.name}(${name})`, name);
      if (isNested && !IS_FULL && name === 'before') return [];
      const values = rule.foreign?.(knowledge, field, type) ?? [];
      const used = isNested && !IS_FULL ? values.slice(0, 1).map(toSample) : values;
      return used.map((value) => ({ ...base, [name]: value }));
    }
    const inner = base[name] as Arguments;
    return Object.values(input.getFields()).flatMap((part) =>
      (findRule(`${input.name}.${part.name}`, part.name).foreign?.(knowledge, field, part.type) ?? []).map(
        (value) => ({ ...base, [name]: { ...inner, [part.name]: value } }),
      ),
    );
  });
}

/** The input of a mutation; undefined for other arguments. */
function toInput(type: GraphQLInputType): GraphQLInputObjectType | undefined {
  const named = getNamedType(type);
  return isInputObjectType(named) && /Input$/.test(named.name) ? named : undefined;
}

function listOrders(type: GraphQLInputType): unknown[] {
  const order = getNamedType(type);
  const field = isInputObjectType(order) ? order.getFields().field : undefined;
  if (field === undefined) throw new Error(`${order.name} orders by no field.`);
  const directions = IS_FULL ? ['ASC', 'DESC'] : ['ASC'];
  return names(field.type).flatMap((name) => directions.map((direction) => [{ field: name, direction }]));
}

function listForeignCursors({ foreign }: Knowledge, field: Field): string[] {
  const type = getNamedType(field.type).name;
  const isPage = type.endsWith('Connection');
  const own = isPage ? foreign.pageCursors(type.replace(/Connection$/, 'Edge')) : foreign.logCursors;
  const others = isPage ? foreign.logCursors : foreign.allPageCursors;
  if (own.length === 0) throw new Error(`No cursor of the other tenant is known for ${field.name}.`);
  return [...own.slice(0, 4), ...others.slice(0, 1)];
}

/** Lists filters of many conditions, one of which must match, with values of the other tenant. */
export function listForeignFilters(type: GraphQLInputType, foreign: Findings): Filter[] {
  const filter = getNamedType(type);
  if (!isInputObjectType(filter)) throw new Error(`${filter.name} is no filter.`);
  const conditions = listConditions(filter, (name) => foreign.named(name));
  const isPlain = (condition: Filter) => {
    const [below] = Object.values(condition);
    return Object.values(below as Filter).every((value) => typeof value !== 'object' || Array.isArray(value));
  };
  const plain = conditions.filter(isPlain);
  const related = conditions.filter((condition) => !isPlain(condition));
  const relations = [...new Set(related.flatMap((condition) => Object.keys(condition)))];
  return [
    ...toChunks(plain, CONDITIONS).map((or) => ({ or })),
    ...relations.flatMap((name) => {
      const below = related.map((condition) => condition[name]).filter((one) => one !== undefined);
      return toChunks(below, CONDITIONS).map((or) => ({ [name]: { or } }));
    }),
    { not: { or: plain.slice(0, CONDITIONS) } },
  ];
}

/** Every fifth condition of a filter with many; other values as they are. */
function toSample(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('or' in value) || !Array.isArray(value.or)) {
    return value;
  }
  return { or: value.or.filter((_condition, index) => index % 5 === 0) };
}

function toChunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
