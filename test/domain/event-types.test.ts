import { describe, expect, it } from 'vitest';
import { toEventType, toTypeKey } from '../../src/domain/events/event-types.ts';

const typeOf = (typeName: string) => toEventType(toTypeKey(typeName));

describe('the type of an event', () => {
  it.each([
    ['automation.run.ended', 'AUTOMATION_RUN_ENDED'],
    ['app.created', 'APP_CREATED'],
    ['app.deleted', 'APP_DELETED'],
    ['app.softdeleted', 'APP_DELETED'],
    ['app.harddeleted', 'APP_DELETED'],
    ['app.data.updated', 'APP_DATA_UPDATED'],
    ['app.exported', 'APP_EXPORTED'],
    ['app.published', 'APP_PUBLISHED'],
    ['app.reload.finished', 'APP_RELOAD_FINISHED'],
  ])('%s is %s under its old, its new and its announced name', (key, type) => {
    for (const namespace of ['com.qlik.v1.', 'com.qlik.', 'com.qlik.analytics.', 'com.qlik.v2.']) {
      expect(typeOf(namespace + key)).toBe(type);
    }
  });

  it.each([
    'com.qlik.v1.reload.finished',
    'com.qlik.reload.finished',
    'com.qlik.app.opened',
    'com.qlik.v1.app.opened',
    'com.qlik.v1.automation.run.started',
    'com.qlik.v1.app.created.again',
    'com.example.app.created',
    'xcom.qlik.v1.app.created',
    'com.qlik.vx.app.created',
    'app',
    'constructor',
    '__proto__',
  ])('%s is OTHER', (typeName) => {
    expect(typeOf(typeName)).toBe('OTHER');
  });
});

describe('the type within the identity', () => {
  it('is the same under every name of a type, modelled or not', () => {
    const keys = ['com.qlik.v1.app.created', 'com.qlik.app.created', 'com.qlik.analytics.app.created'].map(
      toTypeKey,
    );
    expect(keys).toEqual(['app.created', 'app.created', 'app.created']);
    expect(toTypeKey('com.qlik.v1.app.opened')).toBe(toTypeKey('com.qlik.app.opened'));
  });

  it('tells apart the types that one modelled type stands for', () => {
    expect(toTypeKey('com.qlik.app.softdeleted')).not.toBe(toTypeKey('com.qlik.app.deleted'));
    expect(toTypeKey('com.qlik.v1.reload.finished')).not.toBe(toTypeKey('com.qlik.v1.app.reload.finished'));
  });

  it('leaves the names of others alone, and never becomes empty', () => {
    expect(toTypeKey('com.example.v1.app.created')).toBe('com.example.v1.app.created');
    for (const typeName of [
      'com.qlik.',
      'com.qlik.v1.',
      'com.qlik.analytics.',
      'com.qlik.v1.analytics.v1.',
    ]) {
      expect(toTypeKey(typeName)).not.toBe('');
    }
  });
});
