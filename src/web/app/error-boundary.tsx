import { Component, type ComponentChildren } from 'preact';

interface Props {
  children: ComponentChildren;
}

/** Shows what went wrong instead of a view that has thrown. A navigation shows the next view. */
export class ErrorBoundary extends Component<Props, { failure?: unknown }> {
  override state: { failure?: unknown } = {};

  static override getDerivedStateFromError(failure: unknown) {
    return { failure };
  }

  override render() {
    const { failure } = this.state;
    if (failure === undefined) return this.props.children;
    return (
      <section class="view" data-view="error" data-state="error">
        <div class="notice failure" role="alert">
          <h1>This view has a defect</h1>
          <p>{failure instanceof Error ? failure.message : String(failure)}</p>
          <button type="button" onClick={() => location.reload()}>
            Reload the page
          </button>
        </div>
      </section>
    );
  }
}
