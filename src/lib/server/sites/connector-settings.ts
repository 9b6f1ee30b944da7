import type { z } from 'zod';
import type { Connector, connectorInput } from '#lib/contract/connector.ts';
import type { Ctx } from '../core/context';
import type { ConnectorSettings } from '../core/db/schema';
import { AppError } from '../core/errors';

type Given = z.output<typeof connectorInput>;

/**
 * A connector as it is stored. A secret that is not given is the present one's, but only for the server that it was
 * typed for: an address that leads elsewhere must not take it along. Throws `invalid`.
 */
export function sealConnector(
	ctx: Ctx,
	given: Given,
	present: ConnectorSettings,
): ConnectorSettings {
	const { secrets } = ctx.app;
	switch (given.type) {
		case 'scripted':
			return given;
		case 'n8n': {
			const { url, auth_header: header } = given;
			if (!header) return { type: 'n8n', url, auth_header: null };
			const sealed_value =
				header.value === undefined
					? keptHeader(present, url, header.name)
					: secrets.seal(header.value);
			return { type: 'n8n', url, auth_header: { name: header.name, sealed_value } };
		}
		case 'openai': {
			const { type, base_url, model, system_prompt, api_key } = given;
			const sealed_api_key = api_key ? secrets.seal(api_key) : null;
			const kept = api_key === undefined ? keptKey(present, base_url) : sealed_api_key;
			return { type, base_url, model, system_prompt, sealed_api_key: kept };
		}
	}
}

function keptHeader(present: ConnectorSettings, url: string, name: string): string {
	const header = present.type === 'n8n' ? present.auth_header : null;
	if (present.type !== 'n8n' || header?.name.toLowerCase() !== name.toLowerCase()) {
		throw secretNeeded('auth_header.value', 'type the value of the header');
	}
	if (!isSameServer(present.url, url)) throw secretNeeded('auth_header.value', ELSEWHERE);
	return header.sealed_value;
}

function keptKey(present: ConnectorSettings, url: string): string | null {
	if (present.type !== 'openai' || present.sealed_api_key === null) return null;
	if (!isSameServer(present.base_url, url)) throw secretNeeded('api_key', ELSEWHERE);
	return present.sealed_api_key;
}

const ELSEWHERE = 'the address leads to another server now: type the secret again';
const isSameServer = (one: string, other: string) =>
	URL.parse(one)?.origin === URL.parse(other)?.origin;

const secretNeeded = (path: string, message: string) =>
	new AppError('invalid', message, { errors: [{ path: `connector.${path}`, message }] });

/** A connector as an admin sees it: which secrets are set, not what they are. */
export function presentConnector(settings: ConnectorSettings): Connector {
	switch (settings.type) {
		case 'scripted':
			return { type: 'scripted' };
		case 'n8n': {
			const { url, auth_header } = settings;
			return { type: 'n8n', url, auth_header: auth_header && { name: auth_header.name } };
		}
		case 'openai': {
			const { type, base_url, model, system_prompt, sealed_api_key } = settings;
			return { type, base_url, model, system_prompt, is_api_key_set: sealed_api_key !== null };
		}
	}
}
