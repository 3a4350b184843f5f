import type { ComponentChildren } from 'preact';

interface FigureProps {
  label: string;
  /** The exact number, for tests and for the title. */
  value: number | null | undefined;
  /** The number as it is shown. */
  text: string;
  children?: ComponentChildren;
  tone?: 'failure' | 'warning' | undefined;
  href?: string | undefined;
  name?: string;
}

/** One number with its label. */
export function Figure({ label, value, text, children, tone, href, name }: FigureProps) {
  const number = (
    <span
      class={`figure-number ${tone ?? ''}`}
      data-value={value ?? ''}
      data-testid={name}
      title={value == null ? undefined : String(value)}
    >
      {text}
    </span>
  );
  return (
    <div class="figure">
      <span class="figure-label">{label}</span>
      {href === undefined ? number : <a href={href}>{number}</a>}
      {children !== undefined && <span class="figure-note">{children}</span>}
    </div>
  );
}
