import { type Browser, chromium } from 'playwright-core';

/** Nothing leaves the machine: no updates, no background requests, no HTTP/3. */
const ARGUMENTS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Starts Debian's Chromium at `executablePath` (see `describeWithProgram`), without a window and
 * with a new temporary profile. `close()` ends the process and deletes the profile.
 */
export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, chromiumSandbox: false, args: ARGUMENTS });
}
