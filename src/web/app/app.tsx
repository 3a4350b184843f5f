import { signInStore } from '../data/session.ts';
import { useStore } from '../data/store.ts';
import { requestRowFocus } from '../parts/rows/row-focus.ts';
import { linkTo, usePlace } from '../routing/place.ts';
import { tenantStore } from '../routing/tenant.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { Header } from './header.tsx';
import { findView } from './routes.tsx';
import { SignInView } from './sign-in-view.tsx';
import { TenantGate } from './tenant-gate.tsx';

/** The page: navigation, and the view of the address. */
export function App() {
  const { path } = usePlace();
  const tenant = useStore(tenantStore);
  const needsSignIn = useStore(signInStore);
  const { view: View, name, id } = findView(path);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <a class="skip" href={linkTo('/runs', { outcome: 'FAILURE' })} onClick={requestRowFocus}>
        Go to the failed runs
      </a>
      <Header path={path} />
      <main id="main" tabIndex={-1}>
        <ErrorBoundary key={`${path} ${tenant}`}>
          {needsSignIn ? (
            <SignInView />
          ) : (
            <TenantGate viewName={name}>
              <View id={id} key={`${path} ${tenant}`} />
            </TenantGate>
          )}
        </ErrorBoundary>
      </main>
    </>
  );
}
