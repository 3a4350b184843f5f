/** A cell of a row with a number: exact for tests and as text for readers. */
export function NumberCell({ value, text }: { value: number | null | undefined; text: string }) {
  return (
    <div role="cell" class="number" data-value={value ?? ''}>
      {text}
    </div>
  );
}
