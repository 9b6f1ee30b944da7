// `npm run user:reset -- --email ada@example.com`: lets somebody in who is locked out, the last admin too.
import { parseArgs } from 'node:util';
import './check-node';

const USAGE = `Usage: npm run user:reset -- --email ada@example.com

Removes the person's second factor, signs them out everywhere and prints a link with which they choose a new password.
It reads the same environment (DATABASE_URL or DATA_DIR, PUBLIC_URL) as the server, which may be running.`;

function readEmail(): string {
	try {
		const { values } = parseArgs({
			options: { email: { type: 'string' }, help: { type: 'boolean' } },
		});
		if (values.help) {
			console.log(USAGE);
			process.exit(0);
		}
		if (values.email?.includes('@')) return values.email.trim();
		throw new Error(
			values.email === undefined ? '--email is missing.' : '--email is not an email.',
		);
	} catch (error) {
		console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
		process.exit(2);
	}
}

const email = readEmail();
// Loaded only now, so that wrong arguments are answered at once.
const [{ withApp }, { resetAccess }, { AppError }] = await Promise.all([
	import('./with-app'),
	import('../src/lib/server/team/users'),
	import('../src/lib/server/core/errors'),
]);
await withApp(async (ctx) => {
	try {
		const { name, link } = await resetAccess(ctx, email);
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
