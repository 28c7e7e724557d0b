import { signal, useSignalEffect } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { path } from './router';
import { nextTheme, theme } from './theme';
import { Logo, MoonIcon, SunIcon, SystemIcon } from './ui/icons';

interface Route {
  path: string;
  title: string;
  load: () => Promise<{ default: ComponentType }>;
}

const routes: readonly Route[] = [
  { path: '/', title: 'Dashboard', load: () => import('./pages/home/home_page') },
  { path: '/query', title: 'Query', load: () => import('./pages/query/query_page') },
  { path: '/status', title: 'Status', load: () => import('./pages/status/status_page') },
];

type Loaded = { path: string; Page: ComponentType } | { path: string; error: string };

const loaded = signal<Loaded | undefined>(undefined);

async function loadRoute(route: Route): Promise<void> {
  let next: Loaded;
  try {
    next = { path: route.path, Page: (await route.load()).default };
  } catch {
    next = {
      path: route.path,
      error: 'This page could not be loaded. Weir may have been updated: load it again.',
    };
  }
  if (path.peek() === route.path) loaded.value = next;
}

export function App(): JSX.Element {
  const main = useRef<HTMLElement>(null);
  useSignalEffect(() => {
    const route = routes.find(one => one.path === path.value);
    document.title = route === undefined ? 'Weir' : `${route.title} · Weir`;
    if (route !== undefined) void loadRoute(route);
    if (loaded.peek() !== undefined) main.current?.focus();
  });
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <Header />
      <main id="main" tabIndex={-1} ref={main}>
        <Content />
      </main>
    </>
  );
}

function Content(): JSX.Element | null {
  const route = routes.find(one => one.path === path.value);
  if (route === undefined) {
    return (
      <section class="card empty-state">
        <h1>No such page</h1>
        <a href="/">To the dashboard</a>
      </section>
    );
  }
  const now = loaded.value;
  if (now?.path !== route.path) return null;
  return 'Page' in now ? <now.Page /> : <p class="card banner bad">{now.error}</p>;
}

function Header(): JSX.Element {
  return (
    <header class="top">
      <a class="brand" href="/" aria-label="Weir, dashboard">
        <Logo />
        <span>Weir</span>
      </a>
      <nav aria-label="Pages">
        {routes.map(route => (
          <a key={route.path} href={route.path} aria-current={path.value === route.path ? 'page' : undefined}>
            {route.title}
          </a>
        ))}
      </nav>
      <span class="spacer" />
      <ThemeButton />
    </header>
  );
}

const themeIcons = { system: SystemIcon, light: SunIcon, dark: MoonIcon };

function ThemeButton(): JSX.Element {
  const Icon = themeIcons[theme.value];
  return (
    <button
      type="button"
      class="button icon-button"
      aria-label={`Theme: ${theme.value}. Change to ${nextTheme(theme.value)}`}
      title={`Theme: ${theme.value}`}
      onClick={() => {
        theme.value = nextTheme(theme.value);
      }}
    >
      <Icon />
    </button>
  );
}
