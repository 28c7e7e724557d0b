import { describe, expect, test } from 'vitest';
import { complete, completionContext } from './completion';

const names = {
  metrics: ['node_load1', 'node_load15', 'node_cpu_seconds_total', 'up'],
  labels: ['instance', 'job', 'mode'],
};

/** Completions at `|`. */
function at(text: string): string[] | undefined {
  const caret = text.indexOf('|');
  const context = completionContext(text.replace('|', ''), caret);
  return context === undefined ? undefined : complete(context, names).map(item => item.text);
}

describe('completion', () => {
  test('offers metrics, best first', () => {
    expect(at('node_l|')).toEqual(['node_load1', 'node_load15']);
    expect(at('sum(load|')).toEqual(['node_load1', 'node_load15']);
    expect(at('NODE_cpu|')).toEqual(['node_cpu_seconds_total']);
  });

  test('offers functions', () => {
    expect(at('ra|')?.[0]).toBe('rate');
  });

  test('offers labels between braces and in groupings', () => {
    expect(at('up{jo|')).toEqual(['job']);
    expect(at('up{job="x",m|}')).toEqual(['mode']);
    expect(at('sum by (ins|) (up)')).toEqual(['instance']);
    expect(at('up{job="x"} + u|')?.[0]).toBe('up');
  });

  test('offers nothing in strings, numbers and before a word', () => {
    expect(at('up{job="no|')).toBeUndefined();
    expect(at('up{job="a\\"no|')).toBeUndefined();
    expect(at('up[5m|')).toBeUndefined();
    expect(at('up + |')).toBeUndefined();
    expect(at('|')).toBeUndefined();
  });

  test('does not offer what is there already', () => {
    expect(at('up|')).not.toContain('up');
  });
});
