import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Random } from '../../src/commands/demo/history/random.ts';
import { openSpool } from '../../src/relay/spool/open-spool.ts';
import { Crash, diskError, FailingFiles } from '../support/relay/failing-files.ts';
import { newSpoolDirectory } from '../support/relay/test-relay.ts';
import { toDose } from '../support/run/dose.ts';

const log = pino({ level: 'silent' });

/** What one life of the process does, and after how many operations on files it ends. */
const LIFE = fc.record({
  seed: fc.nat(),
  crashAt: fc.nat({ max: 60 }),
  failures: fc.array(fc.nat({ max: 60 }), { maxLength: 2 }),
  cutsPower: fc.boolean(),
});

test('whatever step a crash or a failing disk interrupts, every acknowledged event is read until it is confirmed', {
  timeout: toDose({ short: 60_000, full: 900_000 }),
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(LIFE, { minLength: 1, maxLength: 4 }), async (lives) => {
      const directory = newSpoolDirectory();
      /** Every event that was appended; which were acknowledged, and which confirmed. */
      const appended: string[] = [];
      const acknowledged = new Set<string>();
      const confirmed = new Set<string>();

      const readRest = async (spool: Awaited<ReturnType<typeof openSpool>>) => {
        const events: string[] = [];
        for (let from = spool.confirmed; ; ) {
          const { entries, next } = await spool.read(from, { count: 3, bytes: 200 });
          if (JSON.stringify(next) === JSON.stringify(from)) break;
          events.push(...entries.map(({ event }) => event.toString()));
          from = next;
        }
        const missing = [...acknowledged].filter((event) => !confirmed.has(event) && !events.includes(event));
        expect(missing, 'acknowledged events that are lost').toEqual([]);
        expect(
          events.filter((event) => !appended.includes(event)),
          'events that nothing has sent',
        ).toEqual([]);
        const places = events.map((event) => appended.indexOf(event));
        expect(places, 'the order of arrival').toEqual(places.toSorted((a, b) => a - b));
      };

      for (const { seed, crashAt, failures, cutsPower } of lives) {
        const random = new Random(seed);
        const files = new FailingFiles();
        files.partOfWrite = (bytes) => random.below(bytes + 1);
        files.before = () => {
          if (files.operations > crashAt) throw new Crash();
          if (failures.includes(files.operations)) throw diskError('ENOSPC');
        };
        const spool = await openSpool({ directory, maxBytes: 1e6, segmentBytes: 150, log, files }).catch(
          () => undefined,
        );
        if (spool !== undefined && files.operations <= crashAt) {
          let from = spool.confirmed;
          while (files.operations <= crashAt) {
            const group = Array.from({ length: 1 + random.below(3) }, () => {
              const event = `${appended.length}-${'x'.repeat(random.below(60))}`;
              appended.push(event);
              return event;
            });
            await Promise.all(
              group.map((event) =>
                spool.append([Buffer.from(event)], 0).then(
                  () => acknowledged.add(event),
                  () => undefined,
                ),
              ),
            );
            if (random.below(2) === 0) continue;
            try {
              const { entries, next } = await spool.read(from, { count: 2, bytes: 100 });
              for (const { event } of entries) confirmed.add(event.toString());
              from = next;
              await spool.confirm(next);
              // A checkpoint is saved at most twice a second, so a life saves it only at its end.
              if (random.below(8) === 0) break;
            } catch {
              // The disk failed; it is read again.
            }
          }
        }
        // After the crash this changes nothing on disk; it closes files.
        await spool?.[Symbol.asyncDispose]();
        if (cutsPower) await files.cutPower((end) => random.below(end));
        // A new process sees what the disk has.
        await readRest(await openSpool({ directory, maxBytes: 1e6, log }));
      }
    }),
    { numRuns: toDose({ short: 40, full: 1_500 }) },
  );
});
