import { expect, it } from 'vitest';
import { isCrawler } from './crawlers.ts';

it.each([
	'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
	'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)',
	'Mozilla/5.0 (compatible; bingbot/2.0)',
	'Mozilla/5.0 (compatible; Baiduspider/2.0)',
	'facebookexternalhit/1.1',
	'WhatsApp/2.23.20.0',
	'Slackbot-LinkExpanding 1.0',
	'Mozilla/5.0 (Linux; Android 11) Chrome/120 Mobile Safari/537.36 Chrome-Lighthouse',
])('treats %s as a crawler', (userAgent) => {
	expect(isCrawler(userAgent)).toBe(true);
});

it.each([
	'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1',
	'Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 Chrome/74.0 Mobile Safari/537.36',
	'Mozilla/5.0 (iPhone) [FBAN/FBIOS;FBAV/480.0]',
	'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0 Safari/537.36',
	'n8n',
	'curl/8.5.0',
	undefined,
])('does not treat %s as a crawler', (userAgent) => {
	expect(isCrawler(userAgent)).toBe(false);
});
