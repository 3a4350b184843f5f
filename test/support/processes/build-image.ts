import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Copy,
  DockerfileParser,
  type From,
  type Instruction,
  type JSONInstruction,
} from 'dockerfile-ast';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The files, variables and programs of an image. */
export interface BuiltImage extends Disposable {
  /** The file system, from its root. */
  folder: string;
  /** The folder in which programs start. */
  workingDirectory: string;
  environment: Record<string, string>;
  command: string[];
  healthCheck: string[];
}

/** The text of the Dockerfile and its instructions. */
export const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const instructions = DockerfileParser.parse(dockerfile).getInstructions();

/** Returns the instructions of one kind, such as `USER`. */
export function listInstructions(keyword: string): string[] {
  return instructions.flatMap((one) =>
    one.getKeyword() === keyword ? [one.getArgumentsContent() ?? ''] : [],
  );
}

/**
 * Executes the Dockerfile without Docker: each stage in a folder, each RUN by a shell of this
 * machine, and COPY from the files that git and .dockerignore leave. `built` names folders that
 * take the place of stages; their instructions are not executed. Only the user of files differs.
 */
export function buildImage(built: Readonly<Record<string, string>> = {}): BuiltImage {
  const parent = mkdtempSync(join(tmpdir(), 'qlik-event-graph-image-'));
  const stages = new Map(Object.entries(built));
  const context = listContext();
  let image = newImage(join(parent, 'none'));
  let isBuilt = false;
  for (const one of instructions) {
    const keyword = one.getKeyword();
    const words = one.getArguments().map((argument) => argument.getValue());
    if (keyword === 'FROM') {
      const name = (one as From).getBuildStage() ?? 'last';
      isBuilt = stages.has(name);
      image = newImage(join(parent, name));
      if (!isBuilt) stages.set(name, image.folder);
    } else if (!isBuilt) execute(image, one, keyword, words);
  }
  return Object.assign(image, { [Symbol.dispose]: () => rmSync(parent, { recursive: true }) });

  function execute(to: BuiltImage, one: Instruction, keyword: string, words: string[]): void {
    if (keyword === 'WORKDIR') {
      to.workingDirectory = join(to.folder, words[0] ?? '');
      mkdirSync(to.workingDirectory, { recursive: true });
    } else if (keyword === 'ENV') {
      for (const word of words) to.environment[word.split('=')[0] ?? ''] = word.split('=')[1] ?? '';
    } else if (keyword === 'RUN') {
      const script = (one.getArgumentsContent() ?? '').replaceAll(/ (?=\/)/g, ` ${to.folder}`);
      const command = script.replace('-o node -g node ', '');
      execFileSync('sh', ['-ec', command], { cwd: to.workingDirectory, stdio: 'pipe' });
    } else if (keyword === 'COPY') {
      const stage = (one as Copy).getFromFlag()?.getValue();
      copy(to, words, stage === undefined || stage === null ? undefined : stages.get(stage));
    } else if (keyword === 'CMD') {
      to.command = toStrings(one as JSONInstruction);
    } else if (keyword === 'HEALTHCHECK') {
      const [, list = '[]'] = /CMD (\[.*\])$/s.exec(one.getArgumentsContent() ?? '') ?? [];
      to.healthCheck = JSON.parse(list);
    }
  }

  function copy(to: BuiltImage, words: string[], stage: string | undefined): void {
    const target = words.at(-1) ?? '';
    for (const source of words.slice(0, -1)) {
      const place = target.endsWith('/') ? join(target, source.split('/').at(-1) ?? '') : target;
      const into = join(to.workingDirectory, place);
      if (stage !== undefined) {
        // A folder of this checkout stands for `/app`.
        const from = built.build === stage ? join(stage, source.replace('/app', '')) : join(stage, source);
        cpSync(from, into, { recursive: true });
        continue;
      }
      const files = context.filter((path) => path === source || path.startsWith(`${source}/`));
      if (files.length === 0) throw new Error(`COPY ${source}: there is no such file in the context.`);
      for (const path of files) {
        const file = join(into, path.slice(source.length));
        mkdirSync(dirname(file), { recursive: true });
        cpSync(join(ROOT, path), file);
      }
    }
  }
}

function newImage(folder: string): BuiltImage {
  mkdirSync(folder, { recursive: true });
  const nothing = { environment: {}, command: [], healthCheck: [], [Symbol.dispose]: () => undefined };
  return { folder, workingDirectory: folder, ...nothing };
}

function toStrings(instruction: JSONInstruction): string[] {
  return instruction.getJSONStrings().map((argument) => argument.getJSONValue());
}

/** Lists the files that `docker build` sends: the last pattern that matches a file decides. */
function listContext(): string[] {
  const patterns = readFileSync(join(ROOT, '.dockerignore'), 'utf8').trim().split('\n');
  const list = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  const matches = (pattern: string, path: string) => {
    const expression = new RegExp(
      `^${pattern.replace('!', '').replaceAll('.', '\\.').replaceAll('*', '[^/]*')}(?:/|$)`,
    );
    return expression.test(path);
  };
  return files.filter(
    (path) => patterns.findLast((pattern) => matches(pattern, path))?.startsWith('!') ?? true,
  );
}
