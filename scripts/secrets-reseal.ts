// `npm run secrets:reseal`: reseals all secrets with the current SECRET_KEY, so that SECRET_KEY_PREVIOUS can be removed.
import { readArguments } from './read-arguments.ts';

readArguments(
	'npm run secrets:reseal\nSeals every stored secret with SECRET_KEY. SECRET_KEY_PREVIOUS must contain the keys used before.',
	{},
);

const { withApp } = await import('./with-app.ts');
const { resealSecrets } = await import('#lib/server/core/reseal.ts');

await withApp(async (ctx) => {
	const { resealed, unreadable } = await resealSecrets(ctx);
	console.log(`Resealed ${resealed} secrets with the current key.`);
	if (unreadable === 0) return 0;
	console.error(
		`${unreadable} secrets could not be opened with SECRET_KEY or SECRET_KEY_PREVIOUS and were not changed.`,
	);
	return 1;
});
