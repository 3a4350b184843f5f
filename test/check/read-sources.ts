import ts from 'typescript';

/** A file's path from the root, and its text. */
export interface Source {
  path: string;
  text: string;
}

/** A line of a file. */
export interface Place {
  path: string;
  /** Counted from 1. */
  line: number;
  /** The whole line, or the code that counts. */
  text: string;
}

/** Lists the lines of TypeScript that have a comment and no code before it. */
export function listCommentLines({ path, text }: Source): Place[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lines = text.split('\n');
  const found = new Set<number>();
  visitTokens(file, (token) => {
    // Comments lie between tokens. Scanning only there keeps the scanner out of templates and
    // regular expressions.
    const start = token.getFullStart();
    const scanner = ts.createScanner(
      ts.ScriptTarget.Latest,
      false,
      ts.LanguageVariant.Standard,
      text,
      undefined,
      start,
      token.getStart(file) - start,
    );
    for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
      if (!isComment(kind)) continue;
      const { line: first, character } = file.getLineAndCharacterOfPosition(scanner.getTokenStart());
      const { line: last } = file.getLineAndCharacterOfPosition(scanner.getTokenEnd());
      const isAlone = lines[first]?.slice(0, character).trim() === '';
      for (let line = isAlone ? first : first + 1; line <= last; line += 1) found.add(line);
    }
  });
  return [...found].map((line) => ({ path, line: line + 1, text: lines[line] ?? '' }));
}

/** Lists the string literals and the texts of templates, by the line where each starts. */
export function listStrings({ path, text }: Source): Place[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Place[] = [];
  visitTokens(file, (token) => {
    if (!ts.isStringLiteral(token) && !ts.isTemplateLiteralToken(token)) return;
    const { line } = file.getLineAndCharacterOfPosition(token.getStart(file));
    found.push({ path, line: line + 1, text: token.text });
  });
  return found;
}

/** Lists the lines of Markdown that are neither code nor a table. */
export function listProseLines({ path, text }: Source): Place[] {
  let isCode = false;
  return text.split('\n').flatMap((line, index): Place[] => {
    const isFence = /^\s*(?:```|~~~)/.test(line);
    if (isFence) isCode = !isCode;
    return isFence || isCode || /^\s*\|/.test(line) ? [] : [{ path, line: index + 1, text: line }];
  });
}

/** Lists the casts that switch the type checker off: `as never` and `as unknown as`. */
export function listCasts({ path, text }: Source): Place[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Place[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isAsExpression(node)) {
      const { expression, type } = node;
      const word = ts.isArrayTypeNode(type) ? type.elementType : type;
      const isNever = word.kind === ts.SyntaxKind.NeverKeyword;
      const isDouble = ts.isAsExpression(expression) && expression.type.kind === ts.SyntaxKind.UnknownKeyword;
      const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
      if (isNever) found.push({ path, line, text: 'as never' });
      if (isDouble) found.push({ path, line, text: 'as unknown as' });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Tells the two kinds of `listCasts` apart. */
export function isDoubleCast({ text }: Place): boolean {
  return text === 'as unknown as';
}

function visitTokens(node: ts.Node, visit: (token: ts.Node) => void): void {
  // The text of JSDoc lies in the trivia of the token after it, too.
  if (ts.isJSDoc(node)) return;
  const children = node.getChildren();
  if (children.length === 0) visit(node);
  for (const child of children) visitTokens(child, visit);
}

function isComment(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia;
}
