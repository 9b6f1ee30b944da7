import { strFromU8, unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { createWordpressPlugin } from './wordpress-plugin.ts';

it('contains the URL and the site key in one folder, and is reproducible', () => {
	const zip = createWordpressPlugin('https://chat.example.com:8443/desk', 'roofs_2');
	const files = unzipSync(zip);
	expect(Object.keys(files).sort()).toEqual(
		['frontdesk.php', 'readme.txt', 'settings.php', 'uninstall.php'].map(
			(name) => `frontdesk/${name}`,
		),
	);
	const main = strFromU8(files['frontdesk/frontdesk.php'] ?? new Uint8Array());
	expect(main).toContain("=> 'https://chat.example.com:8443/desk',");
	expect(main).toContain("=> 'roofs_2',");
	expect(createWordpressPlugin('https://chat.example.com:8443/desk', 'roofs_2')).toEqual(zip);
});

it('rejects values that could break out of their quotes in PHP', () => {
	for (const [url, site] of [
		["https://a.example/'.system('id').'", 'roofs'],
		['https://a.example', "roofs'"],
		['https://a.example\\', 'roofs'],
	] as const) {
		expect(() => createWordpressPlugin(url, site)).toThrow(TypeError);
	}
});
