import { getNamedType, isInputObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { subscribeOver, TRANSPORTS } from '../support/clients/transports.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { takeTurns } from '../support/databases/take-turns.ts';
import { ALPHA, BRAVO, SHARED, toCanaryEvents } from '../support/events/canaries.ts';
import { IS_FULL, toDose } from '../support/run/dose.ts';
import {
  type Arguments,
  type Knowledge,
  listForeign,
  listForeignFilters,
} from '../support/schema-walk/arguments.ts';
import { type CanaryService, gather, openCanaryService } from '../support/schema-walk/open-canary-service.ts';
import { type Operation, toOperation } from '../support/schema-walk/operations.ts';
import { endOf, keepDistinct, listPaths, type Path } from '../support/schema-walk/paths.ts';
import { waitUntil } from '../support/wait-until.ts';

/** One event of the caller for each subscription, about things whose ids both tenants have. */
function toEventOfEachKind(series: string): object[] {
  const shared = toCanaryEvents(ALPHA, series).filter((event) =>
    JSON.stringify(event).includes(`"${SHARED}-event`),
  );
  return ['automation.run.ended', 'app.created', 'app.reload.finished'].flatMap((type) =>
    shared.filter((event) => JSON.stringify(event).includes(type)).slice(-1),
  );
}

const LEVELS = toDose({ short: 5, full: 7 });

describeOnEachDatabase('a subscriber of one of two tenants', (kind) => {
  let canaries: CanaryService;
  let knowledge: Knowledge;
  let paths: Path[];
  beforeAll(async () => {
    canaries = await openCanaryService(kind);
    const [own, foreign] = await Promise.all([
      gather(canaries, canaries.alphaToken, 2),
      gather(canaries, canaries.bravoToken, 2),
    ]);
    knowledge = { own, foreign, pageSize: 3 };
    const all = listPaths(schema, 'subscription', LEVELS);
    paths = IS_FULL ? all : keepDistinct(all);
  });
  afterAll(() => canaries.close());

  /**
   * The filters of a subscription with the values of the other tenant. Each also matches
   * everything, so the caller's own events show that the stream is open.
   */
  function listFilters(path: Path): Arguments[] {
    const where = endOf(path).field.args.find(({ name }) => name === 'where');
    const type = where && getNamedType(where.type);
    if (!isInputObjectType(type)) throw new Error(`${endOf(path).field.name} has no filter.`);
    return listForeignFilters(type, knowledge.foreign).map((filter) => ({ where: { or: [filter, {}] } }));
  }

  /** Every subscription, with all fields below it, and with filters at its root. */
  const listSubscriptions = () =>
    paths.flatMap((path): Operation[] => {
      const filters = path.length === 1 ? listFilters(path) : [];
      return [undefined, ...filters].map((last) =>
        toOperation(schema, 'subscription', path, knowledge, last),
      );
    });

  // Nothing of a transport depends on the database.
  const transports = takeTurns(kind, TRANSPORTS);

  test.each(transports)(
    'receives its own events and no mark of the other tenant over %s',
    async (transport) => {
      const { service, alphaToken, bravoToken } = canaries;
      const alpha = service.client.with(alphaToken);
      const streams = listSubscriptions().map(({ name, document, variables }) => ({
        name,
        stream: subscribeOver(transport, alpha, document, variables),
      }));
      let rounds = 0;
      const sendRound = async () => {
        rounds += 1;
        // Those of the other tenant come before and after those that the caller waits for.
        const foreign = (part: number) => toCanaryEvents(BRAVO, ` ${transport} ${rounds} ${part}`);
        await service.client.with(bravoToken).ingest(...foreign(1));
        await alpha.ingest(...toEventOfEachKind(` ${transport} ${rounds}`));
        await service.client.with(bravoToken).ingest(...foreign(2));
      };
      const listSilent = () =>
        streams.filter(({ stream }) => stream.received.length === 0).map(({ name }) => name);
      await waitUntil(() => service.feed.waiting === streams.length, 30_000);
      await sendRound();
      await waitUntil(
        () => listSilent().length === 0,
        30_000,
        () => listSilent().join(),
      );
      const counts = () => streams.map(({ stream }) => stream.received.length);
      const before = counts();
      await sendRound();
      await waitUntil(() => counts().every((count, index) => count > (before[index] ?? 0)));
      for (const { name, stream } of streams) {
        const text = JSON.stringify([stream.received, stream.error]);
        expect([name, text.toLowerCase().includes(BRAVO.mark.toLowerCase()), stream.error]).toEqual([
          ...[name, false, undefined],
        ]);
        expect(stream.received.flatMap(({ errors }) => errors ?? [])).toEqual([]);
        await stream.close();
      }
      await waitUntil(() => service.feed.waiting === 0);
    },
  );

  test.each(transports)('gets BAD_CURSOR for a cursor of the other tenant over %s', async (transport) => {
    const alpha = canaries.service.client.with(canaries.alphaToken);
    for (const path of paths.filter(({ length }) => length === 1)) {
      const { parent, field } = endOf(path);
      for (const last of listForeign(parent.name, field, knowledge)) {
        if (last.after === undefined) continue;
        const { document, variables } = toOperation(schema, 'subscription', path, knowledge, last);
        const stream = subscribeOver(transport, alpha, document, variables);
        await stream.until(({ received, error }) => received.length > 0 || error !== undefined);
        const text = JSON.stringify([stream.received, stream.error]);
        expect(text).toContain('BAD_CURSOR');
        expect(text.toLowerCase()).not.toContain(BRAVO.mark.toLowerCase());
        await stream.close();
      }
    }
  });
});
