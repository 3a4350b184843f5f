import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { createTestDatabase } from '../support/databases/databases.ts';
import { toDose } from '../support/run/dose.ts';
import { countSockets } from '../support/sockets/count-sockets.ts';
import { waitUntil } from '../support/wait-until.ts';

test('a database that is closed as soon as it is open leaves no socket, which would keep a command alive', async () => {
  const place = await createTestDatabase('postgres');
  const before = countSockets();
  for (let round = 0; round < toDose({ short: 8, full: 20 }); round += 1) {
    const database = await openDatabase(place);
    await database[Symbol.asyncDispose]();
  }
  // A connection that is left over may end itself after 5 s, its connect timeout.
  await waitUntil(() => countSockets() <= before, 3_000);
  expect(countSockets()).toBeLessThanOrEqual(before);
  await place.drop();
});
