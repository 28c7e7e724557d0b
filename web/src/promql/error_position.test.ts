import { describe, expect, test } from 'vitest';
import { locateError } from './error_position';

function marked(text: string, message: string): string | undefined {
  const { at } = locateError(text, message);
  return at === undefined
    ? undefined
    : `${text.slice(0, at.begin)}[${text.slice(at.begin, at.end)}]${text.slice(at.end)}`;
}

describe('locateError', () => {
  test.each([
    ['sum(up))', '1:8: parse error: unexpected right parenthesis', 'sum(up)[)]'],
    ['up + foo_bar baz', '1:14: parse error: unexpected identifier', 'up + foo_bar [baz]'],
    ['rate(up[5x])', 'invalid parameter "query": 1:9: parse error: bad duration', 'rate(up[[5x]])'],
    ['a +\n  b c', '2:5: parse error: unexpected identifier "c"', 'a +\n  b [c]'],
    ['sum(', '1:5: parse error: unclosed left parenthesis', 'sum[(]'],
  ])('%j, %s', (text, message, expected) => {
    expect(marked(text, message)).toBe(expected);
  });

  test('counts columns in bytes', () => {
    expect(marked('{a="äß€"} x', '1:15: parse error: unexpected')).toBe('{a="äß€"} [x]');
    expect(marked('{a="💧"} x', '1:12: parse error: unexpected')).toBe('{a="💧"} [x]');
  });

  test('a message without a place marks nothing', () => {
    expect(marked('up', 'query timed out')).toBeUndefined();
    expect(marked('up', '7:1: parse error: beyond the text')).toBeUndefined();
  });

  test('an empty text has no place to mark', () => {
    const { at } = locateError('', '1:1: parse error: no expression found');
    expect(at).toEqual({ begin: 0, end: 0 });
  });
});
