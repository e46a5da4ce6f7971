import { expect, test } from './house';

test.describe('in the browser', () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, 'about what scripts add');

  test('moving between pages loads no document again', async ({ house, page }) => {
    await house.signIn('manager');
    await house.mark();
    await house.id('nav-dashboard').click();
    await expect(house.id('risk-table')).toBeVisible();
    await expect(page).toHaveTitle(/^Risk/);
    await expect(house.id('nav-dashboard')).toHaveAttribute('aria-current', 'page');
    await house.rows.first().getByTestId('deal-link').click();
    await expect(house.id('deal-title')).toBeVisible();
    await house.id('nav-deals').click();
    await expect(house.id('deal-list')).toBeVisible();
    await page.goBack();
    await expect(house.id('deal-title')).toBeVisible();
    await page.goForward();
    await expect(house.id('deal-list')).toBeVisible();
    await house.expectNoReload();
  });

  test('going back returns to where one was', async ({ house, page }) => {
    await house.signIn('manager');
    await house.mark();
    const link = house.rows.nth(20).getByTestId('deal-link');
    await link.scrollIntoViewIfNeeded();
    const height = await page.evaluate(() => scrollY);
    expect(height).toBeGreaterThan(100);
    await link.click();
    await expect(house.id('deal-title')).toBeVisible();
    expect(await page.evaluate(() => scrollY)).toBe(0);
    await page.goBack();
    await expect(house.id('deal-list')).toBeVisible();
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(height);
    await house.expectNoReload();
  });

  test('a filter applies at once, keeps its place and the focus', async ({ house, page }) => {
    await house.signIn('manager');
    await house.mark();
    await page.locator('#filter-outcome').focus();
    await house.choose('outcome', 'won');
    await expect(house.rows.first().getByTestId('outcome-badge')).toHaveAttribute('data-outcome', 'won');
    await expect(page.locator('#filter-outcome')).toBeFocused();
    // What is not filled in does not stand in the address.
    expect(new URL(page.url()).searchParams.has('q')).toBe(false);
    await house.expectNoReload();
  });

  test('a form posts in place, and says once what it did', async ({ house, page }) => {
    await house.signIn('admin');
    await house.open('/settings/outcomes');
    await house.mark();
    await house.id('save-rules').click();
    await expect(house.id('done')).toHaveText('Saved.');
    expect(new URL(page.url()).search).toBe('');
    await page.reload();
    await house.settled();
    await expect(house.id('done')).toHaveCount(0);
  });

  test('what a form is refused for is said, and not said again', async ({ house, page }) => {
    await house.signIn('admin');
    await house.open('/notifications/settings');
    await house.mark();
    await page.locator('[name=time_zone]').fill('Middle Earth');
    await house.id('settings-save').click();
    await expect(house.id('settings-error')).toBeVisible();
    expect(new URL(page.url()).search).toBe('');
    await house.expectNoReload();
  });

  test.describe('where nothing answers', () => {
    test.use({ expectedErrors: [/ERR_FAILED/] });

    test('a post that gets no answer says so and is not sent again', async ({ house, page }) => {
      await house.signIn('admin');
      await house.open('/settings/outcomes');
      let posts = 0;
      await page.route('**/api/set_close_rules', (route) => {
        posts += 1;
        return route.abort();
      });
      await house.id('save-rules').click();
      await expect(house.id('unreachable')).toBeVisible();
      expect(posts).toBe(1);
      await expect(page).toHaveURL(/settings\/outcomes$/);
    });
  });

  test('chosen deals are counted', async ({ house }) => {
    await house.signIn('admin');
    await house.id('pick-deal').nth(0).check();
    await house.id('pick-deal').nth(1).check();
    await expect(house.id('picked-count')).toHaveText('2 chosen');
    await house.id('pick-deal').nth(1).uncheck();
    await expect(house.id('picked-count')).toHaveText('1 chosen');
  });

  test('a card is dragged to another stage', async ({ house, page }) => {
    await house.signIn('admin');
    await house.id('nav-board').click();
    const [first, second] = [house.id('board-column').nth(0), house.id('board-column').nth(1)];
    await expect(first).toBeVisible();
    // The column begins with what is worth most: deals of the pool.
    await house.openBoard('Browser tests');
    await house.mark();
    const card = first.locator('[data-card]').first();
    const address = await card.getByRole('link').first().getAttribute('href');
    const there = page.locator(`[data-testid=board-column]:nth-child(2) a[href="${address}"]`);
    await card.dragTo(second, { targetPosition: { x: 40, y: 12 } });
    await expect(there).toBeVisible();
    await house.expectNoReload();
  });

  test('a card that is dropped on an outcome leads to the page that records it', async ({ house, page }) => {
    await house.signIn('admin');
    await house.id('nav-board').click();
    await expect(house.id('board-column').first()).toBeVisible();
    await house.id('board-column').first().locator('[data-card]').first().dragTo(house.id('board-lost'));
    await expect(house.id('chosen-deal')).toHaveCount(1);
    await expect(page).toHaveURL(/outcome=lost/);
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
    await house.id('nav-board').click();
    await expect(house.id('board-column').first()).toBeVisible();
    await expect(house.id('board-won')).toBeHidden();
  });

  test('a form that was taken says so', async ({ house }) => {
    await house.signIn('admin');
    await house.open('/settings/outcomes');
    await house.id('save-rules').click();
    await expect(house.id('done')).toHaveText('Saved.');
  });
});

test('a page brings its content once, and every script in it the nonce', async ({ house, page }) => {
  await house.signIn('manager');
  const html = await (await page.request.get('/deals')).text();
  const inline = html.match(/<script(?![^>]*\bsrc=)[^>]*>/g) ?? [];
  for (const script of inline) expect(script).toContain('nonce=');
  // Leptos declares its lists of data, and leaves them empty.
  expect(html.replaceAll('__RESOLVED_RESOURCES=[]', '')).not.toContain('__RESOLVED_RESOURCES');
});
