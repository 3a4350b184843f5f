import { signInStore } from '../data/session.ts';
import { useStore } from '../data/store.ts';
import { usePlace } from '../routing/place.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { Header } from './header.tsx';
import { findView } from './routes.tsx';
import { SignInView } from './sign-in-view.tsx';

/** The page: navigation, and the view of the address. */
export function App() {
  const { path } = usePlace();
  const needsSignIn = useStore(signInStore);
  const { view: View, id } = findView(path);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Header path={path} />
      <main id="main" tabIndex={-1}>
        <ErrorBoundary key={path}>{needsSignIn ? <SignInView /> : <View id={id} key={path} />}</ErrorBoundary>
      </main>
    </>
  );
}
