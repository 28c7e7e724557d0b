import { useComputed, type Signal } from '@preact/signals';
import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useRef } from 'preact/hooks';
import type { MarkedError } from '../../promql/error_position';
import { refreshNames } from './names';
import { optionId, Suggestions } from './suggestions';
import { useCompletion } from './use_completion';

export interface EditorProps {
  text: Signal<string>;
  /** An error of exactly this text. */
  error: MarkedError | undefined;
  onRun: () => void;
}

const listId = 'completions';

/** The text with the place of the error marked, under the text area and with the same letters. */
function Backdrop({ text, error }: { text: string; error: MarkedError | undefined }): JSX.Element {
  const at = error?.at ?? { begin: text.length, end: text.length };
  return (
    <div class="editor-backdrop" aria-hidden="true">
      {text.slice(0, at.begin)}
      {at.end > at.begin && <mark>{text.slice(at.begin, at.end)}</mark>}
      {`${text.slice(at.end)}\n`}
    </div>
  );
}

/** The PromQL text area: completion while typing, Ctrl or Cmd with Enter runs. */
export function Editor({ text, error, onRun }: EditorProps): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const completion = useCompletion(root, area, text);
  const rows = useComputed(() => Math.min(12, Math.max(2, text.value.split('\n').length)));
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      completion.close();
      onRun();
    } else if (completion.handleKey(event.key)) {
      event.preventDefault();
    }
  };
  const list = completion.list.value;
  const isChosen = list !== undefined && list.selected >= 0;
  return (
    <div class="editor" ref={root}>
      <Backdrop text={text.value} error={error} />
      <textarea
        ref={area}
        rows={rows.value}
        value={text.value}
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        placeholder="A PromQL expression, for example rate(node_cpu_seconds_total[1m])"
        aria-label="PromQL expression"
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={list === undefined ? undefined : listId}
        aria-activedescendant={isChosen ? optionId(listId, list.selected) : undefined}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : 'query-error'}
        onFocus={() => void refreshNames()}
        onBlur={completion.close}
        onInput={event => {
          text.value = event.currentTarget.value;
          // The backdrop is measured once it shows the new text.
          requestAnimationFrame(completion.suggest);
        }}
        onKeyDown={onKeyDown}
      />
      {list !== undefined && <Suggestions id={listId} {...list} onChoose={completion.choose} />}
    </div>
  );
}
