import type { ComponentChildren } from 'preact';
import { formatShare } from '../../format/numbers.ts';
import { Bar } from '../../parts/bar.tsx';
import type { Measure } from './measures.ts';

/** One consumer: an automation or a connector. */
interface TopRow {
  id: string | null;
  name: string;
  value: number | null;
  href: string | undefined;
}

interface TopTableProps {
  title: string;
  /** The name of the rows' `data-testid`. */
  rowName: string;
  measure: Measure;
  rows: readonly TopRow[];
  /** The sum over all rows, shown or not. */
  total: number | null | undefined;
  children?: ComponentChildren;
}

/** The largest consumers with their shares of the whole. */
export function TopTable({ title, rowName, measure, rows, total, children }: TopTableProps) {
  const shown = rows.filter(({ value }) => value !== null && value > 0);
  const most = Math.max(1, ...shown.map(({ value }) => value ?? 0));
  return (
    <section class="panel">
      <h2>{title}</h2>
      {shown.length === 0 && <p class="muted">Nothing in this range.</p>}
      <ol class="top">
        {shown.map(({ id, name, value, href }) => (
          <li key={id} data-testid={rowName} data-id={id ?? ''}>
            {href === undefined ? <span class="muted">{name}</span> : <a href={href}>{name}</a>}
            <Bar value={value ?? 0} most={most} />
            <span class="number" data-value={value}>
              {measure.format(value)}
            </span>
            <span class="number muted">{formatShare(value ?? 0, total ?? 0)}</span>
          </li>
        ))}
      </ol>
      {children}
    </section>
  );
}
