import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Feed, openFeed } from '../../src/feed/open-feed.ts';
import type { Database } from '../../src/store/database/database.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import {
  createTestDatabase,
  describeOnEveryDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { LOG_START } from '../support/events/log-cursor.ts';
import { waitUntil } from '../support/wait-until.ts';

const DONE = { done: true, value: undefined };

describeOnEveryDatabase('a stream of a log', (kind) => {
  let location: TestDatabase;
  let database: Database;
  let feed: Feed;

  beforeAll(async () => {
    location = await createTestDatabase(kind);
    database = await openDatabase(location);
    feed = openFeed(database);
  });
  afterAll(async () => {
    await feed[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
    await location.drop();
  });

  const follow = (from = feed) => from.follow('nobody', LOG_START, { pick: ({ position }) => position });

  test('settles a pending next() when it is told to return', async () => {
    const stream = follow();
    const pending = [stream.next(), stream.next()];
    await waitUntil(() => feed.waiting === 1);
    expect(await stream.return?.()).toEqual(DONE);
    expect(await Promise.all(pending)).toEqual([DONE, DONE]);
    expect(feed.waiting).toBe(0);
  });

  test('settles a next() that is still reading when it is told to return', async () => {
    const stream = follow();
    const pending = stream.next();
    await stream.return?.();
    expect(await pending).toEqual(DONE);
    expect(feed.waiting).toBe(0);
  });

  test('holds nothing until it is pulled, and gives nothing after its return', async () => {
    const stream = follow();
    await stream.return?.();
    expect(await stream.next()).toEqual(DONE);
    expect(feed.waiting).toBe(0);
  });

  test('ends when the feed is closed, and a feed that is closed begins none', async () => {
    const other = openFeed(database);
    const pending = [follow(other).next(), follow(other).next()];
    await waitUntil(() => other.waiting === 2);
    await other[Symbol.asyncDispose]();
    expect(await Promise.all(pending)).toEqual([DONE, DONE]);
    expect(await follow(other).next()).toEqual(DONE);
    expect(other.waiting).toBe(0);
  });
});
