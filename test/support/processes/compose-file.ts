import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A container of docker-compose.yml, as far as the tests read it. */
export interface ComposeService {
  image: string;
  command?: string[];
  profiles?: string[];
  ports?: string[];
  volumes?: string[];
  environment?: Record<string, string | null>;
  healthcheck?: { test?: string[] };
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  stop_grace_period?: string;
  depends_on?: Record<string, { condition: string }>;
  deploy?: { replicas: number };
  secrets?: string[];
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
  volumes: Record<string, null>;
  secrets: Record<string, { environment: string }>;
}

export const composeText = readFileSync(new URL('../../../docker-compose.yml', import.meta.url), 'utf8');

/** docker-compose.yml without its variables filled in. */
export const composeFile = parse(composeText, { merge: true }) as ComposeFile;

/**
 * Returns the environment of a container as docker compose creates it from the values of `.env`.
 * A variable without a value is left out if `.env` lacks it. Throws if a required value is missing.
 */
export function toEnvironment(
  { environment = {} }: ComposeService,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const fill = (text: string) =>
    text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_all, name: string, operator?: string, rest = '') => {
      const value = values[name];
      if (value !== undefined && value !== '') return value;
      if (operator === '?') throw new Error(`${name} ${rest}`);
      return operator === '-' ? rest : '';
    });
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, text]): [string, string][] => {
      const value = text === null ? values[name] : fill(text);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
