import { describe, expect, test } from 'vitest';
import { isRetryable, parseServerFrame } from './live';

describe('parseServerFrame', () => {
  test('reads a history', () => {
    const text =
      '{"type":"history","id":"a","start_ms":1000,"step_ms":500,"new":[{"job":"x"}],"v":[[1,null,"NaN","+Inf","-Inf"]]}';
    expect(parseServerFrame(text)).toEqual({
      type: 'history',
      id: 'a',
      start_ms: 1000,
      step_ms: 500,
      token: undefined,
      truncated: false,
      new: [{ job: 'x' }],
      v: [[1, null, NaN, Infinity, -Infinity]],
    });
  });

  test('reads what a later subscription resumes from', () => {
    const history =
      '{"type":"history","id":"a","start_ms":1,"step_ms":1,"token":"9","truncated":true,"v":[]}';
    expect(parseServerFrame(history)).toMatchObject({ token: '9', truncated: true });
    expect(parseServerFrame('{"type":"data","id":"a","seq":1,"t":7,"token":"7"}')).toMatchObject({
      token: '7',
    });
    expect(parseServerFrame('{"type":"data","id":"a","seq":1,"t":7,"token":7}')).toMatchObject({
      token: undefined,
    });
  });

  test('fills in the lists that a data frame leaves out', () => {
    expect(parseServerFrame('{"type":"data","id":"a","seq":3,"t":7}')).toEqual({
      type: 'data',
      id: 'a',
      seq: 3,
      t: 7,
      token: undefined,
      new: [],
      i: [],
      v: [],
      gone: [],
    });
  });

  test('reads an error with and without an id', () => {
    expect(parseServerFrame('{"type":"error","code":"invalid_argument","message":"m"}')).toEqual({
      type: 'error',
      id: undefined,
      code: 'invalid_argument',
      message: 'm',
    });
  });

  test.each([
    '',
    '{',
    'null',
    '[]',
    '"data"',
    '{}',
    '{"type":"news","id":"a"}',
    '{"type":"data","id":7,"seq":1,"t":1}',
    '{"type":"data","id":"a","seq":"1","t":1}',
    '{"type":"history","id":"a","step_ms":1}',
  ])('refuses %s', text => {
    expect(parseServerFrame(text)).toBeUndefined();
  });

  test('takes what is not a value for none', () => {
    const frame = parseServerFrame(
      '{"type":"data","id":"a","seq":1,"t":1,"i":[0,1.5,"2"],"v":["x",{},true]}',
    );
    expect(frame).toMatchObject({ i: [0], v: [null, null, null] });
  });
});

test('only passing errors keep a subscription', () => {
  const error = (code: string) => ({ type: 'error', id: 'a', code, message: '' }) as const;
  expect(isRetryable(error('deadline_exceeded'))).toBe(true);
  expect(isRetryable(error('unavailable'))).toBe(true);
  expect(isRetryable(error('invalid_argument'))).toBe(false);
  expect(isRetryable(error('resource_exhausted'))).toBe(false);
});
