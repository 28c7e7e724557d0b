import { computed, signal } from '@preact/signals';

const href = signal(window.location.href);

/** The page's address. Change it by `navigate`. */
export const address = computed(() => new URL(href.value));
export const path = computed(() => address.value.pathname);

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  const target = new URL(to, window.location.href);
  if (options.replace === true || target.href === window.location.href) {
    history.replaceState(null, '', target);
  } else {
    history.pushState(null, '', target);
  }
  href.value = target.href;
}

/** Replaces query parameters of the current address; `undefined` removes one. */
export function withParameters(changes: Readonly<Record<string, string | undefined>>): string {
  const target = new URL(address.peek());
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) target.searchParams.delete(name);
    else target.searchParams.set(name, value);
  }
  return target.pathname + target.search;
}

function isPlainClick(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

/** Makes links inside the console change the page without loading it again. */
export function installRouter(): void {
  window.addEventListener('popstate', () => {
    href.value = window.location.href;
  });
  document.addEventListener('click', event => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || event.defaultPrevented || !isPlainClick(event)) return;
    if (link.origin !== window.location.origin || link.target !== '' || link.hasAttribute('download')) return;
    event.preventDefault();
    navigate(link.href);
  });
}
