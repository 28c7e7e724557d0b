import type { Labels } from '../src/api/live.ts';
import { fakeSeries, type FakeSeries } from './fake_host.ts';

/** A parse error as the server words it. */
export class FakeParseError extends Error {}

function checkParentheses(expr: string): void {
  const open: number[] = [];
  expr.split('').forEach((character, index) => {
    if (character === '(') open.push(index);
    if (character !== ')') return;
    if (open.pop() === undefined)
      throw new FakeParseError(`1:${index + 1}: parse error: unexpected right parenthesis ")"`);
  });
  if (open.length > 0)
    throw new FakeParseError(`1:${expr.length + 1}: parse error: unclosed left parenthesis`);
}

function selected(expr: string): FakeSeries[] {
  const name = /__name__=~"([^"]+)"/.exec(expr)?.[1] ?? /\b(?:node|http)_\w+/.exec(expr)?.[0];
  if (name === undefined) return [];
  const pattern = new RegExp(`^(?:${name})$`);
  return fakeSeries.filter(({ labels }) => pattern.test(labels.__name__ ?? ''));
}

function transformed(expr: string, { labels, at }: FakeSeries): FakeSeries {
  const factor = expr.trimStart().startsWith('100 *') ? 100 : 1;
  const by = /\bby \((\w+)\)/.exec(expr)?.[1];
  let kept: Labels = labels;
  if (by !== undefined) kept = { [by]: labels[by] ?? '' };
  else if (/\bsum\(/.test(expr)) kept = {};
  else if (/\brate\(/.test(expr)) {
    kept = Object.fromEntries(Object.entries(labels).filter(([name]) => name !== '__name__'));
  }
  return { labels: kept, at: ms => at(ms) * factor };
}

/**
 * The series that an expression of the console would give. This is no PromQL: it looks for the names of metrics, and for the few
 * functions whose effect shows in the console.
 */
export function fakeEvaluate(expr: string): FakeSeries[] {
  checkParentheses(expr);
  const parts = [...expr.matchAll(/label_replace\((.*?), "(\w+)", "(\w+)", "job", "\.\*"\)/g)];
  if (parts.length === 0) return selected(expr).map(one => transformed(expr, one));
  return parts.flatMap(([, inner = '', label = '', value = '']) =>
    selected(inner).map(one => {
      const { labels, at } = transformed(inner, one);
      return { labels: { ...labels, [label]: value }, at };
    }),
  );
}
