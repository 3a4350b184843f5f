import fc from 'fast-check';
import { TEXTS } from './data.ts';
import type { Filter, OrderBy, Row } from './oracle.ts';
import type { Subject } from './subjects.ts';

const pieces = [
  ...TEXTS,
  ...TEXTS.map((text) => text.slice(0, 2).toWellFormed()),
  ...['', 'ß', 'SS', 'ς', 'Σ', '%', '_', '\\', '😀', 'RUN', 'É', 'strasse', '\u0000', 'COM', 'ä'],
];
const subsets = <T>(values: readonly T[]) => fc.array(fc.constantFrom(...values), { maxLength: 4 });

/**
 * Operators of one field, each with operands that rows have, that lie next to them, or that none
 * has.
 */
export function operatorsOf(
  subject: Subject,
  name: string,
  rows: readonly Row[],
): Record<string, fc.Arbitrary<unknown>> {
  const seen = [...new Set(rows.map((row) => row.values[name] ?? null).filter((value) => value !== null))];
  const isNull = fc.boolean();
  const kind = subject.fields[name];
  if (kind === 'flag') return { eq: fc.boolean(), isNull };
  if (kind === 'word') {
    const words = subject.words[name] ?? [];
    const operators = { eq: fc.constantFrom(...words), in: subsets(words), notIn: subsets(words) };
    return name === 'context' ? { ...operators, isNull } : operators;
  }
  if (kind === 'id' || kind === 'text') {
    const texts = [...seen, 'none', ''];
    const operators = { eq: fc.constantFrom(...texts), in: subsets(texts), isNull };
    if (kind === 'id') return operators;
    const piece = fc.constantFrom(...pieces);
    return { ...operators, contains: piece, startsWith: piece };
  }
  const operand =
    kind === 'instant'
      ? fc.constantFrom(
          ...[...seen, '2025-10-26T02:30:00+02:00', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'],
        )
      : fc.constantFrom(...[...seen, -1, 3, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);
  const compared = { gt: operand, gte: operand, lt: operand, lte: operand, isNull };
  return kind === 'integer' ? { eq: operand, ...compared } : compared;
}

/** Conditions on some fields, joined by AND. */
function conditions(subject: Subject, rows: readonly Row[]): fc.Arbitrary<Filter> {
  const single = fc.constantFrom(...Object.keys(subject.fields)).chain((name) => {
    const operators = operatorsOf(subject, name, rows);
    // All operators at once hardly ever hold; two of them do.
    return fc
      .shuffledSubarray(Object.entries(operators), { minLength: 1, maxLength: 2 })
      .chain((some) => fc.record(Object.fromEntries(some)))
      .map((condition) => [name, condition] as const);
  });
  return fc.array(single, { maxLength: 2 }).map((entries) => Object.fromEntries(entries));
}

/** Filters of a subject, nested up to a depth. */
export function filterOf(subject: Subject, rows: readonly Row[], depth: number): fc.Arbitrary<Filter> {
  const flat = conditions(subject, rows);
  if (depth <= 1) return flat;
  const deeper = filterOf(subject, rows, depth - 1);
  const list = fc.array(deeper, { maxLength: 3 });
  const nested: fc.Arbitrary<Filter>[] = [
    list.map((and) => ({ and })),
    list.map((or) => ({ or })),
    deeper.map((not) => ({ not })),
    fc.tuple(flat, deeper, list).map(([fields, not, or]) => ({ ...fields, not, or })),
  ];
  const { relation } = subject;
  if (relation !== undefined) {
    const related = rows.flatMap((row) => row.related);
    nested.push(
      filterOf(relation.subject(), related, depth - 1).map((filter) => ({ [relation.name]: filter })),
    );
  }
  return fc.oneof({ weight: 2, arbitrary: flat }, { weight: 5, arbitrary: fc.oneof(...nested) });
}

/** None, or up to three orders of different fields. */
export function orderByOf(subject: Subject): fc.Arbitrary<OrderBy[] | null | undefined> {
  const direction = fc.constantFrom('ASC', 'DESC', undefined);
  const wish = fc
    .record({ field: fc.constantFrom(...Object.keys(subject.orders)), direction })
    .map(({ field, direction }) => (direction === undefined ? { field } : { field, direction }) as OrderBy);
  const wishes = fc.uniqueArray(wish, { maxLength: 3, selector: ({ field }) => field });
  return fc.oneof(
    { weight: 8, arbitrary: wishes },
    { weight: 1, arbitrary: fc.constantFrom(null, undefined) },
  );
}
