import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, toEntry, toEventType, toTypeKey } from '../../../src/domain/events/event-types.ts';

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
    ['app.reload.ended', 'APP_RELOAD_FINISHED'],
  ])('%s is %s with and without version and namespace', (key, type) => {
    const namespaces = ['', 'ai.', 'analytics.', 'core.', 'data-governance.', 'workflows.'];
    for (const version of ['', 'v1.']) {
      for (const namespace of namespaces) {
        expect(typeOf(`com.qlik.${version}${namespace}${key}`)).toBe(type);
        expect(toTypeKey(`com.qlik.${version}${namespace}${key}`)).toBe(key);
      }
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
    'com.qlik.v2.app.created',
    'com.qlik.v11.app.created',
    'com.qlik.V1.app.created',
    'com.qlik.analytics.v1.app.created',
    'com.qlik.analytics.analytics.app.created',
    'com.qlik.v1.v1.app.created',
    'com.qlik.workflow.automation.run.ended',
    'com.qlik.v1.analytics-app-client.app.created',
    'com.qlik.v1.analytics.analytics-app-client.app.opened',
    'com.qlik.app.reload.ended.again',
    'com.qlik..app.created',
    'com.qlikapp.created',
    'COM.QLIK.APP.CREATED',
    ' com.qlik.app.created',
    'app.created',
    'automation.run.ended',
    '/app.created',
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

  it('of a name that is not modelled is never that of a modelled type', () => {
    for (const name of ['app.created', 'com.qlik.v2.app.created', 'com.qlik.analytics.v1.app.created']) {
      expect(toTypeKey(name)).not.toBe(toTypeKey('com.qlik.v1.app.created'));
    }
    expect(toTypeKey('com.qlik.v2.app.created')).toBe('v2.app.created');
  });

  it('leaves the names of others alone, and never becomes empty', () => {
    expect(toTypeKey('com.example.v1.app.created')).toBe('com.example.v1.app.created');
    expect(toTypeKey('app.opened')).toBe('app.opened');
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

describe('the catalogue of types', () => {
  it('names each type, each GraphQL object type and each key once', () => {
    const entries = EVENT_TYPES.map(toEntry);
    const names = entries.flatMap((entry) => entry.names);
    const objects = entries.map(({ objectName }) => objectName);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(objects).size).toBe(objects.length);
  });
});
