import type { IncomingHttpHeaders } from 'node:http';
import { clientAddress, networkOf } from '../core/client-address.ts';
import type { Config } from '../core/config.ts';

/** From where a socket comes, by itself and as limits count it, and with what. */
export function clientOf(
	config: Config,
	{ address, headers }: { address: string; headers: IncomingHttpHeaders },
) {
	const forwarded = headers['x-forwarded-for'];
	const hops = Array.isArray(forwarded) ? forwarded.join(',') : forwarded;
	const ip = clientAddress(config, address, hops);
	return {
		ip,
		network: networkOf(ip),
		userAgent: headers['user-agent'],
	};
}
