import { useSignal, useSignalEffect, type ReadonlySignal, type Signal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';
import { complete, completionContext, type Completion } from '../../promql/completion';
import { describeMetric } from '../../promql/metric_family';
import { descriptions, labels, metrics } from './names';

/** The list as it is open under a word. */
export interface OpenList {
  /** The word is replaced from here to `caret`. */
  begin: number;
  caret: number;
  items: Completion[];
  /** -1: none yet, so that Enter still makes a new line. */
  selected: number;
  left: number;
  top: number;
}

export interface CompletionControl {
  list: ReadonlySignal<OpenList | undefined>;
  /** Opens, changes or closes the list by the word before the caret. */
  suggest: () => void;
  choose: (item: Completion) => void;
  close: () => void;
  /** Moves in the list, accepts or closes it; false for a key that is not the list's. */
  handleKey: (key: string) => boolean;
}

/** Where character `offset` of the backdrop is, relative to the editor. */
function characterPosition(editor: HTMLElement, offset: number): { left: number; top: number } {
  const walker = document.createTreeWalker(
    editor.querySelector('.editor-backdrop') ?? editor,
    NodeFilter.SHOW_TEXT,
  );
  let rest = offset;
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const length = node.nodeValue?.length ?? 0;
    if (rest < length) {
      const range = document.createRange();
      range.setStart(node, rest);
      range.setEnd(node, rest + 1);
      const box = range.getBoundingClientRect();
      const origin = editor.getBoundingClientRect();
      return { left: Math.min(box.left - origin.left, origin.width - 240), top: box.bottom - origin.top + 4 };
    }
    rest -= length;
  }
  return { left: 0, top: editor.clientHeight };
}

/** The list after an arrow key. */
function moved(list: OpenList, step: 1 | -1): OpenList {
  const { items, selected } = list;
  const next = step === 1 ? selected + 1 : selected <= 0 ? items.length - 1 : selected - 1;
  return { ...list, selected: next % items.length };
}

/** Completion for the text area `area`, whose letters are mirrored by the backdrop inside `root`. */
export function useCompletion(
  root: RefObject<HTMLElement | null>,
  area: RefObject<HTMLTextAreaElement | null>,
  text: Signal<string>,
): CompletionControl {
  const list = useSignal<OpenList | undefined>(undefined);
  /** A word was typed and the list not closed since: names that arrive later still belong in it. */
  const isWanted = useRef(false);

  const close = () => {
    isWanted.current = false;
    list.value = undefined;
  };

  const suggest = () => {
    close();
    if (area.current === null || root.current === null) return;
    const { selectionStart: caret, selectionEnd, value } = area.current;
    const context = caret === selectionEnd ? completionContext(value, caret) : undefined;
    if (context === undefined) return;
    isWanted.current = true;
    const items = complete(context, { metrics: metrics.peek(), labels: labels.peek() }).map(item =>
      item.kind === 'metric'
        ? { ...item, description: describeMetric(descriptions.peek(), item.text) }
        : item,
    );
    if (items.length === 0) return;
    const { begin } = context;
    list.value = { begin, caret, items, selected: -1, ...characterPosition(root.current, begin) };
  };

  useSignalEffect(() => {
    if (metrics.value.length + labels.value.length > 0 && isWanted.current) suggest();
  });

  const choose = (item: Completion) => {
    const open = list.peek();
    if (open === undefined || area.current === null) return;
    const inserted = item.kind === 'function' ? `${item.text}(` : item.text;
    area.current.setRangeText(inserted, open.begin, open.caret, 'end');
    text.value = area.current.value;
    close();
    area.current.focus();
  };

  const accept = (item: Completion | undefined): boolean => {
    if (item === undefined) close();
    else choose(item);
    return item !== undefined;
  };

  const handleKey = (key: string): boolean => {
    const open = list.peek();
    if (open === undefined) return false;
    if (key === 'Enter') return accept(open.items[open.selected]);
    if (key === 'Tab') return accept(open.items[Math.max(0, open.selected)]);
    if (key === 'ArrowDown') list.value = moved(open, 1);
    else if (key === 'ArrowUp') list.value = moved(open, -1);
    else if (key === 'Escape') close();
    else return false;
    return true;
  };

  return { list, suggest, choose, close, handleKey };
}
