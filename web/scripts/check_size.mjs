// Fails when the console is larger than its budgets: a promise to whoever opens it over a slow line. Sizes are those of gzip.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const root = new URL('../dist/', import.meta.url);
const sizes = new Map();

/** Compressed size of one file of dist. */
function size(path) {
  if (!sizes.has(path)) sizes.set(path, gzipSync(readFileSync(new URL(path, root)), { level: 9 }).length);
  return sizes.get(path);
}

/** `paths` and the scripts that they import before they run. */
function withImports(paths) {
  const found = new Set(paths);
  for (const path of found) {
    if (!path.endsWith('.js')) continue;
    const text = readFileSync(new URL(path, root), 'utf8');
    for (const [, name] of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g))
      found.add(`assets/${name}`);
  }
  return [...found];
}

const assets = readdirSync(new URL('assets/', root)).map(name => `assets/${name}`);
const html = readFileSync(new URL('index.html', root), 'utf8');
const shell = withImports(['index.html', ...assets.filter(path => html.includes(path))]);
const dashboardScript = assets.find(path => /home_page-[^/]*\.js$/.test(path));
if (dashboardScript === undefined) throw new Error('check-size: dist has no script of the dashboard');

const budgets = [
  ['the shell, for the first paint', shell, 40],
  ['all for the dashboard', withImports([...shell, dashboardScript]), 54],
  ['all files', ['index.html', ...assets], 64],
];
for (const path of ['index.html', ...assets]) console.log(`${String(size(path)).padStart(7)}  ${path}`);
for (const [name, paths, limitKib] of budgets) {
  const total = paths.reduce((sum, path) => sum + size(path), 0);
  const verdict = total <= limitKib * 1024 ? 'within' : 'OVER';
  console.log(`${String(total).padStart(7)}  ${name}: ${verdict} ${limitKib} KiB`);
  if (verdict === 'OVER') process.exitCode = 1;
}
