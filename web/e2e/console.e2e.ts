import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { launch, openPage, screenshot, waitForPoints, weirUrl } from './browser';

let browser: Browser;

beforeAll(async () => {
  weirUrl();
  browser = await launch();
  return () => browser.close();
});

const livePanels = ['cpu', 'load', 'memory', 'processes', 'network'];

async function waitForDashboard(page: Page): Promise<void> {
  for (const panel of livePanels) await waitForPoints(page, panel, 5);
}

async function newestTime(page: Page): Promise<number> {
  return Number(await page.locator('#panel-cpu .plot-canvas').getAttribute('data-newest'));
}

/** Chooses the middle half of a plot. */
async function dragAcross(page: Page, plot: string): Promise<void> {
  const box = await page.locator(plot).boundingBox();
  if (box === null) throw new Error(`${plot} is not in sight`);
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width / 4, y);
  await page.mouse.down();
  await page.mouse.move(box.x + (box.width * 3) / 4, y, { steps: 5 });
  await page.mouse.up();
}

describe('dashboard', () => {
  test('draws live charts over one connection, and grows', async () => {
    const { page, context, offences, sockets } = await openPage(browser);
    const response = await page.goto('/');
    expect(response?.headers()['content-security-policy']).toContain("default-src 'self'");
    expect(response?.headers()['content-security-policy']).not.toContain('unsafe');
    await waitForDashboard(page);
    await page.locator('[data-state="live"]').waitFor();
    const before = await newestTime(page);
    await page.waitForFunction(
      time =>
        Number(document.querySelector('#panel-cpu .plot-canvas')?.getAttribute('data-newest')) > time + 1500,
      before,
    );
    expect(sockets).toHaveLength(1);
    await page.locator('#panel-cpu .u-over').hover();
    await page.locator('#panel-load .cursor-time').waitFor();
    await screenshot(page, 'dashboard-light');
    expect(offences).toEqual([]);
    await context.close();
  });

  test('stands still while paused, and goes on', async () => {
    const { page, context, offences } = await openPage(browser);
    await page.goto('/');
    await waitForDashboard(page);
    await page.getByRole('button', { name: 'Pause' }).click();
    const before = await newestTime(page);
    await page.waitForTimeout(2500);
    expect(await newestTime(page)).toBe(before);
    await page.getByRole('button', { name: 'Resume' }).click();
    await dragAcross(page, '#panel-memory .u-over');
    await page.getByRole('status').getByText('Paused').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.waitForFunction(
      time => Number(document.querySelector('#panel-cpu .plot-canvas')?.getAttribute('data-newest')) > time,
      before,
    );
    expect(offences).toEqual([]);
    await context.close();
  });

  test('changes its window and remembers it in the address', async () => {
    const { page, context, offences } = await openPage(browser, { colorScheme: 'dark' });
    await page.goto('/');
    await waitForDashboard(page);
    await page.getByRole('button', { name: '1m', exact: true }).click();
    await page.waitForURL(/window=1m/);
    await waitForDashboard(page);
    await screenshot(page, 'dashboard-dark');
    expect(offences).toEqual([]);
    await context.close();
  });

  test('says that the connection is lost, and comes back', async () => {
    const { page, context, offences } = await openPage(browser);
    let cut: () => void = () => undefined;
    await page.routeWebSocket('/api/v2/live', socket => {
      const server = socket.connectToServer();
      cut = () => {
        void server.close();
        void socket.close({ code: 1013 });
      };
    });
    await page.goto('/');
    await waitForDashboard(page);
    const before = await newestTime(page);
    cut();
    await page.locator('[data-state="waiting"], [data-state="connecting"]').waitFor();
    await page.locator('[data-state="live"]').waitFor();
    await page.waitForFunction(
      time => Number(document.querySelector('#panel-cpu .plot-canvas')?.getAttribute('data-newest')) > time,
      before,
    );
    expect(offences).toEqual([]);
    await context.close();
  });

  test('says what to do when nothing arrives', async () => {
    const { page, context, offences } = await openPage(browser);
    await page.routeWebSocket('/api/v2/live', socket => {
      socket.onMessage(text => {
        const { type, id } = JSON.parse(String(text)) as { type: string; id: string };
        const t = Math.floor(Date.now() / 1000) * 1000;
        const frame = { type: 'history', id, start_ms: t, step_ms: 1000, new: [], v: [] };
        if (type === 'subscribe') socket.send(JSON.stringify(frame));
      });
    });
    await page.goto('/');
    await page.locator('#empty-state').getByText('remote_write').waitFor();
    await screenshot(page, 'dashboard-empty-light');
    expect(offences).toEqual([]);
    await context.close();
  });

  test('fits a phone, and follows the choice of a theme', async () => {
    const { page, context, offences } = await openPage(browser, { width: 380, height: 800 });
    await page.goto('/');
    await waitForDashboard(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(380);
    await screenshot(page, 'dashboard-phone-light');
    await page.getByRole('button', { name: /^Theme: system/ }).click();
    await page.getByRole('button', { name: /^Theme: light/ }).click();
    await page.getByRole('button', { name: /^Theme: dark/ }).waitFor();
    await page.waitForTimeout(300);
    await screenshot(page, 'dashboard-phone-dark');
    expect(offences).toEqual([]);
    await context.close();
  });
});

describe('query', () => {
  test('completes a word that was typed before the names arrived', async () => {
    const { page, context, offences } = await openPage(browser);
    let release: () => void = () => undefined;
    const typed = new Promise<void>(resolve => (release = resolve));
    await page.route('**/label/__name__/values*', async route => {
      await typed;
      await route.continue();
    });
    await page.goto('/query');
    const editor = page.getByRole('textbox', { name: 'PromQL expression' });
    await editor.click();
    await editor.pressSequentially('node_lo');
    release();
    await page.getByRole('option', { name: /^node_load1 (metric|gauge)/ }).waitFor();
    await editor.blur();
    await page.getByRole('listbox').waitFor({ state: 'detached' });
    expect(offences).toEqual([]);
    await context.close();
  });

  test('answers as a graph and as a table', async () => {
    const { page, context, offences } = await openPage(browser);
    await page.goto('/query');
    const editor = page.getByRole('textbox', { name: 'PromQL expression' });
    await editor.click();
    await editor.pressSequentially('node_lo');
    await page.getByRole('option', { name: /^node_load1 (metric|gauge)/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await screenshot(page, 'query-completion');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/expr=node_load/);
    await page.locator('.query-graph .plot-canvas canvas').waitFor();
    await page.getByRole('list', { name: 'Series' }).getByText('node_load').first().waitFor();
    await page.locator('.query-graph .u-over').hover();
    await screenshot(page, 'query-graph-light');
    await dragAcross(page, '.query-graph .u-over');
    await page.waitForURL(/range=.*&end=|end=.*&range=/);
    await page.getByRole('button', { name: 'Now' }).click();
    await page.waitForURL(url => !url.searchParams.has('end'));
    await page.getByRole('button', { name: 'Table' }).click();
    await page.locator('table.result').getByText('node_load').first().waitFor();
    await screenshot(page, 'query-table-light');
    expect(await page.locator('#query-stats').textContent()).toMatch(/\d+ series/);
    expect(offences).toEqual([]);
    await context.close();
  });

  test('opens a link, in the dark and on a phone', async () => {
    const expr = encodeURIComponent('sum by (mode) (rate(node_cpu_seconds_total[1m]))');
    for (const [name, width] of [
      ['query-graph-dark', 1440],
      ['query-phone-dark', 380],
    ] as const) {
      const { page, context, offences } = await openPage(browser, { width, colorScheme: 'dark' });
      await page.goto(`/query?expr=${expr}&tab=graph&range=5m`);
      await page.getByRole('list', { name: 'Series' }).getByText('mode').first().waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      await screenshot(page, name);
      expect(offences).toEqual([]);
      await context.close();
    }
  });

  test('marks where a query cannot be parsed', async () => {
    const { page, context, offences } = await openPage(browser, { expectedFailures: ['/api/v1/query'] });
    await page.goto('/query');
    const editor = page.getByRole('textbox', { name: 'PromQL expression' });
    await editor.fill('sum(node_load1))');
    await editor.press('Control+Enter');
    await page.locator('#query-error').getByText('parse error').waitFor();
    expect(await page.locator('.editor-backdrop mark').textContent()).toBe(')');
    expect(await editor.getAttribute('aria-invalid')).toBe('true');
    await screenshot(page, 'query-error-light');
    expect(offences).toEqual([]);
    await context.close();
  });

  test('goes back to an earlier query', async () => {
    const { page, context } = await openPage(browser);
    await page.goto('/query?expr=node_load1&tab=table');
    await page.locator('table.result').getByText('node_load1').first().waitFor();
    const editor = page.getByRole('textbox', { name: 'PromQL expression' });
    await editor.fill('node_load5');
    await editor.press('Control+Enter');
    await page.locator('table.result').getByText('node_load5').first().waitFor();
    await page.goBack();
    await page.locator('table.result').getByText('node_load1').first().waitFor();
    expect(await editor.inputValue()).toBe('node_load1');
    await page.getByText(/^History \(2\)$/).click();
    await page.getByRole('button', { name: 'node_load5' }).click();
    await page.locator('table.result').getByText('node_load5').first().waitFor();
    await context.close();
  });
});

describe('status', () => {
  test('shows the process, the store and the log', async () => {
    const { page, context, offences } = await openPage(browser);
    await page.goto('/');
    await page.getByRole('link', { name: 'Status' }).click();
    await page.getByRole('status').getByText('Ready', { exact: true }).waitFor();
    expect(await page.locator('#partitions tbody tr').count()).toBeGreaterThan(0);
    expect(await page.getByText('Active series').count()).toBe(1);
    await screenshot(page, 'status-light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await screenshot(page, 'status-dark');
    expect(offences).toEqual([]);
    await context.close();
  });

  test('shows a gateway by its upstreams', async () => {
    const { page, context, offences } = await openPage(browser);
    let requests = 9000;
    await page.route('/api/v2/status', async route => {
      const own = (await (await route.fetch()).json()) as Record<string, object>;
      const absent = (section: string) => ({ ...own[section], present: false });
      requests += 50;
      const upstream = (surface: string, number: number, state: string, reason: string) => ({
        surface,
        name: `weir-${surface}-${number}:8080`,
        address: `10.0.0.${number}:8080`,
        state,
        reason,
        in_flight: number,
        streams: 0,
        requests_total: requests,
        errors_total: 2,
        retries_total: 1,
      });
      const upstreams = [
        upstream('write', 1, 'serving', ''),
        upstream('write', 2, 'dead', 'Connection refused'),
        upstream('read', 3, 'serving', ''),
      ];
      const breakers = upstreams.map(({ surface, name }) => ({
        name: `upstream ${surface} ${name}`,
        state: 'closed',
      }));
      const sections = Object.fromEntries(
        ['store', 'ingest', 'live', 'log'].map(name => [name, absent(name)]),
      );
      await route.fulfill({
        json: { ...own, ...sections, roles: ['gateway'], durability: 'none', breakers, upstreams },
      });
    });
    await page.goto('/');
    await page.getByLabel('This gateway now').getByText('of 3').waitFor();
    await page
      .getByLabel('This gateway now')
      .getByText(/^[1-9][\d.]*$/)
      .first()
      .waitFor();
    await screenshot(page, 'dashboard-gateway-light');
    await page.getByRole('link', { name: 'Status' }).click();
    await page.locator('#upstreams tbody tr').nth(2).waitFor();
    expect(await page.locator('#upstreams td.warn').allTextContents()).toEqual(['dead']);
    expect(await page.locator('#partitions').count()).toBe(0);
    expect(await page.getByText('Refuses writes').count()).toBe(0);
    await screenshot(page, 'status-gateway-light');
    expect(offences).toEqual([]);
    await context.close();
  });

  test('is the page of its address on a phone', async () => {
    const { page, context, offences } = await openPage(browser, { width: 380 });
    await page.goto('/status');
    await page.locator('#partitions tbody tr').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(380);
    await screenshot(page, 'status-phone-light');
    expect(offences).toEqual([]);
    await context.close();
  });
});
