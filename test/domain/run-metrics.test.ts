import { describe, expect, it } from 'vitest';
import { runEvent } from '../support/events/events.ts';
import { runIn, warningsOf } from './reading.ts';

type Data = Record<string, unknown>;
const runWith = (data: Data) => runIn(runEvent('tenant-1', data));
const warnings = (data: Data) => warningsOf(runEvent('tenant-1', data));

describe('the network usage of a run', () => {
  const metrics = { network: { rxBytes: 10, txBytes: 20 } };

  it('is taken from data, field by field else from data.metrics, and never added', () => {
    expect(runWith({ network: { rxBytes: 1, txBytes: 2 }, metrics })).toMatchObject({
      rxBytes: 1,
      txBytes: 2,
    });
    expect(runWith({ network: { rxBytes: 1 }, metrics })).toMatchObject({ rxBytes: 1, txBytes: 20 });
    expect(runWith({ network: { rxBytes: null, txBytes: '' }, metrics })).toMatchObject({
      rxBytes: 10,
      txBytes: 20,
    });
    expect(runWith({ network: { rxBytes: 0 }, metrics })).toMatchObject({ rxBytes: 0, txBytes: 20 });
    expect(runWith({ metrics })).toMatchObject({ rxBytes: 10, txBytes: 20 });
    expect(runWith({ network: { rxBytes: 1 } })).toMatchObject({ rxBytes: 1, txBytes: undefined });
  });

  it('passes over what is unreadable, with a warning', () => {
    const data = { network: { rxBytes: -1, txBytes: '2' }, metrics };
    expect(runWith(data)).toMatchObject({ rxBytes: 10, txBytes: 2 });
    expect(warnings(data)).toEqual(['UNREADABLE_VALUE /data/network/rxBytes']);
    expect(warnings({ metrics: { network: { rxBytes: 1.5 } } })).toEqual([
      'UNREADABLE_VALUE /data/metrics/network/rxBytes',
    ]);
  });
});

describe('the API calls of a run', () => {
  it('are taken from data, else from data.metrics', () => {
    expect(runWith({ totalApiCalls: 0, metrics: { totalApiCalls: 7 } }).totalApiCalls).toBe(0);
    expect(runWith({ totalApiCalls: '', metrics: { totalApiCalls: '7' } }).totalApiCalls).toBe(7);
    expect(runWith({ metrics: {} }).totalApiCalls).toBeUndefined();
  });
});

describe('the metrics of a run', () => {
  it('are told as reported, apart from the data', () => {
    const run = runWith({
      totalApiCalls: 1,
      network: { rxBytes: 1 },
      blocks: [{ type: 'baseBlock' }],
      metrics: {
        totalApiCalls: 7,
        network: { txBytes: 20 },
        blocks: [{ type: 'snippetBlock', apiCalls: 3 }],
      },
    });
    expect(run.metrics).toMatchObject({
      totalApiCalls: 7,
      rxBytes: undefined,
      txBytes: 20,
      hasNetwork: true,
    });
    expect(run.metrics?.blocks).toMatchObject([{ ordinal: 0, type: 'SNIPPET_BLOCK', apiCalls: 3 }]);
    expect(run.blocks).toMatchObject([{ type: 'BASE_BLOCK' }]);
  });

  it('say whether they report a network', () => {
    expect(runWith({ metrics: {} }).metrics).toMatchObject({ hasNetwork: false, blocks: [] });
    expect(runWith({ metrics: { network: {} } }).metrics?.hasNetwork).toBe(true);
    expect(runWith({}).metrics).toBeUndefined();
  });
});

describe('the blocks of a run', () => {
  const inMetrics = { blocks: [{ type: 'endpointBlock', endpointId: 'metrics' }] };

  it('are those of data if it lists any, else those of data.metrics', () => {
    const ids = (data: Data) => runWith(data).blocks?.map(({ endpointId }) => endpointId);
    expect(ids({ blocks: [{ endpointId: 'data' }], metrics: inMetrics })).toEqual(['data']);
    for (const blocks of [undefined, null, '', [], {}])
      expect(ids({ blocks, metrics: inMetrics })).toEqual(['metrics']);
    expect(ids({})).toBeUndefined();
    expect(ids({ blocks: [], metrics: { blocks: [] } })).toBeUndefined();
  });

  it('keep their place in the list as sent, beside elements that are no blocks', () => {
    const data = { blocks: ['text', { blockName: 'a' }, null, [], { blockName: 'b' }, 5] };
    expect(runWith(data).blocks?.map(({ ordinal, blockName }) => [ordinal, blockName])).toEqual([
      [1, 'a'],
      [4, 'b'],
    ]);
    expect(warnings(data)).toEqual([0, 2, 3, 5].map((ordinal) => `UNREADABLE_VALUE /data/blocks/${ordinal}`));
    expect(warnings({ metrics: { blocks: [1] } })).toEqual(['UNREADABLE_VALUE /data/metrics/blocks/0']);
  });

  it('are none where no element of the list is a block', () => {
    expect(runWith({ blocks: [null, 5] }).blocks).toBeUndefined();
  });

  it('may repeat an endpoint', () => {
    const block = { type: 'endpointBlock', endpointId: 'same' };
    expect(runWith({ blocks: [block, block] }).blocks).toHaveLength(2);
  });

  it('carry any field whatever their type, read leniently', () => {
    const block = {
      type: 'Snippet_Block',
      blockName: 'Sleep',
      params: [{ deep: [null] }, 'x'],
      rxBytes: '5',
      txBytes: 0,
      apiCalls: 2,
      duration: '1500',
      snippetId: 's',
      endpointId: 'e',
      connectorId: 'c',
    };
    const { duration: _duration, ...same } = block;
    const expected = {
      ...same,
      ordinal: 0,
      type: 'SNIPPET_BLOCK',
      typeName: 'Snippet_Block',
      rxBytes: 5,
      durationMs: 1500,
    };
    expect(runWith({ blocks: [block] }).blocks).toEqual([expected]);
  });

  it('of an unknown type are UNKNOWN with a warning, those without a type without one', () => {
    const data = { blocks: [{ type: 'magicBlock' }, {}, { type: 'baseBlock' }] };
    expect(runWith(data).blocks?.map(({ type, typeName }) => [type, typeName])).toEqual([
      ['UNKNOWN', 'magicBlock'],
      ['UNKNOWN', undefined],
      ['BASE_BLOCK', 'baseBlock'],
    ]);
    expect(warnings(data)).toEqual(['UNKNOWN_ENUM_VALUE /data/blocks/0/type']);
  });
});
