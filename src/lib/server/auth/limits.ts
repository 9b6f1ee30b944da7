import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { networkOf } from '../client-address';
import type { App } from '../context';
import { rateLimited } from '../errors';
import { sha256 } from '../secrets';

const quarterHour = 15 * 60;
const makeLimits = () => ({
	byAddress: new RateLimiterMemory({ points: 50, duration: quarterHour }),
	byEmail: new RateLimiterMemory({ points: 10, duration: quarterHour }),
});

const limitsOf = new WeakMap<App, ReturnType<typeof makeLimits>>();

function limits(app: App) {
	const known = limitsOf.get(app) ?? makeLimits();
	limitsOf.set(app, known);
	return known;
}

const emailKey = (email: string) => sha256(email.toLowerCase());

/** Counts an attempt before the password is looked at, so that guesses side by side count too; throws RateLimited. */
export async function countAttempt(app: App, ip: string, email: string): Promise<void> {
	if (!app.config.isRateLimited) return;
	const { byAddress, byEmail } = limits(app);
	try {
		await byAddress.consume(networkOf(ip));
		await byEmail.consume(emailKey(email));
	} catch (refusal) {
		if (!(refusal instanceof RateLimiterRes)) throw refusal;
		throw rateLimited(Math.ceil(refusal.msBeforeNext / 1000));
	}
}

/** A right password gives the e-mail its attempts back; the address keeps its count. */
export async function forgiveAttempts(app: App, email: string): Promise<void> {
	await limits(app).byEmail.delete(emailKey(email));
}
