import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareCodePoints, isId, isStorableText, toCaseFolded } from '../../../src/domain/values/text.ts';
import { toDose } from '../../support/run/dose.ts';

const GRINNING = '😀';
const anyText = fc.string({ unit: 'binary' });

describe('an id', () => {
  it('is any text of 1 to 256 UTF-16 units', () => {
    expect(isId('a')).toBe(true);
    expect(isId('x'.repeat(256))).toBe(true);
    expect(isId('')).toBe(false);
    expect(isId('x'.repeat(257))).toBe(false);
  });

  it('counts a character beyond U+FFFF as two units', () => {
    expect(isId(GRINNING.repeat(128))).toBe(true);
    expect(isId(`${GRINNING.repeat(128)}a`)).toBe(false);
  });

  it('has no control characters from U+0000 to 001F and from U+007F to 009F', () => {
    const controls = Array.from({ length: 0x100 }, (_, code) => code).filter(
      (code) => !isId(`a${String.fromCharCode(code)}b`),
    );
    const expected = [...Array(0x20).keys(), ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index)];
    expect(controls).toEqual(expected);
  });

  it('has no lone surrogates', () => {
    expect(isId('a\ud83d')).toBe(false);
    expect(isId('\ude00a')).toBe(false);
    expect(isId('\ude00\ud83d')).toBe(false);
    expect(isId(GRINNING)).toBe(true);
  });

  it('is no number, boolean, list or object', () => {
    for (const value of [5, 0, true, null, undefined, ['a'], { id: 'a' }]) expect(isId(value)).toBe(false);
  });
});

describe('a text', () => {
  it('is storable unless it has U+0000 or a lone surrogate', () => {
    expect(isStorableText(`tab\tline\n${GRINNING}`)).toBe(true);
    expect(isStorableText('')).toBe(true);
    expect(isStorableText('a\u0000b')).toBe(false);
    expect(isStorableText('a\ud83db')).toBe(false);
  });
});

describe('the order by code point', () => {
  it('puts what UTF-16 puts last before the characters beyond U+FFFF', () => {
    expect('\uffee' > GRINNING).toBe(true);
    expect(compareCodePoints('\uffee', GRINNING)).toBeLessThan(0);
    expect(compareCodePoints(GRINNING, '\ue000')).toBeGreaterThan(0);
    expect(compareCodePoints('\ud7ff', GRINNING)).toBeLessThan(0);
  });

  it('is that of the bytes in UTF-8, as the database has it', () => {
    const edge = fc.string({
      unit: fc.constantFrom('a', 'b', '\u00e9', '\ud7ff', '\ue000', '\uffee', GRINNING, '𐀀'),
    });
    const text = fc.oneof(anyText, edge);
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: toDose({ short: 300, full: 1_000 }) },
    );
  });

  it('puts a text before every longer one that begins with it', () => {
    expect(compareCodePoints('ab', 'abc')).toBeLessThan(0);
    expect(compareCodePoints('', 'a')).toBeLessThan(0);
    expect(compareCodePoints('ab', 'ab')).toBe(0);
  });
});

describe('case folding', () => {
  it.each([
    ['ÄÖÜ Sales', 'äöü sALES'],
    ['ΟΔΟΣ', 'οδος'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['STRASSE', 'straße'],
    ['STRAẞE', 'straße'],
    ['ПРИВЕТ', 'привет'],
    ['ﬁn', 'FIN'],
    ['Ǆ', 'ǅ'],
    ['K', 'k'],
    ['𐐀', '𐐨'],
  ])('makes %s and %s one', (a, b) => {
    expect(toCaseFolded(a)).toBe(toCaseFolded(b));
  });

  it('does not depend on what follows, so that a beginning stays one', () => {
    expect(toCaseFolded('ΟΔΟΣ')).toBe(toCaseFolded('οδοσα').slice(0, 4));
    expect(toCaseFolded('ος')).toBe(toCaseFolded('ΟΣΟ').slice(0, 2));
  });

  it('keeps apart what differs in more than case', () => {
    expect(toCaseFolded('e')).not.toBe(toCaseFolded('é'));
    expect(toCaseFolded('a b')).not.toBe(toCaseFolded('ab'));
  });

  it('gives every single character, its capital and its small letter one form, and leaves that form alone', () => {
    const uneven: string[] = [];
    for (let code = 0; code < 0x110000; code++) {
      const character = String.fromCodePoint(code);
      const folded = toCaseFolded(character);
      const forms = [folded, character.toUpperCase(), character.toLowerCase()];
      if (forms.some((form) => toCaseFolded(form) !== folded)) uneven.push(character);
    }
    expect(uneven).toEqual([]);
  });
});
