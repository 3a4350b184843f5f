import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as apps from 'kubernetes-models/apps/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { composeFile } from '../support/processes/compose-file.ts';

const ROOT = new URL('../../', import.meta.url);
const FOLDER = new URL('schema/operating/kubernetes/', ROOT);
const read = (name: string) => readFileSync(new URL(name, FOLDER), 'utf8');

/** The classes of `kubernetes-models` by version and kind. */
const MODELS: Record<string, object> = { 'apps/v1': apps, 'policy/v1': policy, v1: core };

interface Container {
  name: string;
  image: string;
  command?: string[];
  ports: { name: string; containerPort: number }[];
  env?: { name: string; value: string }[];
  envFrom: { secretRef: { name: string } }[];
  readinessProbe: object;
  livenessProbe: object;
  lifecycle?: { preStop: { sleep: { seconds: number } } };
  resources: object;
  volumeMounts?: { name: string; mountPath: string }[];
}
interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has another form; a test below checks it.
  spec: any;
}

const kustomization = parse(read('kustomization.yaml'));
const files: string[] = kustomization.resources;
const manifests = files.flatMap((name) =>
  parseAllDocuments(read(name)).map((document): Manifest => document.toJS()),
);
const find = (kind: string, name: string) =>
  manifests.find((one) => one.kind === kind && one.metadata.name === name)?.spec;
const server = find('Deployment', 'qlik-event-graph');
const relay = find('StatefulSet', 'qlik-event-graph-relay');
const containerOf = ({ template }: { template: { spec: { containers: Container[] } } }): Container => {
  const [container] = template.spec.containers;
  if (container === undefined) throw new Error('There is no container.');
  return container;
};

describe('the example for Kubernetes', () => {
  test('consists of the files that it lists, of the image of this version', () => {
    const others = readdirSync(FOLDER).filter((name) => name !== 'kustomization.yaml');
    expect(files.toSorted()).toEqual(others.toSorted());
    const { version } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
    expect(kustomization.images).toEqual([
      expect.objectContaining({ name: 'qlik-event-graph', newTag: version }),
    ]);
    expect([server, relay].map((spec) => containerOf(spec).image)).toEqual(Array(2).fill('qlik-event-graph'));
  });

  test('has only values that the schema of Kubernetes allows', () => {
    for (const { apiVersion, kind, ...rest } of manifests) {
      const Model = Object.entries(MODELS[apiVersion] ?? {}).find(([name]) => name === kind)?.[1];
      expect(() => new Model(rest).validate(), kind).not.toThrow();
      const broken = { ...rest, spec: { ...rest.spec, selector: 7 } };
      expect(() => new Model(broken).validate(), kind).toThrow();
    }
  });

  test('has only fields that Kubernetes knows', () => {
    const lines = manifests.map((manifest, index) => {
      const type = `import('kubernetes-models/${manifest.apiVersion}').I${manifest.kind}`;
      return `export const manifest${index}: ${type} = ${JSON.stringify(manifest)};`;
    });
    const misspelt = lines[0]?.replace('manifest0', 'misspelt').replace('readinessProbe', 'readynessProbe');
    expect(listTypeErrors([...lines, misspelt].join('\n'))).toEqual([
      expect.stringContaining('readynessProbe'),
    ]);
  }, 120_000);

  test('withdraws a server before it stops, and waits until it has stopped', () => {
    const container = containerOf(server);
    expect(container.readinessProbe).toMatchObject({ httpGet: { path: '/health/ready', port: 'http' } });
    expect(container.livenessProbe).toMatchObject({ httpGet: { path: '/health/live', port: 'http' } });
    const { seconds } = container.lifecycle?.preStop.sleep ?? { seconds: 0 };
    expect(seconds).toBeGreaterThanOrEqual(5);
    // The service stops within 10 seconds, and the relay within 5.
    expect(server.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(seconds + 10);
    expect(relay.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(10);
    expect(server.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    expect(server.replicas).toBe(2);
  });

  test('gives no process more than it needs', () => {
    for (const { template } of [server, relay]) {
      expect(template.spec).toMatchObject({
        ...{ automountServiceAccountToken: false, enableServiceLinks: false },
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      const [container] = template.spec.containers;
      expect(container.securityContext).toEqual({
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
        capabilities: { drop: ['ALL'] },
      });
      const { requests, limits } = container.resources;
      expect(Object.keys(requests)).toEqual(['cpu', 'memory']);
      expect(Object.keys(limits)).toEqual(['memory']);
    }
  });

  test('names its parts correctly', () => {
    for (const [spec, kind, name] of [
      [server, 'Service', 'qlik-event-graph'],
      [relay, 'Service', 'qlik-event-graph-relay'],
    ]) {
      const { labels } = spec.template.metadata;
      expect(spec.selector.matchLabels).toEqual(labels);
      const service = find(kind, name);
      expect(service.selector).toEqual(labels);
      const [port] = containerOf(spec).ports;
      expect(service.ports).toEqual([{ name: 'http', port: port?.containerPort, targetPort: port?.name }]);
      const [secret] = containerOf(spec).envFrom;
      expect(read('kustomization.yaml')).toContain(`create secret generic ${secret?.secretRef.name} \\`);
    }
    expect(find('PodDisruptionBudget', 'qlik-event-graph').selector).toEqual(server.selector);
    const { env, command, volumeMounts } = containerOf(relay);
    expect(env).toEqual([{ name: 'API_URL', value: 'http://qlik-event-graph:4000/graphql' }]);
    expect(command).toEqual(composeFile.services.relay?.command);
    expect(volumeMounts).toEqual([
      { name: relay.volumeClaimTemplates[0].metadata.name, mountPath: '/spool' },
    ]);
    expect(relay.template.spec.securityContext.fsGroup).toBe(1000);
  });
});

/** The errors of the type checker in a file that does not exist on disk. */
function listTypeErrors(text: string): string[] {
  const file = fileURLToPath(new URL('test/operating/manifests.ts', ROOT));
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
    ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  };
  const host = ts.createCompilerHost(options);
  const readSource = host.getSourceFile.bind(host);
  host.getSourceFile = (name, target) =>
    name === file ? ts.createSourceFile(name, text, target) : readSource(name, target);
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
