/** Lines that people enter under "Not on these pages", a requested address, and whether the line excludes it. */
export const EXCLUDED: [line: string, address: string, isExcluded: boolean][] = [
	['/checkout', '/checkout/?step=2', true],
	['checkout', '/checkout/', true],
	['/checkout/', '/checkout', true],
	['/Checkout', '/checkout/', true],
	['/checkout', '/checkout-help/', false],
	// https://wordpress.org/documentation/article/customize-permalinks/
	['/checkout', '/index.php/checkout/', true],
	['/members/*', '/members/area/1', true],
	['/members/*', '/members/', true],
	['/members/*', '/membership/', false],
	['/members*', '/membership/', true],
	['*/checkout', '/en/checkout/', true],
	['/*/checkout', '/en/checkout/', true],
	['*', '/', true],
	['/*', '/anything/', true],
	// https://github.com/johngodley/redirection/issues/1173
	['/über-uns', '/%C3%BCber-uns/', true],
	['/über-uns', '/%c3%bcber-uns/', true],
	['/%C3%BCber-uns/', '/%c3%bcber-uns/', true],
	['/über-uns', '/u%CC%88ber-uns/', true],
	['/shop?filter[]=slate', '/shop/?filter[]=slate&filter[]=metal', true],
	['/shop?filter[]=slate', '/shop/?filter[]=metal', false],
	['/shop?*', '/shop/?page=2', true],
	['/shop/metal', '/shop//metal/', true],
	['https://пример.рф/о-нас', '/о-нас/', false],
	// https://github.com/wp-media/wp-rocket/issues/740
	['/о-компании', '/%D0%BE-%D0%BA%D0%BE%D0%BC%D0%BF%D0%B0%D0%BD%D0%B8%D0%B8/', true],
	['/اتصل-بنا', '/%D8%A7%D8%AA%D8%B5%D9%84-%D8%A8%D9%86%D8%A7/', true],
	['/お問い合わせ/*', '/%E3%81%8A%E5%95%8F%E3%81%84%E5%90%88%E3%82%8F%E3%81%9B/form/', true],
	// https://github.com/weglot/translate-wordpress/issues/8
	['https://roofs.example/blog/category/uncategorized/', '/blog/category/uncategorized/', true],
	// https://github.com/wp-media/wp-rocket/issues/5509, https://github.com/statamic/cms/pull/6633
	['/landing-page', '/landing-page/', true],
	['/landing-page/', '/landing-page', true],
	['/blog/*', '/blog/2026/11/a-roof/', true],
	// https://github.com/wp-media/wp-rocket/issues/233
	['/fete-du-slip/*', '/fete-du-slip/programme', true],
	// https://github.com/Automattic/jetpack/pull/49556
	['shop/*/reviews/*/page', '/shop/roofs/reviews/7/page/', true],
	['shop/*/reviews/*/page', '/shop/roofs/reviews/', false],
	// https://github.com/joomla/joomla-cms/issues/19973
	['/database/', '/database/', true],
	['/database/', '/mydatabase/', false],
	// https://github.com/wp-media/wp-rocket/issues/7633
	['/καμπάνια/', '/%CE%BA%CE%B1%CE%BC%CF%80%CE%AC%CE%BD%CE%B9%CE%B1/', true],
	['https://roofs.example/checkout/', '/checkout/', true],
	['http://www.roofs.example/checkout#pay', '/checkout/', true],
	['roofs.example/checkout', '/checkout/', true],
	['https://roofs.example', '/', true],
	['https://other.example/checkout/', '/checkout/', false],
	['/?lang=de', '/?lang=de&utm_source=x', true],
	['/?lang=de', '/?lang=en', false],
	['/?lang=de', '/', false],
	['?page_id=7', '/?page_id=7', true],
	['/*?preview', '/plain/?preview=true', true],
	['/shop?color=*', '/shop/?color=red', true],
	['/', '/', true],
	['/', '/about/', false],
	// Stored by older versions for non-ASCII paths.
	['//', '/', false],
	['///', '/about/', false],
	['  ', '/', false],
	['#top', '/', false],
	['/a(b', '/a(b/', true],
	['/%FF', '/', false],
	['/x', '/%FF/', false],
];
