import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

const names = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = [process.env["CHROMIUM"] ?? "", ...names].find(
  (name) => name !== "" && existsSync(name),
);

/** Whether tests in a real browser are skipped. */
export const hasNoBrowser = executablePath === undefined;

/** What their title says then. */
export const skipNote = hasNoBrowser ? " (skipped: no Chromium here; apt-get install chromium)" : "";

export interface OpenedPage {
  readonly page: Page;
  /** What went to the console, and errors that nobody caught. */
  readonly complaints: string[];
  /** Everything that was asked of a network, files but the page itself included. */
  readonly requests: string[];
}

/** A browser for the tests of a file, which opens pages from disk. */
export function useBrowser(): (file: string, options?: BrowserContextOptions) => Promise<OpenedPage> {
  let browser: Browser;
  beforeAll(async () => {
    // Tests run as root in containers, where Chromium's sandbox has no namespaces.
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: ["--no-sandbox"] });
  }, 60_000);
  afterAll(() => browser.close());
  return async (file, options = {}) => {
    const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(`file://${file}`);
    return { page, complaints, requests };
  };
}
