import { readFileSync } from 'node:fs';
import { type Nginx, runNginx } from './nginx.ts';

const FILE = new URL('../../../schema/operating/nginx.conf', import.meta.url);

/**
 * Starts nginx with the file of docker-compose.yml in front of servers on loopback. Their names,
 * the port and the folder for temporary files are replaced, and nothing else.
 */
export function startLoadBalancer(path: string, urls: readonly string[]): Promise<Nginx> {
  return runNginx(path, (port, folder) => {
    let config = readFileSync(FILE, 'utf8');
    const replace = (pattern: RegExp, toText: (...groups: string[]) => string) => {
      if (!pattern.test(config)) throw new Error(`${pattern} is not in nginx.conf.`);
      config = config.replace(pattern, (_match, ...groups) => toText(...groups));
    };
    // Debian's nginx is older than 1.27.3, which reads the addresses of a name again and again.
    replace(/^ *resolver .*;$/m, () => '');
    replace(/^ *server server:4000 resolve (.*);$/m, (parameters = '') =>
      urls.map((url) => `server ${new URL(url).host} ${parameters};`).join('\n'),
    );
    replace(/listen 8080;/, () => `listen 127.0.0.1:${port};`);
    replace(/\/tmp\//g, () => `${folder}/`);
    replace(/\/dev\/stderr/, () => 'stderr');
    return config;
  });
}
