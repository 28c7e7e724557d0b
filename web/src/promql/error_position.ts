export interface MarkedError {
  message: string;
  /** Where in the text the error is, in UTF-16 units; absent when the message names no place. */
  at?: { begin: number; end: number };
}

const pattern = /(\d+):(\d+): (?:parse error: )?/;

/** Offset in `line` of the character that begins `bytes` bytes into its UTF-8 form. */
function utf16Offset(line: string, bytes: number): number {
  const encoder = new TextEncoder();
  let offset = 0;
  let seen = 0;
  for (const character of line) {
    if (seen >= bytes) break;
    seen += encoder.encode(character).length;
    offset += character.length;
  }
  return offset;
}

/** Length of the word that begins at `begin`; one character where no word does. */
function wordLength(text: string, begin: number): number {
  const word = /^[\w:.]+/.exec(text.slice(begin));
  return word === null ? 1 : word[0].length;
}

/**
 * Finds the place that a message such as `1:5: parse error: unexpected ")"` speaks of. Lines and columns count from 1, columns
 * in bytes, as Prometheus counts them. An error past the end marks the last character.
 */
export function locateError(text: string, message: string): MarkedError {
  const match = pattern.exec(message);
  if (match === null) return { message };
  const lines = text.split('\n');
  const lineIndex = Number(match[1]) - 1;
  const line = lines[lineIndex];
  if (line === undefined) return { message };
  const lineBegin = lines.slice(0, lineIndex).reduce((sum, before) => sum + before.length + 1, 0);
  const offset = utf16Offset(line, Math.max(0, Number(match[2]) - 1));
  const begin = Math.max(0, Math.min(lineBegin + offset, text.length - 1));
  return { message, at: { begin, end: Math.min(text.length, begin + wordLength(text, begin)) } };
}
