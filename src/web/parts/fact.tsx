import type { ComponentChildren } from 'preact';

interface FactProps {
  term: string;
  /** The exact number, for tests. */
  value?: number | null | undefined;
  children: ComponentChildren;
}

/** A term and its value in a list of facts. */
export function Fact({ term, value, children }: FactProps) {
  return (
    <div>
      <dt>{term}</dt>
      <dd data-value={value === undefined ? undefined : (value ?? '')}>{children}</dd>
    </div>
  );
}
