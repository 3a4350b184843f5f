import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EVENT_CATALOGUE } from '../../src/domain/events/event-types.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test('the webhook of the README names every event type of the catalogue', () => {
  const [, list = ''] = /"eventTypes": \[([^\]]+)\]/.exec(readme) ?? [];
  const named = [...list.matchAll(/"([^"]+)"/g)].map(([, name]) => name);
  // OTHER has no name of its own.
  const modelled = Object.values(EVENT_CATALOGUE).flatMap(({ names }) => names.slice(0, 1));
  expect(named.sort()).toEqual(modelled.map((name) => `com.qlik.v1.${name}`).sort());
});
