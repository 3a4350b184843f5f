import { toName, toWords } from '../../format/names.ts';
import { formatBytes, formatCount, formatDuration } from '../../format/numbers.ts';
import { Bar } from '../../parts/bar.tsx';
import type { Run } from './run-documents.ts';

/** The blocks of a run in their order, with durations as bars. */
export function RunBlocks({ run: { blocks } }: { run: Run }) {
  const { nodes, totalCount } = blocks;
  const longest = Math.max(1, ...nodes.map(({ durationMs }) => durationMs ?? 0));
  return (
    <section class="panel">
      <h2>
        Blocks <span class="muted">{formatCount(totalCount)}</span>
      </h2>
      {nodes.length === 0 ? (
        <p class="muted">The events of this run report no blocks.</p>
      ) : (
        <div class="scroller" tabIndex={0} role="region" aria-label="Blocks">
          <table class="table">
            <thead>
              <tr>
                <th class="number">#</th>
                <th>Block</th>
                <th>Type</th>
                <th>Connector</th>
                <th class="number">API calls</th>
                <th class="number">Received</th>
                <th class="number">Sent</th>
                <th class="number">Duration</th>
                <th class="bar-column">
                  <span class="hidden">Share of the longest</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {nodes.map((block) => (
                <tr key={block.ordinal} data-testid="block-row">
                  <td class="number muted">{block.ordinal + 1}</td>
                  <td>{toName(block.blockName, block.typeName)}</td>
                  <td class="muted">{block.type === 'UNKNOWN' ? block.typeName : toWords(block.type)}</td>
                  <td class="muted">{block.connectorId}</td>
                  <td class="number" data-value={block.apiCalls ?? ''}>
                    {formatCount(block.apiCalls)}
                  </td>
                  <td class="number" data-value={block.rxBytes ?? ''}>
                    {formatBytes(block.rxBytes)}
                  </td>
                  <td class="number" data-value={block.txBytes ?? ''}>
                    {formatBytes(block.txBytes)}
                  </td>
                  <td class="number" data-value={block.durationMs ?? ''}>
                    {formatDuration(block.durationMs)}
                  </td>
                  <td class="bar-column">
                    <Bar value={block.durationMs ?? 0} most={longest} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {totalCount > nodes.length && (
        <p class="muted">The first {formatCount(nodes.length)} blocks are shown.</p>
      )}
    </section>
  );
}
