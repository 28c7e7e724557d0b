import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Completion } from '../../promql/completion';

export interface SuggestionsProps {
  id: string;
  items: readonly Completion[];
  selected: number;
  left: number;
  top: number;
  onChoose: (item: Completion) => void;
}

export function optionId(listId: string, index: number): string {
  return `${listId}-${index}`;
}

/** What it is, as exactly as it is known. */
function kindOf({ kind, description }: Completion): string {
  return description === undefined || description.type === 'unknown' ? kind : description.type;
}

/** The list of completions under the word. The text area keeps the focus and names the chosen option. */
export function Suggestions({ id, items, selected, left, top, onChoose }: SuggestionsProps): JSX.Element {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[selected]?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  return (
    <ul
      ref={list}
      id={id}
      class="suggestions"
      role="listbox"
      aria-label="Completions"
      style={{ left: `${left}px`, top: `${top}px` }}
    >
      {items.map((item, index) => (
        <li
          key={`${item.kind} ${item.text}`}
          id={optionId(id, index)}
          role="option"
          aria-selected={index === selected}
          onPointerDown={event => {
            // Before the text area would lose the focus.
            event.preventDefault();
            onChoose(item);
          }}
        >
          <span>{item.text}</span>
          <span class="muted">{kindOf(item)}</span>
          {item.description !== undefined && item.description.help !== '' && (
            <span class="help">{item.description.help}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
