import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { type DatabaseKind, describeOnEachDatabase } from '../support/databases/databases.ts';
import { takeTurns } from '../support/databases/take-turns.ts';
import { toDose } from '../support/run/dose.ts';
import type { TestService } from '../support/services/service.ts';
import { filterOf, operatorsOf, orderByOf } from './oracle/arbitraries.ts';
import { ask, expectIds, LISTED, type Listed, type Question } from './oracle/ask.ts';
import type { Filter, OrderBy, Row } from './oracle/oracle.ts';
import type { Subject } from './oracle/subjects.ts';
import { startReadingService, type World } from './oracle/world.ts';

/** Random questions of one request, and how many pages of each are read. */
const AT_ONCE = 8;
const MAX_PAGES = 4;

/** A filter for each operator of each field of a subject, with a random operand. */
function filtersOf(kind: DatabaseKind, listed: Listed, subject: Subject, rows: readonly Row[]): Filter[] {
  const filters = Object.keys(subject.fields).flatMap((name) =>
    Object.entries(operatorsOf(subject, name, rows)).flatMap(([operator, operand]) =>
      fc.sample(operand, 1).map((value) => ({ [name]: { [operator]: value } })),
    ),
  );
  // Listings of the same rows divide them differently.
  return takeTurns(kind, filters, LISTED.indexOf(listed));
}

describeOnEachDatabase('listings', (kind) => {
  let service: TestService;
  let client: GraphqlClient;
  let world: World;
  beforeAll(async () => {
    let stored: number;
    ({ service, client, world, stored } = await startReadingService(kind));
    expect(world.events.length).toBe(stored);
  });
  afterAll(() => service.close());

  /** Reads pages of each question one after the other, and compares them with the oracle's. */
  async function compare(listed: Listed, questions: readonly Question[]) {
    const expected = questions.map((question) => expectIds(listed, world, question));
    let open = questions.map((question, index) => ({ ...question, index, cursor: null as string | null }));
    for (let number = 0; number < MAX_PAGES && open.length > 0; number += 1) {
      const answers = await ask(client, listed, world, open);
      open = open.flatMap((question, place) => {
        const { ids, totalCount, hasMore, cursor } = answers[place] ?? expect.fail('no answer');
        const all = expected[question.index] ?? [];
        const from = number * question.size;
        const page = question.forward
          ? all.slice(from, from + question.size)
          : all.slice(Math.max(all.length - from - question.size, 0), all.length - from);
        expect({ question, ids, totalCount, hasMore }).toEqual({
          question,
          ids: page,
          totalCount: all.length,
          hasMore: all.length > from + question.size,
        });
        return hasMore ? [{ ...question, cursor }] : [];
      });
    }
  }

  for (const [place, listed] of LISTED.entries()) {
    describe(listed.name, () => {
      const { subject, rows } = listed;

      test('every operator of every field finds the rows that the oracle finds', async () => {
        const questions = filtersOf(kind, listed, subject, rows(world)).map((where) => ({
          where,
          size: 100,
          forward: true,
        }));
        for (let start = 0; start < questions.length; start += 30) {
          await compare(listed, questions.slice(start, start + 30));
        }
      });

      const { relation } = subject;
      if (relation !== undefined)
        test('every operator of every field of a related row finds the rows that the oracle finds', async () => {
          const others = rows(world).flatMap((row) => row.related);
          const filters = filtersOf(kind, listed, relation.subject(), others).map((related) => ({
            [relation.name]: related,
          }));
          const questions = [{ [relation.name]: {} }, ...filters].flatMap((filter) =>
            [filter, { not: filter }].map((where) => ({ where, size: 100, forward: true })),
          );
          for (let start = 0; start < questions.length; start += 45) {
            await compare(listed, questions.slice(start, start + 45));
          }
        });

      test('every order is the order of the oracle, in pages of any size from either end', async () => {
        const wishes = Object.keys(subject.orders).flatMap((field, index) =>
          takeTurns(kind, ['ASC', 'DESC'] as const, place + index).map(
            (direction): OrderBy => ({ field, direction }),
          ),
        );
        await compare(
          listed,
          wishes.map((wish, index) => ({
            orderBy: [wish],
            size: 7 + index,
            forward: index % 4 > 1,
          })),
        );
      });

      test('random filters, orders and pages give the rows of the oracle', async () => {
        const question: fc.Arbitrary<Question> = fc.record({
          where: fc.oneof(
            { weight: 20, arbitrary: filterOf(subject, rows(world), 4) },
            { weight: 1, arbitrary: fc.constantFrom(null, undefined, {}) },
          ),
          orderBy: listed.hasOrder ? orderByOf(subject) : fc.constant(undefined),
          size: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 100 })),
          forward: fc.boolean(),
        });
        await fc.assert(
          fc.asyncProperty(fc.array(question, { minLength: AT_ONCE, maxLength: AT_ONCE }), (questions) =>
            compare(listed, questions),
          ),
          { numRuns: toDose({ short: 1, full: 6 }), endOnFailure: true },
        );
      });
    });
  }
});
