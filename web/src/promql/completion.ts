import type { MetricDescription } from '../api/prometheus';
import { functions } from './functions';

export interface Completion {
  text: string;
  kind: 'metric' | 'function' | 'label';
  /** Of a metric, where it is known. */
  description?: MetricDescription | undefined;
}

export interface CompletionContext {
  /** The word that would be replaced is `text.slice(begin, caret)`. */
  begin: number;
  word: string;
  wants: 'expression' | 'label';
}

/**
 * What could be completed at `caret`: a metric or function name, or, between braces and after `by (`, a label name. Nothing
 * inside a quoted string and nothing before a word has begun.
 */
export function completionContext(text: string, caret: number): CompletionContext | undefined {
  const before = text.slice(0, caret);
  const word = /[a-zA-Z_:][\w:]*$/.exec(before)?.[0];
  if (word === undefined) return undefined;
  const begin = caret - word.length;
  if (/[\w.]$/.test(before.slice(0, begin))) return undefined;
  const scan = scanQuotesAndBraces(before.slice(0, begin));
  if (scan.inString) return undefined;
  const grouping = /\b(by|without|on|ignoring|group_left|group_right)\s*\([^()]*$/.test(
    before.slice(0, begin),
  );
  return { begin, word, wants: scan.inBraces || grouping ? 'label' : 'expression' };
}

function scanQuotesAndBraces(text: string): { inString: boolean; inBraces: boolean } {
  let quote = '';
  let depth = 0;
  for (let index = 0; index < text.length; ++index) {
    const character = text.charAt(index);
    if (quote !== '') {
      if (character === '\\' && quote !== '`') ++index;
      else if (character === quote) quote = '';
    } else if ('"\'`'.includes(character)) quote = character;
    else if (character === '{') ++depth;
    else if (character === '}') --depth;
  }
  return { inString: quote !== '', inBraces: depth > 0 };
}

/** How well `candidate` fits what was typed: smaller is better, `undefined` is not at all. */
function rank(candidate: string, word: string): number | undefined {
  const at = candidate.toLowerCase().indexOf(word);
  if (at < 0) return undefined;
  if (at === 0) return 0;
  return candidate.charAt(at - 1) === '_' ? 1 : 2;
}

/** The best `max` completions: names that begin with the word, then those where a part does, then those that contain it. */
export function complete(
  context: CompletionContext,
  names: { metrics: readonly string[]; labels: readonly string[] },
  max = 12,
): Completion[] {
  const word = context.word.toLowerCase();
  const candidates: Completion[] =
    context.wants === 'label'
      ? names.labels.map(text => ({ text, kind: 'label' }))
      : [
          ...functions.map(text => ({ text, kind: 'function' }) as const),
          ...names.metrics.map(text => ({ text, kind: 'metric' }) as const),
        ];
  return candidates
    .map(completion => ({ completion, rank: rank(completion.text, word) }))
    .filter((item): item is { completion: Completion; rank: number } => item.rank !== undefined)
    .filter(item => item.completion.text !== context.word)
    .sort(
      (a, b) =>
        a.rank - b.rank ||
        a.completion.text.length - b.completion.text.length ||
        (a.completion.text < b.completion.text ? -1 : 1),
    )
    .slice(0, max)
    .map(item => item.completion);
}
