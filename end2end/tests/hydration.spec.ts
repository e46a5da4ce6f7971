import { expect, test } from './house';

test.describe('in the browser', () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, 'about what scripts add');

  test('moving between pages loads no document again', async ({ house, page }) => {
    await house.signIn('manager');
    await house.mark();
    await house.id('nav-dashboard').click();
    await expect(house.id('risk-table')).toBeVisible();
    await house.rows.first().getByTestId('deal-link').click();
    await expect(house.id('deal-title')).toBeVisible();
    await house.id('nav-deals').click();
    await expect(house.id('deal-list')).toBeVisible();
    await page.goBack();
    await expect(house.id('deal-title')).toBeVisible();
    await house.expectNoReload();
  });

  test('a filter applies at once', async ({ house }) => {
    await house.signIn('manager');
    await house.mark();
    await house.choose('outcome', 'won');
    await expect(house.rows.first().getByTestId('outcome-badge')).toHaveAttribute('data-outcome', 'won');
    await house.expectNoReload();
  });

  test('the theme is chosen and kept', async ({ house, page }) => {
    await house.signIn('manager');
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const before = await background();
    await house.id('theme-toggle').click();
    await expect.poll(background).not.toBe(before);
    const chosen = await page.locator('html').getAttribute('data-theme');
    await page.reload();
    await expect(page.locator('html')).toHaveAttribute('data-theme', chosen ?? '');
    expect(await background()).not.toBe(before);
  });
});

test.describe('without scripts', () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled !== false, 'about pages without scripts');

  test('nothing is offered that cannot work', async ({ house }) => {
    await house.signIn('manager');
    await expect(house.id('theme-toggle')).toBeHidden();
  });
});
