// `npm run user:reset -- --email ada@example.com`: restores access for a locked-out user, even for the last admin.
import { readArguments, refuse } from './read-arguments.ts';

const USAGE = `npm run user:reset -- --email ada@example.com

Removes the user's second factor, signs them out everywhere and prints a link to choose a new password. Set DATABASE_URL or
DATA_DIR, and PUBLIC_URL, to the server's values. The server may be running.`;

const { email } = readArguments(USAGE, { email: { type: 'string' } }).values;
if (!email?.includes('@')) refuse('--email must be the email of a user.', USAGE);

const { withApp } = await import('./with-app.ts');
const { resetAccess } = await import('#lib/server/team/users/unchecked.ts');
const { AppError } = await import('#lib/server/core/errors.ts');

await withApp(async (ctx) => {
	try {
		const { name, link } = await resetAccess(ctx, email.trim());
		console.log(
			`Removed the second factor of ${name} and signed them out everywhere.\nThis link to choose a new password works once, for an hour:\n\n  ${link}\n`,
		);
		return 0;
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		console.error(`${error.message}.`);
		return 1;
	}
});
