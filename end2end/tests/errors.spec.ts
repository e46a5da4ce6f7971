import { expect, test } from './house';

// The browser itself reports a page that answers 404.
test.use({ expectedErrors: [/status of 404/] });

test.describe('what is not there', () => {
  test('an unknown page is a friendly 404', async ({ house }) => {
    expect(await house.open('/no-such-page')).toBe(404);
    await expect(house.id('not-found')).toContainText('does not exist');
  });

  test('an id that is none, and one of no deal, are both a 404', async ({ house }) => {
    await house.signIn('manager');
    for (const id of ['not-an-id', '018f0000-0000-7000-8000-000000000000', '%F0%9F%98%80']) {
      expect(await house.open(`/deals/${id}`), id).toBe(404);
      await expect(house.id('not-found')).toBeVisible();
    }
  });

  test('nonsense in the address of the list is ignored', async ({ house }) => {
    await house.signIn('manager');
    expect(await house.open('/deals?page=-3&health=fine&min=lots&owner=1%20OR%201=1&sort=nothing')).toBe(200);
    await expect(house.rows).toHaveCount(25);
    expect(await house.open('/deals?page=100000')).toBeLessThan(500);
  });
});

test('the server says that it is healthy', async ({ request }) => {
  expect((await request.get('/healthz')).status()).toBe(200);
});
