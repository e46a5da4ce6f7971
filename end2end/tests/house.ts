// What every test needs: a page that is watched for errors, and the steps that lead into the product.

import { test as base, expect, type Locator, type Page } from '@playwright/test';

export type Role = 'rep' | 'manager' | 'admin';

type Fixtures = {
  /** Messages of the console that a test expects; any other error fails it. */
  expectedErrors: RegExp[];
  /** The steps below, bound to the page. */
  house: House;
};

export const test = base.extend<Fixtures>({
  expectedErrors: [[], { option: true }],
  house: async ({ page, javaScriptEnabled, expectedErrors }, use) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await use(new House(page, javaScriptEnabled !== false));
    expect(errors.filter((error) => !expectedErrors.some((expected) => expected.test(error)))).toEqual([]);
  },
});

export { expect };

export class House {
  constructor(
    readonly page: Page,
    readonly scripted: boolean,
  ) {}

  id(testid: string): Locator {
    return this.page.getByTestId(testid);
  }

  get rows(): Locator {
    return this.id('deal-row');
  }

  /** Goes to an address and waits until the page can be used; returns the response's status. */
  async open(address: string): Promise<number> {
    const response = await this.page.goto(address);
    await this.settled();
    return response?.status() ?? 0;
  }

  /** With scripts, a page is ready when the client has taken over. */
  async settled() {
    if (this.scripted) await expect(this.page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  }

  /** Signs in by the demo's button for a role. */
  async signIn(role: Role) {
    await this.open('/login');
    await this.id(`demo-login-${role}`).click();
    await expect(this.id('deal-list')).toBeVisible();
    await this.settled();
  }

  async signOut() {
    await this.id('sign-out').click();
    await expect(this.id('login-form')).toBeVisible();
    await this.settled();
  }

  /** Chooses in a filter: with scripts that applies at once. */
  async choose(filter: string, value: string) {
    await this.page.locator(`[data-testid=filter-form] [name=${filter}]`).selectOption(value);
    if (!this.scripted) await this.id('filter-apply').click();
    await expect(this.page).toHaveURL(new RegExp(`[?&]${filter}=${value}(&|$)`));
    await this.settled();
  }

  async search(text: string) {
    const field = this.page.locator('[data-testid=filter-form] [name=q]');
    await field.fill(text);
    await field.press('Enter');
    // Form posts write a space as +, the client as %20.
    await expect.poll(() => new URL(this.page.url()).searchParams.get('q')).toBe(text);
    await this.settled();
  }

  /** The number of deals that the list says it has. */
  async total(): Promise<number> {
    return Number(await this.id('total-count').getAttribute('data-total'));
  }

  async dealIds(): Promise<string[]> {
    return this.rows.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-deal-id') ?? ''));
  }

  /** The amounts in a column of the list; a missing one is NaN. */
  async amounts(testid: string): Promise<number[]> {
    const texts = await this.rows.getByTestId(testid).allInnerTexts();
    return texts.map((text) => Number.parseFloat(text.replace(/[^0-9.]/g, '')));
  }

  /** Marks the document, so that a full reload is noticed later. */
  async mark() {
    await this.page.evaluate(() => document.documentElement.setAttribute('data-marked', 'true'));
  }

  async expectNoReload() {
    await expect(this.page.locator('html')).toHaveAttribute('data-marked', 'true');
  }
}
