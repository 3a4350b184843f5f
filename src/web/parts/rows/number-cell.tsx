interface NumberCellProps {
  value: number | null | undefined;
  text: string;
  tone?: 'failure' | undefined;
}

/** A cell of a row with a number: exact for tests and as text for readers. */
export function NumberCell({ value, text, tone = undefined }: NumberCellProps) {
  return (
    <div role="cell" class={`number ${tone ?? ''}`} data-value={value ?? ''}>
      {text}
    </div>
  );
}
