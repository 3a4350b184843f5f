import { useEffect, useState } from 'preact/hooks';
import { client } from '../../data/client.ts';
import { toName, toWords } from '../../format/names.ts';
import { formatBytes, formatCount, formatDuration } from '../../format/numbers.ts';
import { Bar } from '../../parts/bar.tsx';
import { linkTo } from '../../routing/place.ts';
import { type Block, BlocksDocument, type Run } from './run-documents.ts';

/** The numbers of a block, each with bars of its own scale. */
const NUMBERS = [
  { name: 'apiCalls', label: 'API calls', format: formatCount },
  { name: 'rxBytes', label: 'Received', format: formatBytes },
  { name: 'txBytes', label: 'Sent', format: formatBytes },
  { name: 'durationMs', label: 'Duration', format: formatDuration },
] as const;

/** The blocks of a run in their order. The bars compare each number with the largest one. */
export function RunBlocks({ run }: { run: Run }) {
  const { totalCount } = run.blocks;
  const [more, setMore] = useState<Pick<Run['blocks'], 'nodes' | 'pageInfo'>>();
  useEffect(() => setMore(undefined), [run]);
  const blocks = [...run.blocks.nodes, ...(more?.nodes ?? [])];
  const { hasNextPage, endCursor } = more?.pageInfo ?? run.blocks.pageInfo;
  const readMore = async () => {
    const { data } = await client.query(BlocksDocument, { runId: run.runId, after: endCursor }).toPromise();
    const page = data?.automationRun?.blocks;
    if (page) setMore((before) => ({ ...page, nodes: [...(before?.nodes ?? []), ...page.nodes] }));
  };
  const largest = NUMBERS.map(({ name }) => Math.max(1, ...blocks.map((block) => block[name] ?? 0)));
  return (
    <section class="panel">
      <h2>
        Blocks <span class="muted">{formatCount(totalCount)}</span>
      </h2>
      {blocks.length === 0 ? (
        <p class="muted">The events of this run report no blocks.</p>
      ) : (
        <div class="scroller" tabIndex={0} role="region" aria-label="Blocks">
          <table class="table blocks">
            <thead>
              <tr>
                <th class="number">#</th>
                <th>Block</th>
                <th>Type</th>
                <th>Connector</th>
                {NUMBERS.map(({ name, label }) => (
                  <th class="bar-column" key={name}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {blocks.map((block) => (
                <BlockRow key={block.ordinal} block={block} largest={largest} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hasNextPage && (
        <button type="button" class="more-rows" data-testid="more-blocks" onClick={readMore}>
          Show more of {formatCount(totalCount)} blocks
        </button>
      )}
    </section>
  );
}

function BlockRow({ block, largest }: { block: Block; largest: readonly number[] }) {
  const { ordinal, blockName, type, typeName, connectorId, connectorName } = block;
  return (
    <tr data-testid="block-row" data-ordinal={ordinal}>
      <td class="number muted">{ordinal + 1}</td>
      <td>{toName(blockName, typeName)}</td>
      <td class="muted">{type === 'UNKNOWN' ? typeName : toWords(type)}</td>
      <td>
        {connectorId && (
          <a href={linkTo('/runs', { connector: connectorId })}>{toName(connectorName, connectorId)}</a>
        )}
      </td>
      {NUMBERS.map(({ name, format }, index) => (
        <td key={name} class="bar-column" data-value={block[name] ?? ''}>
          {format(block[name])}
          <Bar value={block[name] ?? 0} most={largest[index] ?? 1} />
        </td>
      ))}
    </tr>
  );
}
