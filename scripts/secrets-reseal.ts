// `npm run secrets:reseal`: seals everything with the current SECRET_KEY, so that SECRET_KEY_PREVIOUS can go.
import './check-node';

if (process.argv.length > 2) {
	const isHelp = process.argv[2] === '--help';
	console[isHelp ? 'log' : 'error'](
		'Usage: npm run secrets:reseal\n\nSeals every stored secret with SECRET_KEY; SECRET_KEY_PREVIOUS names the keys it was sealed with.',
	);
	process.exit(isHelp ? 0 : 2);
}
const [{ withApp }, { resealSecrets }] = await Promise.all([
	import('./with-app'),
	import('../src/lib/server/core/reseal'),
]);
await withApp(async (ctx) => {
	const { resealed, unreadable } = await resealSecrets(ctx);
	console.log(`Sealed with the current key: ${resealed}.`);
	if (unreadable === 0) return 0;
	console.error(
		`${unreadable} more cannot be opened with SECRET_KEY or SECRET_KEY_PREVIOUS and stay as they are.`,
	);
	return 1;
});
