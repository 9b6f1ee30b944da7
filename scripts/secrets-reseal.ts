// `npm run secrets:reseal`: seals everything with the current SECRET_KEY, so that SECRET_KEY_PREVIOUS can go.
import { readArguments } from './read-arguments.ts';

readArguments(
	'npm run secrets:reseal: takes no options; seals every stored secret with SECRET_KEY, SECRET_KEY_PREVIOUS names the keys it was sealed with',
	{},
);

const { withApp } = await import('./with-app.ts');
const { resealSecrets } = await import('#lib/server/core/reseal.ts');

await withApp(async (ctx) => {
	const { resealed, unreadable } = await resealSecrets(ctx);
	console.log(`Sealed with the current key: ${resealed}.`);
	if (unreadable === 0) return 0;
	console.error(
		`${unreadable} more cannot be opened with SECRET_KEY or SECRET_KEY_PREVIOUS and stay as they are.`,
	);
	return 1;
});
