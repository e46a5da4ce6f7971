import { expect, test } from './house';

test.describe('signing in', () => {
  test('a wrong password is refused in words', async ({ house, page }) => {
    await house.open('/login');
    const known = await page.locator('form:has([data-testid=demo-login-manager]) [name=email]').inputValue();
    const form = house.id('login-form');
    for (const email of [known, 'nobody@vectoros.example']) {
      await form.locator('[name=email]').fill(email);
      await form.locator('[name=password]').fill('not the password');
      await house.id('login-submit').click();
      await expect(house.id('login-error')).toContainText('wrong');
      await house.settled();
    }
    await page.goto('/deals');
    await expect(form).toBeVisible();
  });

  test('a page that needs signing in comes back afterwards', async ({ house, page }) => {
    await house.open('/deals?outcome=won&sort=title');
    await expect(page).toHaveURL(/\/login\?next=/);
    await house.id('demo-login-admin').click();
    await expect(page).toHaveURL(/\/deals\?outcome=won&sort=title$/);
    await expect(house.rows.first().getByTestId('outcome-badge')).toHaveAttribute('data-outcome', 'won');
  });

  test('signing out ends the session', async ({ house, page }) => {
    await house.signIn('manager');
    await house.signOut();
    await house.open('/dashboard');
    await expect(page).toHaveURL(/\/login/);
  });

  test('each role sees what is theirs', async ({ house, page, browser, baseURL, javaScriptEnabled }) => {
    await house.signIn('rep');
    const rep = await house.id('me-name').innerText();
    const repTotal = await house.total();
    expect(repTotal).toBeGreaterThan(0);
    for (const owner of await house.rows.getByTestId('deal-owner').allInnerTexts()) expect(owner).toBe(rep);
    await house.signOut();

    await house.signIn('manager');
    const managerTotal = await house.total();
    await house.signOut();

    await house.signIn('admin');
    const adminTotal = await house.total();
    expect(managerTotal).toBeGreaterThan(repTotal);
    expect(adminTotal).toBeGreaterThanOrEqual(managerTotal);
    const foreign = house.rows.filter({ hasNot: page.getByTestId('deal-owner').getByText(rep, { exact: true }) }).first();
    const address = await foreign.getByTestId('deal-link').getAttribute('href');

    // What is another's is not there at all.
    const context = await browser.newContext({ baseURL, javaScriptEnabled });
    const other = await context.newPage();
    await other.goto('/login');
    await other.getByTestId('demo-login-rep').click();
    await expect(other.getByTestId('deal-list')).toBeVisible();
    expect((await other.goto(address ?? ''))?.status()).toBe(404);
    await context.close();
  });
});
