import { mkdirSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** The running Weir under test. Its absence is a failure: a test that is skipped unseen protects nobody. */
export function weirUrl(): URL {
  const text = process.env.WEIR_URL;
  if (text === undefined || text === '') {
    throw new Error(
      'WEIR_URL is not set: start Weir and give its address, for example http://127.0.0.1:8080',
    );
  }
  return new URL(text);
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

const screenshots = new URL('../test-results/', import.meta.url).pathname;

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: `${screenshots}${name}.png`, fullPage: true });
}

export interface WatchedPage {
  page: Page;
  context: BrowserContext;
  /** What a page of the console must never do, in words; empty when all is well. */
  offences: string[];
  /** Addresses of the WebSockets it opened. */
  sockets: string[];
}

export interface PageOptions {
  width?: number;
  height?: number;
  colorScheme?: 'light' | 'dark';
  /** Answers of the API that are part of the test, as the beginning of their path; browsers write them to the console as errors. */
  expectedFailures?: string[];
}

/** Opens a page that records console errors, violations of the security policy and requests to other hosts. */
export async function openPage(browser: Browser, options: PageOptions = {}): Promise<WatchedPage> {
  const { width = 1440, height = 900, colorScheme = 'light', expectedFailures = [] } = options;
  const context = await browser.newContext({
    baseURL: weirUrl().href,
    viewport: { width, height },
    colorScheme,
  });
  const page = await context.newPage();
  const offences: string[] = [];
  const sockets: string[] = [];
  const checkHost = (address: string) => {
    if (new URL(address).host !== weirUrl().host) offences.push(`request to another host: ${address}`);
  };
  page.on('request', request => {
    checkHost(request.url());
  });
  page.on('websocket', socket => {
    sockets.push(socket.url());
    checkHost(socket.url());
  });
  page.on('pageerror', error => {
    offences.push(`exception: ${error.message}`);
  });
  page.on('console', message => {
    const failedPath = new URL(message.location().url || 'about:blank', weirUrl()).pathname;
    const isExpected = expectedFailures.some(path => failedPath.startsWith(path));
    if (['error', 'warning'].includes(message.type()) && !isExpected)
      offences.push(`console: ${message.text()}`);
  });
  await page.exposeFunction('reportViolation', (text: string) => offences.push(`security policy: ${text}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', event => {
      const report = (window as unknown as { reportViolation: (text: string) => void }).reportViolation;
      report(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return { page, context, offences, sockets };
}

/** Resolves once the chart of a panel has drawn at least `count` points. */
export async function waitForPoints(page: Page, panel: string, count: number): Promise<void> {
  await page.waitForFunction(
    ([id, least]) =>
      Number(document.querySelector(`#${id} .plot-canvas`)?.getAttribute('data-points')) >= least,
    [`panel-${panel}`, count] as const,
  );
}
