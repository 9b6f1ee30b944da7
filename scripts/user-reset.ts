// `npm run user:reset -- --email ada@example.com`: lets somebody in who is locked out, the last admin too.
import { readArguments, refuse } from './read-arguments.ts';

const USAGE = `npm run user:reset -- --email ada@example.com

Removes the person's second factor, signs them out everywhere and prints a link with which they choose a new password.
It reads the same environment (DATABASE_URL or DATA_DIR, PUBLIC_URL) as the server, which may be running.`;

const { email } = readArguments(USAGE, { email: { type: 'string' } }).values;
if (!email?.includes('@')) refuse('--email needs the email of a user.', USAGE);

const { withApp } = await import('./with-app.ts');
const { resetAccess } = await import('#lib/server/team/users/unchecked.ts');
const { AppError } = await import('#lib/server/core/errors.ts');

await withApp(async (ctx) => {
	try {
		const { name, link } = await resetAccess(ctx, email.trim());
		console.log(
			`${name} has no second factor any more and is signed out everywhere.\nThis link sets a new password, once, within the hour:\n\n  ${link}\n`,
		);
		return 0;
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		console.error(`${error.message}.`);
		return 1;
	}
});
